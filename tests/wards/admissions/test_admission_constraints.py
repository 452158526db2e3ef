"""The database's promises about stays, each broken on purpose."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from hospital.access.constraints import refused_by_constraints
from hospital.access.refusals import NotPossible
from tests.factories import (
    AdmissionFactory,
    BedStayFactory,
    DeviceAssignmentFactory,
    DeviceFactory,
    UserFactory,
    admit,
    utc,
)
from wards.admissions.models import Admission, BedStay, DeviceAssignment

pytestmark = pytest.mark.django_db

FROM, TO = utc("2026-11-20 10:00"), utc("2026-11-20 14:00")
LATER = TO + timedelta(hours=1)
FORM = uuid4()


def _ended(factory, **fields):
    """An ended row of a bed stay or an assignment, from FROM to TO unless told."""
    return factory(
        **{"started_at": FROM, "ended_at": TO, "ended_by": UserFactory()} | fields
    )


def _second_open_admission():
    AdmissionFactory(patient=AdmissionFactory().patient)


def _overlapping_admissions():
    first = AdmissionFactory(discharged=True, admitted_at=FROM, discharged_at=TO)
    AdmissionFactory(patient=first.patient, admitted_at=TO - timedelta(seconds=1))


def _same_form_twice():
    AdmissionFactory(submission=FORM)
    AdmissionFactory(submission=FORM)


def _second_patient_in_a_bed():
    bed = BedStayFactory(started_at=FROM).bed
    BedStayFactory(bed=bed, started_at=FROM)


def _second_bed_of_a_patient():
    BedStayFactory(admission=BedStayFactory().admission)


def _overlap_in_a_bed():
    bed = _ended(BedStayFactory).bed
    _ended(BedStayFactory, bed=bed, started_at=FROM + timedelta(hours=1))


def _overlap_of_beds():
    admission = _ended(BedStayFactory).admission
    _ended(BedStayFactory, admission=admission, ended_at=LATER)


def _second_patient_of_a_device():
    DeviceAssignmentFactory(device=admit().device_assignments.get().device)


def _second_device_of_a_patient():
    DeviceAssignmentFactory(admission=admit(), device=DeviceFactory())


def _overlap_of_a_device():
    device = _ended(DeviceAssignmentFactory).device
    _ended(DeviceAssignmentFactory, device=device, ended_at=LATER)


def _overlap_of_devices():
    admission = _ended(DeviceAssignmentFactory).admission
    _ended(DeviceAssignmentFactory, admission=admission, ended_at=LATER)


def _backwards(factory):
    return lambda: _ended(factory, started_at=TO, ended_at=FROM)


def _unsigned(factory):
    return lambda: _ended(factory, ended_by=None)


BROKEN = {
    "admission_one_open_per_patient": _second_open_admission,
    "admission_one_at_a_time": _overlapping_admissions,
    "admission_one_per_form": _same_form_twice,
    "admission_ends_after_it_starts": lambda: AdmissionFactory(
        discharged=True, admitted_at=TO, discharged_at=FROM
    ),
    "admission_end_is_attributed": lambda: AdmissionFactory(
        discharged=True, discharged_by=None
    ),
    "bed_stay_one_open_per_bed": _second_patient_in_a_bed,
    "bed_stay_one_open_per_admission": _second_bed_of_a_patient,
    "bed_stay_one_patient_at_a_time": _overlap_in_a_bed,
    "bed_stay_one_bed_at_a_time": _overlap_of_beds,
    "bed_stay_ends_after_it_starts": _backwards(BedStayFactory),
    "bed_stay_end_is_attributed": _unsigned(BedStayFactory),
    "assignment_one_open_per_device": _second_patient_of_a_device,
    "assignment_one_open_per_admission": _second_device_of_a_patient,
    "assignment_one_patient_at_a_time": _overlap_of_a_device,
    "assignment_one_device_at_a_time": _overlap_of_devices,
    "assignment_ends_after_it_starts": _backwards(DeviceAssignmentFactory),
    "assignment_end_is_attributed": _unsigned(DeviceAssignmentFactory),
}
MODELS = {Admission: "patient", BedStay: "bed", DeviceAssignment: "device"}


def test_every_constraint_is_broken_here():
    named = {c.name for model in MODELS for c in model._meta.constraints}

    assert named == BROKEN.keys()


@pytest.mark.parametrize("name", BROKEN)
def test_the_database_keeps_the_promise(name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        BROKEN[name]()


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_promise_becomes_its_sentence(name):
    constraint, field = next(
        (constraint, field)
        for model, field in MODELS.items()
        for constraint in model._meta.constraints
        if constraint.name == name
    )

    with pytest.raises(NotPossible) as refused, refused_by_constraints(MODELS):
        BROKEN[name]()

    assert refused.value.message == str(constraint.violation_error_message)
    assert refused.value.field == field


def test_a_sentence_is_written_for_people():
    for model in MODELS:
        for constraint in model._meta.constraints:
            assert constraint.name not in str(constraint.violation_error_message)


def test_what_is_not_of_these_models_stays_a_defect():
    UserFactory(email="a@hospital.invalid")

    with pytest.raises(IntegrityError), refused_by_constraints(MODELS):
        UserFactory(email="A@hospital.invalid")


def test_stays_may_follow_each_other_without_a_gap():
    first = _ended(BedStayFactory)

    _ended(BedStayFactory, bed=first.bed, started_at=TO, ended_at=LATER)
    _ended(BedStayFactory, admission=first.admission, started_at=TO, ended_at=LATER)
