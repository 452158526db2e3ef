"""A bed is closed at the instant somebody is put in it."""

import pytest

from hospital.access.refusals import NotPossible
from tests.factories import BedFactory, PatientFactory, UserFactory
from tests.racing import race
from wards.admissions.actions import admit_patient
from wards.admissions.models import BedStay
from wards.places.actions import set_bed_in_use


@pytest.mark.django_db(transaction=True)
def test_nobody_is_ever_put_in_a_closed_bed():
    admin = UserFactory(admin=True)
    for _ in range(5):
        bed, patient = BedFactory(), PatientFactory()

        outcomes = race(
            lambda bed=bed: set_bed_in_use(bed=bed, in_use=False, by=admin),
            lambda bed=bed, patient=patient: admit_patient(
                patient=patient,
                bed=bed,
                reason="Observation",
                responsible_doctor=None,
                by=admin,
            ),
        )

        bed.refresh_from_db()
        assert sum(isinstance(out, NotPossible) for out in outcomes) == 1, outcomes
        assert bed.in_use is BedStay.objects.open().filter(bed=bed).exists()
