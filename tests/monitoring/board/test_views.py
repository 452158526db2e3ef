import re

import pytest
from django.urls import reverse
from django.utils import timezone

from monitoring.board.views import PRIVACY_COOKIE
from monitoring.readings.models import Silence
from tests.factories import BedFactory, UserFactory, WardMembershipFactory, admit
from tests.monitoring.board.conftest import remember

pytestmark = pytest.mark.django_db


def numbers(html):
    """What each shown vital says: name, state, text."""
    return re.findall(
        r'data-vital="(\w+)" data-state="(\w+)">([^<]*)<', html.replace("\n", "")
    )


def test_a_board_shows_bed_patient_and_values(sign_in, nurse, ward, stay):
    remember(stay, spo2=97, systolic=118, diastolic=76, mean_pressure=90.0)
    remember(stay, ago=30, temperature=36.84)

    html = sign_in(nurse).get("/wards/north/").text

    label = stay.bed_stays.get().bed.label
    assert f'data-bed="{label}"' in html
    assert "EXAMPLE</b> Ada" in html
    assert stay.patient.hospital_number in html
    assert {
        ("heart_rate", "live", "78"),
        ("spo2", "live", "97"),
        ("systolic", "live", "118"),
        ("diastolic", "live", "76"),
        ("mean_pressure", "live", "90"),
        ("temperature", "live", "36.8"),
        ("respiratory_rate", "none", "--"),
    } <= set(numbers(html))


def test_old_numbers_fade_then_go_and_a_sensor_off_says_so(sign_in, nurse, ward, stay):
    remember(stay, ago=20, heart_rate=78)
    remember(stay, ago=120, spo2=97)
    remember(stay, respiratory_rate=None)

    html = sign_in(nurse).get("/wards/north/").text

    assert {
        ("heart_rate", "stale", "78"),
        ("spo2", "none", "--"),
        ("respiratory_rate", "off", "--"),
    } <= set(numbers(html))
    assert "sensor off" in html


def test_a_silent_device_is_said_of_the_whole_tile(sign_in, nurse, ward):
    remember(admit(ward=ward), ago=130, heart_rate=78)

    html = sign_in(nurse).get("/wards/north/").text

    assert 'data-signal="silent"' in html
    assert "Device silent 2 min" in html


def test_a_clock_that_is_wrong_is_said(sign_in, nurse, ward, stay):
    contact = stay.device_assignments.get().device.contact
    contact.clock_skew, contact.battery_percent = -245.0, 18.0
    contact.save()

    html = sign_in(nurse).get("/wards/north/").text

    assert "device clock 4 min behind" in html
    assert "battery-low" in html
    assert "18 %" in html


def test_empty_closed_and_unmonitored_beds_are_there_too(sign_in, nurse, ward):
    BedFactory(ward=ward, label="E1")
    BedFactory(ward=ward, label="E2", in_use=False)
    admit(ward=ward).device_assignments.all().delete()

    html = sign_in(nurse).get("/wards/north/").text

    assert 'data-bed="E1"' in html
    assert re.search(r'data-bed="E2"><strong>E2</strong> closed', html)
    assert "No monitor" in html


@pytest.mark.parametrize("beds", [1, 12])
def test_a_board_takes_the_same_few_queries_for_any_ward(
    sign_in, nurse, ward, beds, django_assert_num_queries
):
    for _ in range(beds):
        remember(admit(ward=ward), heart_rate=70, spo2=97)
    client = sign_in(nurse)
    client.get("/wards/north/")

    # session, user, ward, beds, stays, devices, minute means, is it the demo hospital
    with django_assert_num_queries(8):
        assert client.get("/wards/north/").status_code == 200


def test_a_board_is_not_found_by_those_who_do_not_work_there(
    sign_in, ward, stay, stranger, admin
):
    superuser = UserFactory(superuser=True)
    for user in (stranger, admin, superuser):
        assert sign_in(user).get("/wards/north/").status_code == 404
        assert sign_in(user).get(f"/patients/{stay.patient_id}/").status_code == 404


def test_a_board_asks_to_sign_in(client, ward):
    assert client.get("/wards/north/").status_code == 302


def test_hidden_names_are_not_in_the_page(sign_in, nurse, ward, stay):
    client = sign_in(nurse)

    client.post(reverse("board_privacy"), {"names": "hide", "next": "/wards/north/"})
    hidden = client.get("/wards/north/").text
    client.post(reverse("board_privacy"), {"names": "show", "next": "/wards/north/"})
    shown = client.get("/wards/north/").text

    assert "EXAMPLE" not in hidden.upper()
    assert stay.patient.hospital_number not in hidden
    assert ">EA<" in hidden
    assert "EXAMPLE" in shown


def test_hiding_names_lasts_as_long_as_the_browser_and_leads_back(sign_in, nurse):
    answer = sign_in(nurse).post(
        reverse("board_privacy"), {"names": "hide", "next": "https://evil.invalid/"}
    )

    assert answer["Location"] == "/"
    assert answer.cookies[PRIVACY_COOKIE]["expires"] == ""
    assert answer.cookies[PRIVACY_COOKIE]["httponly"]


def test_who_has_one_ward_goes_right_to_its_board(sign_in, nurse, ward):
    assert sign_in(nurse).get("/wards/")["Location"] == "/wards/north/"


@pytest.mark.parametrize("wards", [2, 12])
def test_who_has_several_sees_each_with_its_counts(
    sign_in, nurse, ward, stay, wards, django_assert_num_queries
):
    BedFactory(ward=ward)
    BedFactory(ward=ward, in_use=False)
    now = timezone.now()
    Silence.objects.create(
        device=stay.device_assignments.get().device, began_at=now, noticed_at=now
    )
    for _ in range(wards - 1):
        WardMembershipFactory(user=nurse)
    client = sign_in(nurse)
    client.get("/wards/")

    # session, user, wards with their counts, is it the demo hospital
    with django_assert_num_queries(4):
        html = client.get("/wards/").text

    card = html[html.index("North") :]
    assert re.findall(r"<dd>(\d+)</dd>", card)[:3] == ["1", "1", "1"]


def test_who_has_no_ward_is_told_so(sign_in, admin):
    assert "no ward" in sign_in(admin).get("/wards/").text


def test_a_patients_page_shows_who_why_and_what_is_measured(
    sign_in, doctor, ward, stay
):
    stay.reason, stay.responsible_doctor = "Pneumonia", doctor
    stay.save()

    html = sign_in(doctor).get(f"/patients/{stay.patient_id}/").text

    assert "EXAMPLE</b> Ada" in html
    assert "Pneumonia" in html
    assert "Dov Doctor" in html
    assert stay.device_assignments.get().device.serial in html
    assert ("heart_rate", "live", "78") in numbers(html)


@pytest.mark.parametrize(
    ("recorded", "said"),
    [("", "Not asked yet"), ("None known", "None known"), ("Latex", "Latex")],
)
def test_allergies_say_honestly_what_is_known(
    sign_in, nurse, ward, stay, recorded, said
):
    stay.patient.allergies = recorded
    stay.patient.save()

    html = sign_in(nurse).get(f"/patients/{stay.patient_id}/").text

    assert re.search(rf"<dt>Allergies</dt>\s*<dd>(<p>)?{said}", html)


@pytest.mark.parametrize("target", ["foo", "account_logout", "\x00", ""])
def test_privacy_returns_to_an_address_and_to_nothing_else(target, nurse, sign_in):
    answer = sign_in(nurse).post(reverse("board_privacy"), {"next": target})
    assert (answer.status_code, answer.url) == (302, "/")
