"""The one form that admits: found or registered, once and all at once."""

from datetime import date
from time import perf_counter
from uuid import uuid4

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from tests.factories import (
    BedFactory,
    DeviceFactory,
    PatientFactory,
    RoomFactory,
    UserFactory,
    WardFactory,
    admit,
)
from tests.racing import race
from wards.admissions.actions import discharge_patient
from wards.admissions.models import Admission, BedStay
from wards.patients.models import Patient

pytestmark = pytest.mark.django_db

URL = "/admissions/new/"


@pytest.fixture
def desk(sign_in, admin):
    """A browser at the admissions desk."""
    return sign_in(admin)


@pytest.fixture
def bed(ward):
    return BedFactory(ward=ward, room=RoomFactory(ward=ward), label="N07")


def said(response) -> list[str]:
    """The sentences the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]


def form(**fields) -> dict[str, str]:
    """A form about nobody in particular, without a monitor."""
    return {"submission": str(uuid4()), "who": "find", "device": "none"} | {
        name: str(value) for name, value in fields.items()
    }


def new_patient(**fields) -> dict[str, str]:
    """A form that registers Ivy Hale."""
    record = {
        "hospital_number": "H1",
        "family_name": "Hale",
        "given_name": "Ivy",
        "birth_date": "1950-06-15",
        "sex": "female",
    } | fields.pop("record", {})
    return form(
        who="register", **{f"new-{name}": value for name, value in record.items()}
    ) | {name: str(value) for name, value in fields.items()}


# -- what it does --------------------------------------------------------------


def test_a_patient_who_is_known_is_admitted(desk, doctor, admin, bed):
    patient = PatientFactory(family_name="Hale", given_name="Ivy")
    device = DeviceFactory(serial="SIM-N07")

    response = desk.post(
        URL,
        form(
            patient=patient.pk,
            bed=bed.pk,
            device=device.pk,
            reason="Fall at home",
            responsible_doctor=doctor.pk,
        ),
    )

    admission = Admission.objects.get()
    assert response.url == reverse("admission", args=[admission.pk])
    assert said(response) == [
        "Admitted: Hale, Ivy, bed N07 on North, monitored by SIM-N07."
    ]
    assert (admission.patient, admission.admitted_by) == (patient, admin)
    assert (admission.reason, admission.responsible_doctor) == ("Fall at home", doctor)
    assert admission.bed_stay.bed == bed
    assert admission.assignment.device == device


def test_a_patient_who_is_new_is_registered_and_admitted(desk, admin, bed):
    response = desk.post(URL, new_patient(bed=bed.pk))

    patient = Patient.objects.get()
    assert said(response) == [
        "Admitted: Hale, Ivy, bed N07 on North, without a monitor."
    ]
    assert (patient.hospital_number, patient.birth_date) == ("H1", date(1950, 6, 15))
    assert patient.registered_by == admin
    assert patient.admissions.open().exists()


def test_an_unfinished_form_says_everything_that_is_missing(desk):
    response = desk.post(URL, {"submission": str(uuid4()), "who": "find"})

    assert response.status_code == 422
    for sentence in (
        "Choose a patient, or register a new one.",
        "Choose a bed.",
        "Choose a monitor, or say that there is none.",
    ):
        assert sentence in response.text


def test_a_new_patients_errors_are_shown_with_the_others(desk):
    response = desk.post(URL, new_patient(record={"birth_date": "2999-01-01"}))

    assert response.status_code == 422
    assert "That day is still to come." in response.text
    assert "Choose a bed." in response.text
    assert not Patient.objects.exists()


def test_a_bed_taken_meanwhile_keeps_all_that_was_typed(desk, ward, bed, doctor):
    admit(bed=bed)
    free = BedFactory(ward=ward, label="N08")
    device = DeviceFactory()

    response = desk.post(
        URL,
        new_patient(
            bed=bed.pk,
            device=device.pk,
            reason="Fall at home",
            responsible_doctor=doctor.pk,
            record={"allergies": "Penicillin"},
        ),
    )

    page = response.text
    assert response.status_code == 422
    assert page.count("Bed N07 was taken a moment ago. Choose another bed.") >= 2
    assert f'id="bed-{free.pk}"' in page
    assert 'value="Hale"' in page
    assert "Penicillin" in page
    assert 'value="Fall at home"' in page
    assert f'value="{doctor.pk}" selected' in page
    checked = page.split(f'id="device-{device.pk}"')[1].split(">")[0]
    assert "checked" in checked
    # Nothing was stored, the patient's record neither.
    assert not Patient.objects.filter(hospital_number="H1").exists()


def test_a_monitor_taken_meanwhile_leaves_nothing_behind(desk, bed):
    device = DeviceFactory(serial="SIM-9")
    admit(bed=BedFactory(label="X01"), device=device)

    response = desk.post(URL, new_patient(bed=bed.pk, device=device.pk))

    assert response.status_code == 422
    assert "Monitor SIM-9 is with another patient, in bed X01" in response.text
    assert not Patient.objects.filter(hospital_number="H1").exists()
    assert not bed.stays.exists()


def test_a_number_somebody_has_is_refused_at_the_field(desk, bed):
    PatientFactory(hospital_number="H1")

    response = desk.post(URL, new_patient(bed=bed.pk))

    assert response.status_code == 422
    assert "A patient has that hospital number already." in response.text
    assert not Admission.objects.exists()


def test_somebody_alike_is_asked_about_before_registering(desk, bed):
    known = PatientFactory(
        family_name="Hale", given_name="Ivy", birth_date=date(1950, 6, 15)
    )
    sent = new_patient(bed=bed.pk)

    asked = desk.post(URL, sent)
    assert asked.status_code == 422
    assert "It is this patient" in asked.text
    assert not Admission.objects.exists()

    same = desk.post(URL, sent | {"same": str(known.pk)})
    assert same.status_code == 200
    assert f'id="patient-{known.pk}"' in same.text
    assert "checked" in same.text.split(f'id="patient-{known.pk}"')[1].split(">")[0]

    other = desk.post(URL, sent | {"new-not_these": str(known.pk)})
    assert other.status_code == 302
    assert Patient.objects.count() == 2


def test_a_patient_who_is_here_cannot_be_chosen(desk, ward, bed):
    there = admit(
        bed=BedFactory(ward=ward, label="N02"), family_name="Hale", given_name="Ivy"
    )

    response = desk.post(URL, form(patient=there.patient_id, bed=bed.pk))

    assert response.status_code == 422
    assert "Hale, Ivy is already admitted, in bed N02 on North." in response.text


# -- sent twice ----------------------------------------------------------------


@pytest.mark.parametrize("who", ["found", "new"])
def test_a_form_sent_twice_leads_to_the_stay_it_made(desk, bed, who):
    sent = (
        new_patient(bed=bed.pk)
        if who == "new"
        else form(patient=PatientFactory().pk, bed=bed.pk)
    )
    first = desk.post(URL, sent)

    second = desk.post(URL, sent)

    assert second.url == first.url
    assert said(second)[-1].startswith("This form was sent twice. It was carried out")
    assert Admission.objects.count() == Patient.objects.count() == 1


def test_a_form_sent_again_after_discharge_admits_nobody(desk, admin, bed):
    sent = form(patient=PatientFactory().pk, bed=bed.pk)
    desk.post(URL, sent)
    discharge_patient(admission=Admission.objects.get(), by=admin)

    again = desk.post(URL, sent)

    assert again.status_code == 302
    assert "has been discharged since" in said(again)[-1]
    assert not Admission.objects.open().exists()


def test_a_used_form_filled_in_for_somebody_else_is_not_lost(desk, ward, bed):
    first, other = PatientFactory(family_name="Hale"), PatientFactory()
    sent = form(patient=first.pk, bed=bed.pk)
    desk.post(URL, sent)
    free = BedFactory(ward=ward)

    asked = desk.post(URL, sent | {"patient": str(other.pk), "bed": str(free.pk)})

    assert asked.status_code == 422
    assert "This form has already been used to admit Hale" in asked.text
    assert not other.admissions.exists()
    number = asked.context["form"]["submission"].value()
    assert number != sent["submission"]
    again = sent | {
        "patient": str(other.pk),
        "bed": str(free.pk),
        "submission": number,
    }
    assert desk.post(URL, again).status_code == 302
    assert other.admissions.open().exists()


def test_a_form_without_its_number_is_not_carried_out(desk, bed):
    sent = form(patient=PatientFactory().pk, bed=bed.pk)

    for number in ("", "nonsense"):
        response = desk.post(URL, sent | {"submission": number})
        assert response.status_code == 422
        assert "Open it afresh" in response.text
    assert not Admission.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("racers", [2, 6])
@pytest.mark.parametrize("who", ["found", "new"])
def test_one_form_sent_at_the_same_instant_makes_one_stay(sign_in, racers, who):
    clerk, bed = UserFactory(admin=True), BedFactory()
    sent = (
        new_patient(bed=bed.pk)
        if who == "new"
        else form(patient=PatientFactory().pk, bed=bed.pk)
    )
    desks = [sign_in(clerk) for _ in range(racers)]

    answers = race(*(lambda desk=desk: desk.post(URL, sent) for desk in desks))

    admission = Admission.objects.get()
    assert [answer.status_code for answer in answers] == [302] * racers
    assert {answer.url for answer in answers} == {
        reverse("admission", args=[admission.pk])
    }
    assert Patient.objects.count() == BedStay.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_several_desks_for_one_bed_leave_one_stay_and_no_loose_patient(sign_in):
    clerk, bed = UserFactory(admin=True), BedFactory(label="N07")
    desks = [sign_in(clerk) for _ in range(6)]

    answers = race(
        *(
            lambda desk=desk, n=n: desk.post(
                URL,
                new_patient(
                    bed=bed.pk,
                    record={"hospital_number": f"H{n}", "family_name": f"Name{n}"},
                ),
            )
            for n, desk in enumerate(desks)
        )
    )

    assert sorted(answer.status_code for answer in answers) == [302] + [422] * 5
    for answer in answers:
        if answer.status_code == 422:
            assert "Bed N07 was taken a moment ago." in answer.text
    assert Patient.objects.count() == Admission.objects.count() == 1


# -- the page ------------------------------------------------------------------


def test_links_may_choose_in_advance(desk, ward, bed):
    patient = PatientFactory()
    elsewhere = BedFactory(ward=WardFactory())

    page = desk.get(URL, {"patient": patient.pk, "bed_ward": ward.slug}).text

    assert "checked" in page.split(f'id="patient-{patient.pk}"')[1].split(">")[0]
    assert f'id="bed-{bed.pk}"' in page
    assert f'id="bed-{elsewhere.pk}"' not in page


def test_every_form_has_a_number_of_its_own(desk):
    numbers = {desk.get(URL).context["form"]["submission"].value() for _ in range(3)}

    assert len(numbers) == 3


@pytest.mark.parametrize(
    "text", ["hale", "ivy hale", "H77", "1950-06-15", "15/06/1950", "hale 15.06.1950"]
)
def test_patients_are_found_by_name_number_and_birthday(desk, text):
    wanted = PatientFactory(
        family_name="Hale",
        given_name="Ivy",
        hospital_number="H77",
        birth_date=date(1950, 6, 15),
    )
    PatientFactory(family_name="Other", birth_date=date(1951, 1, 1))

    response = desk.get(reverse("admission_patients"), {"patient_text": text})

    assert [row.patient for row in response.context["patients"].found] == [wanted]


def test_a_patient_who_is_here_is_shown_with_the_place(desk, ward):
    there = admit(bed=BedFactory(ward=ward, label="N02"), family_name="Hale")

    page = desk.get(reverse("admission_patients"), {"patient_text": "hale"}).text

    assert "bed N02 on North" in page
    assert reverse("admission", args=[there.pk]) in page
    assert "disabled" in page.split(f'id="patient-{there.patient_id}"')[1].split(">")[0]


def test_nobody_found_offers_to_register(desk):
    page = desk.get(reverse("admission_patients"), {"patient_text": "nobody"}).text

    assert "Register as a new patient" in page


@pytest.mark.parametrize("rows", [1, 8])
def test_searching_patients_costs_the_same_for_one_and_for_many(
    desk, rows, django_assert_num_queries
):
    for _ in range(rows):
        admit(family_name="Hale")

    # session, user, patients, where they lie
    with django_assert_num_queries(4):
        desk.get(reverse("admission_patients"), {"patient_text": "hale"})


@pytest.mark.parametrize("text", ["", "x", "\x00\x00", "%", "' or 1=1", "💓" * 300])
def test_whatever_is_typed_is_answered(desk, text):
    for name, field in (
        ("admission_patients", "patient_text"),
        ("admission_beds", "bed_text"),
        ("admission_devices", "device_text"),
    ):
        assert desk.get(reverse(name), {field: text}).status_code == 200


def test_a_browser_without_scripts_searches_and_keeps_what_was_typed(desk, bed):
    patient = PatientFactory(family_name="Hale")
    sent = form(bed=bed.pk, patient_text="hale", reason="Fall at home")

    response = desk.post(URL, sent | {"look": "patients"})

    assert response.status_code == 200
    assert f'id="patient-{patient.pk}"' in response.text
    assert "checked" in response.text.split(f'id="bed-{bed.pk}"')[1].split(">")[0]
    assert 'value="Fall at home"' in response.text
    assert "Choose a" not in response.text
    assert not Admission.objects.exists()


@pytest.mark.parametrize("beds", [1, 300])
def test_the_form_costs_the_same_among_hundreds_of_beds(
    desk, beds, django_assert_num_queries
):
    wards = WardFactory.create_batch(min(beds, 10))
    rooms = [RoomFactory(ward=ward) for ward in wards]
    for n in range(beds):
        room = rooms[n % len(rooms)]
        BedFactory(ward=room.ward, room=room)
        DeviceFactory()

    # session, user, demo mark, free beds, free monitors (and how many), doctors
    with django_assert_num_queries(6 + (beds > 12)):
        page = desk.get(URL).text

    assert page.count('name="bed"') == beds


def test_the_form_is_quick_among_hundreds_of_beds(desk):
    wards = WardFactory.create_batch(10)
    rooms = [RoomFactory(ward=ward) for ward in wards]
    for n in range(300):
        BedFactory(ward=rooms[n % 10].ward, room=rooms[n % 10])
    desk.get(URL)

    def took() -> float:
        start = perf_counter()
        desk.get(URL)
        return perf_counter() - start

    assert min(took() for _ in range(5)) < 0.150
