"""The record of a patient: shown, registered, changed."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    AdmissionFactory,
    BedFactory,
    DeviceFactory,
    PatientFactory,
    UserFactory,
    admit,
)
from wards.patients.models import Patient

NEW = reverse("patient_new")


def details(patient: Patient) -> str:
    return reverse("patient_details", args=[patient.pk])


def edit(patient: Patient) -> str:
    return reverse("patient_edit", args=[patient.pk])


@pytest.fixture
def entered():
    """What a clerk types for a new patient."""
    return {
        "hospital_number": "h-100",
        "family_name": "Muster",
        "given_name": "Otto",
        "birth_date": "1957-07-28",
        "sex": "male",
        "phone": "",
        "email": "",
        "address": "1 Nowhere Lane",
        "emergency_contact_name": "",
        "emergency_contact_phone": "",
        "emergency_contact_relation": "",
        "allergies": "",
    }


# -- who may ----------------------------------------------------------------------


def test_the_record_is_shown_to_the_desk_and_the_own_ward(
    admin, nurse, doctor, stranger, sign_in, ward
):
    here = admit(ward=ward).patient
    gone = AdmissionFactory(discharged=True).patient

    def status(user, patient) -> int:
        return sign_in(user).get(details(patient)).status_code

    assert [status(admin, here), status(admin, gone)] == [200, 200]
    assert [status(nurse, here), status(nurse, gone)] == [200, 404]
    assert [status(doctor, here), status(doctor, gone)] == [200, 404]
    assert [status(stranger, here), status(stranger, gone)] == [404, 404]
    assert status(UserFactory(superuser=True), here) == 404


@pytest.mark.parametrize("role", ["nurse", "doctor", "stranger"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_only_the_desk_writes(role, method, request, sign_in, ward, entered):
    patient = admit(ward=ward, family_name="Before").patient
    client = sign_in(request.getfixturevalue(role))

    assert getattr(client, method)(NEW, entered).status_code == 403
    assert getattr(client, method)(edit(patient), entered).status_code == 403
    assert Patient.objects.get().family_name == "Before"


# -- shown ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("allergies", "shown", "hidden"),
    [
        ("", "Not asked yet", "None known"),
        ("none known", "None known", "Not asked yet"),
        ("Penicillin <rash>", "Penicillin &lt;rash&gt;", "None known"),
    ],
)
def test_allergies_have_three_honest_states(admin, sign_in, allergies, shown, hidden):
    html = sign_in(admin).get(details(PatientFactory(allergies=allergies))).text

    assert shown in html
    assert hidden not in html


def test_stays_are_listed_with_beds_and_devices(admin, sign_in, ward):
    stay = admit(bed=BedFactory(ward=ward, label="N07"), device=DeviceFactory())

    html = sign_in(admin).get(details(stay.patient)).text

    assert "N07 on North" in html
    assert stay.device_assignments.get().device.serial in html
    assert reverse("admission", args=[stay.pk]) in html


def test_a_record_without_a_stay_offers_one(admin, sign_in):
    patient = PatientFactory()

    html = sign_in(admin).get(details(patient)).text

    assert f"{reverse('admission_new')}?patient={patient.pk}" in html
    assert "Never admitted so far" in html


@pytest.mark.parametrize("count", [1, 12])
def test_queries_of_a_record(admin, sign_in, count, django_assert_num_queries):
    patient = PatientFactory()
    for day in range(count):
        came = timezone.now() - timedelta(days=2 * day + 2)
        left = came + timedelta(days=1)
        AdmissionFactory(
            patient=patient, discharged=True, admitted_at=came, discharged_at=left
        )

    # session, user, patient, stays, their beds, their devices, demo mark
    client = sign_in(admin)
    with django_assert_num_queries(7):
        client.get(details(patient))


# -- registering ------------------------------------------------------------------


def test_registering_leads_to_the_record(admin, sign_in, entered):
    answer = sign_in(admin).post(NEW, entered, follow=True)

    patient = Patient.objects.get()
    assert answer.redirect_chain == [(details(patient), 302)]
    assert patient.hospital_number == "H-100"
    assert "Registered Muster, Otto, number H-100." in answer.text


def test_what_is_wrong_is_said_and_what_was_typed_is_kept(admin, sign_in, entered):
    entered |= {"birth_date": "2999-01-01", "family_name": "", "email": "nowhere"}

    answer = sign_in(admin).post(NEW, entered)

    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"birth_date", "family_name", "email"}
    assert "1 Nowhere Lane" in answer.text
    assert not Patient.objects.exists()


def test_a_taken_number_is_said_once_beside_its_field(admin, sign_in, entered):
    PatientFactory(hospital_number="H-100")

    form = sign_in(admin).post(NEW, entered).context["form"]

    assert form.errors == {
        "hospital_number": ["A patient has that hospital number already."]
    }


def test_fields_keep_the_browsers_memory_out(admin, sign_in):
    form = sign_in(admin).get(NEW).context["form"]

    for name in Patient.RECORD_FIELDS:
        assert form.fields[name].widget.attrs["autocomplete"] == "off"


# -- the same person? -------------------------------------------------------------


def test_somebody_alike_is_asked_about_before_registering(admin, sign_in, entered):
    known = PatientFactory(family_name="MUSTER", birth_date="1957-07-28")
    client = sign_in(admin)

    asked = client.post(NEW, entered)
    assert asked.status_code == 422
    assert "Is it the same person?" in asked.text
    assert details(known) in asked.text
    assert Patient.objects.count() == 1

    client.post(NEW, entered | {"not_these": asked.context["form"].lookalike_ids})
    assert Patient.objects.count() == 2


def test_the_answer_counts_only_for_those_who_were_shown(admin, sign_in, entered):
    known = PatientFactory(family_name="Muster", birth_date="1957-07-28")
    PatientFactory(family_name="Muster", birth_date="1957-07-28")

    answer = sign_in(admin).post(NEW, entered | {"not_these": str(known.pk)})

    assert len(answer.context["form"].lookalikes) == 2
    assert Patient.objects.count() == 2


@pytest.mark.parametrize("nonsense", ["all", "1; DROP", ",", "-1", "9" * 40])
def test_nonsense_is_no_answer(admin, sign_in, entered, nonsense):
    PatientFactory(family_name="Muster", birth_date="1957-07-28")

    answer = sign_in(admin).post(NEW, entered | {"not_these": nonsense})

    assert answer.status_code == 422


def test_only_name_and_birthday_together_are_alike(admin, sign_in, entered):
    PatientFactory(family_name="Muster", birth_date="1957-07-29")
    PatientFactory(family_name="Other", birth_date="1957-07-28")

    assert sign_in(admin).post(NEW, entered).status_code == 302


# -- changing ---------------------------------------------------------------------


def fill(form) -> dict[str, str]:
    """What a browser would send of a form as it stands."""
    return {field.html_name: field.value() or "" for field in form}


def test_changing_a_record(admin, sign_in):
    patient = PatientFactory(family_name="Before")
    client = sign_in(admin)
    sent = fill(client.get(edit(patient)).context["form"]) | {"family_name": "After"}

    answer = client.post(edit(patient), sent)

    assert answer.url == details(patient)
    patient.refresh_from_db()
    assert patient.family_name == "After"


def test_two_clerks_at_one_record(admin, sign_in):
    patient = PatientFactory(phone="1", allergies="")
    one, two = sign_in(admin), sign_in(UserFactory(admin=True))
    first = fill(one.get(edit(patient)).context["form"])
    second = fill(two.get(edit(patient)).context["form"])

    assert one.post(edit(patient), first | {"allergies": "Latex"}).status_code == 302
    refused = two.post(edit(patient), second | {"phone": "2"})

    assert refused.status_code == 422
    assert "Somebody else changed this record" in refused.text
    patient.refresh_from_db()
    assert (patient.phone, patient.allergies) == ("1", "Latex")


def test_a_form_without_its_version_changes_nothing(admin, sign_in):
    patient = PatientFactory(family_name="Before")
    client = sign_in(admin)
    sent = fill(client.get(edit(patient)).context["form"])

    sent |= {"family_name": "After", "seen": ""}
    assert client.post(edit(patient), sent).status_code == 422
    patient.refresh_from_db()
    assert patient.family_name == "Before"


def test_ones_own_number_and_birthday_are_no_clash(admin, sign_in):
    patient = PatientFactory()
    client = sign_in(admin)

    sent = fill(client.get(edit(patient)).context["form"])

    assert client.post(edit(patient), sent).status_code == 302


def test_a_patient_who_does_not_exist(admin, sign_in, db):
    client = sign_in(admin)

    assert client.get(reverse("patient_edit", args=[99])).status_code == 404
    assert client.get(reverse("patient_details", args=[99])).status_code == 404
