"""What the database itself refuses of a patient, whoever writes."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from tests.factories import PatientFactory

pytestmark = pytest.mark.django_db


def test_a_number_is_unique_whatever_its_case():
    PatientFactory(hospital_number="H1")

    with (
        pytest.raises(IntegrityError, match="patient_number_unique_whatever_case"),
        transaction.atomic(),
    ):
        PatientFactory(hospital_number="h1")


def test_nobody_was_born_before_1880():
    with (
        pytest.raises(IntegrityError, match="patient_birth_is_plausible"),
        transaction.atomic(),
    ):
        PatientFactory(birth_date=date(1879, 12, 31))
