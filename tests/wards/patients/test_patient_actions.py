"""Registering patients and changing their records."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from hospital.access.models import AuditEvent
from hospital.access.refusals import NotPermitted, NotPossible
from hospital.versions import version_of
from tests.factories import PatientFactory, UserFactory, admit
from tests.racing import race
from wards.events import ward_group
from wards.patients.actions import change_patient, register_patient
from wards.patients.models import Patient


def new_patient(**fields) -> Patient:
    """A patient filled in and not stored, as a form leaves it."""
    return PatientFactory.build(**fields | {"registered_by": None})


def seen(patient: Patient) -> str:
    return version_of(Patient.objects.get(pk=patient.pk), Patient.RECORD_FIELDS)


def test_registering_stores_who_did_it_and_writes_it_down(admin):
    patient = register_patient(
        patient=new_patient(hospital_number=" ab12 ", family_name="  De  Vries "),
        by=admin,
    )

    patient.refresh_from_db()
    assert patient.hospital_number == "AB12"
    assert patient.family_name == "De Vries"
    assert patient.registered_by == admin
    event = AuditEvent.objects.get(kind="patient.registered")
    assert (event.actor, event.subject) == (admin, f"patient:{patient.pk}")
    assert event.detail == {"hospital_number": "AB12"}


@pytest.mark.parametrize("role", ["nurse", "doctor", "superuser"])
def test_only_the_desk_registers_and_changes(role, request, db):
    by = (
        UserFactory(superuser=True)
        if role == "superuser"
        else request.getfixturevalue(role)
    )
    known = PatientFactory()

    with pytest.raises(NotPermitted):
        register_patient(patient=new_patient(), by=by)
    with pytest.raises(NotPermitted):
        change_patient(patient=known, seen=seen(known), by=by)

    assert Patient.objects.count() == 1


@pytest.mark.parametrize("again", ["H1", "h1", " h1 "])
def test_a_hospital_number_is_given_once_whatever_its_case(admin, again):
    PatientFactory(hospital_number="H1")

    with pytest.raises(NotPossible, match="hospital number") as refused:
        register_patient(patient=new_patient(hospital_number=again), by=admin)

    assert refused.value.field == "hospital_number"
    assert not AuditEvent.objects.exists()


def test_a_number_stored_in_lower_case_is_still_taken(admin):
    PatientFactory(hospital_number="h1")

    with pytest.raises(NotPossible, match="A patient has that hospital number already"):
        register_patient(patient=new_patient(hospital_number="H1"), by=admin)


@pytest.mark.django_db(transaction=True)
def test_of_two_desks_giving_one_number_at_once_one_is_refused():
    desk = UserFactory(admin=True)

    def register(name: str) -> Patient:
        patient = new_patient(hospital_number="H77", family_name=name)
        return register_patient(patient=patient, by=desk)

    answers = race(partial(register, "One"), partial(register, "Two"))

    [refused] = [answer for answer in answers if isinstance(answer, NotPossible)]
    assert refused.message == "That hospital number is taken already."
    assert Patient.objects.filter(hospital_number="H77").count() == 1


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"birth_date": timezone.localdate() + timedelta(days=1)}, "birth_date"),
        ({"birth_date": date(1879, 12, 31)}, "birth_date"),
        ({"phone": "call the ward"}, "phone"),
        ({"emergency_contact_phone": "none"}, "emergency_contact_phone"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(admin, fields, where):
    with pytest.raises(ValidationError) as refused:
        register_patient(patient=new_patient(**fields), by=admin)

    assert list(refused.value.message_dict) == [where]


@pytest.mark.parametrize("born", [date(1880, 1, 1), timezone.localdate()])
def test_the_oldest_and_the_youngest_can_be_registered(admin, born):
    assert register_patient(patient=new_patient(birth_date=born), by=admin).pk


@pytest.mark.parametrize("phone", ["+49 (0)30 / 12-34.5 ext. 6", "٠٣٠١٢٣", ""])
def test_phone_numbers_are_taken_as_people_write_them(admin, phone):
    assert register_patient(patient=new_patient(phone=phone), by=admin).phone == phone


def test_a_change_is_written_down_with_old_and_new_values(admin):
    patient = PatientFactory(family_name="Old", phone="")
    version = seen(patient)
    patient.family_name, patient.phone = "New", "123"

    change_patient(patient=patient, seen=version, by=admin)

    event = AuditEvent.objects.get(kind="patient.changed")
    assert event.detail == {
        "changed": "family_name, phone",
        "family_name.old": "Old",
        "family_name.new": "New",
        "phone.old": "",
        "phone.new": "123",
    }


def test_no_change_leaves_no_trace(admin):
    patient = PatientFactory(address="One\nTwo")
    patient.address = "One\r\nTwo"  # as a browser sends it

    change_patient(patient=patient, seen=seen(patient), by=admin)

    assert not AuditEvent.objects.exists()


def test_the_second_of_two_editors_is_told_and_overwrites_nothing(admin):
    stored = PatientFactory(phone="1", allergies="")
    first, second = (Patient.objects.get(pk=stored.pk) for _ in range(2))
    version = seen(stored)
    first.allergies = "Penicillin"
    second.phone = "2"

    change_patient(patient=first, seen=version, by=admin)
    with pytest.raises(NotPossible, match="Somebody else changed"):
        change_patient(patient=second, seen=version, by=admin)

    stored.refresh_from_db()
    assert (stored.phone, stored.allergies) == ("1", "Penicillin")


@pytest.mark.django_db(transaction=True)
def test_racing_editors_save_exactly_one_change():
    desk = UserFactory(admin=True)
    stored = PatientFactory()
    version = seen(stored)

    def change(name: str) -> Patient:
        mine = Patient.objects.get(pk=stored.pk)
        mine.family_name = name
        return change_patient(patient=mine, seen=version, by=desk)

    answers = race(*(partial(change, name) for name in "ABCD"))

    assert sum(isinstance(answer, Patient) for answer in answers) == 1
    assert sum(isinstance(answer, NotPossible) for answer in answers) == 3
    assert AuditEvent.objects.filter(kind="patient.changed").count() == 1


def test_a_board_that_shows_the_patient_is_told_after_commit(
    admin, ward, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr("wards.events._send", lambda group, _: told.append(group))
    patient = admit(ward=ward).patient
    version = seen(patient)
    patient.family_name = "Renamed"

    with django_capture_on_commit_callbacks(execute=True):
        change_patient(patient=patient, seen=version, by=admin)

    assert told == [ward_group(ward.pk)]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("", None),
        ("  ", None),
        ("None known", False),
        ("none known.", False),
        ("NKDA", False),
        ("Penicillin (rash)", True),
        ("none known to penicillin, but latex", True),
    ],
)
def test_not_asked_none_known_and_known_are_three_things(text, known):
    assert Patient(allergies=text).allergies_known is known
