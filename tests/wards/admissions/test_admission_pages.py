"""The desk's pages: what they show, to whom, and at what cost."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from tests.factories import (
    BedFactory,
    DeviceFactory,
    RoomFactory,
    UserFactory,
    WardFactory,
    admit,
    utc,
)
from wards.admissions.actions import discharge_patient, swap_device, transfer_patient
from wards.admissions.choices.beds import ward_occupancy
from wards.admissions.choices.sent import fingerprint
from wards.admissions.models import Admission
from wards.devices.models import Device, DeviceContact

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
NOON = utc("2026-11-20 12:00")


@pytest.fixture
def desk(sign_in, admin):
    """A browser at the admissions desk."""
    return sign_in(admin)


def said(response) -> list[str]:
    """The sentences the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)]


# -- who may -------------------------------------------------------------------

DESK_PAGES = [
    "admissions",
    "admission_new",
    "admission_patients",
    "admission_beds",
    "admission",
    "admission_transfer",
    "admission_discharge",
]


def address(name, admission) -> str:
    of_a_stay = name in {
        "admission",
        "admission_transfer",
        "admission_device",
        "admission_discharge",
    }
    return reverse(name, args=[admission.pk] if of_a_stay else [])


@pytest.mark.parametrize("page", DESK_PAGES)
@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_desk_is_for_admins(page, headers, sign_in, nurse, doctor, ward, admin):
    url = address(page, admit(ward=ward))

    assert sign_in(admin).get(url, headers=headers).status_code == 200
    for person in (nurse, doctor, UserFactory(superuser=True)):
        response = sign_in(person).get(url, headers=headers)
        assert response.status_code == 403
        assert "Only the admissions desk" in response.text


@pytest.mark.parametrize(
    "page", ["admission_new", "admission_transfer", "admission_discharge"]
)
def test_nobody_else_changes_anything(page, sign_in, nurse, ward):
    admission = admit(ward=ward)

    response = sign_in(nurse).post(address(page, admission), {})

    assert response.status_code == 403
    assert Admission.objects.open().get() == admission


def test_the_monitor_page_is_for_the_desk_and_the_ward(
    sign_in, nurse, doctor, stranger, admin, ward
):
    url = reverse("admission_device", args=[admit(ward=ward).pk])

    for person in (nurse, doctor, admin):
        assert sign_in(person).get(url).status_code == 200
    for person in (stranger, UserFactory(superuser=True)):
        assert sign_in(person).get(url).status_code == 404
        assert sign_in(person).post(url, {"device": "none"}).status_code == 404


def test_free_monitors_are_shown_to_all_who_work_here(sign_in, nurse, doctor, admin):
    for person in (nurse, doctor, admin):
        assert sign_in(person).get(reverse("admission_devices")).status_code == 200
    nobody = sign_in(UserFactory(superuser=True))
    assert nobody.get(reverse("admission_devices")).status_code == 403


# -- the desk ------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 12])
def test_the_desk_asks_the_same_whatever_it_shows(
    desk, rows, django_assert_num_queries
):
    for _ in range(rows):
        admit()

    # session, user, demo mark, free beds by ward, count, rows, wards to choose from
    with django_assert_num_queries(7):
        desk.get(reverse("admissions"))


@time_machine.travel(NOON, tick=False)
def test_a_row_says_who_where_with_what_since_when(desk, ward):
    admission = admit(
        bed=BedFactory(ward=ward, label="N07"),
        device=DeviceFactory(serial="SIM-N07"),
        since=NOON - timedelta(hours=2),
        family_name="Hale",
        given_name="Ivy",
        hospital_number="H1",
    )

    page = desk.get(reverse("admissions")).text

    for text in ("Hale, Ivy", "H1", "N07", "North", "SIM-N07", "20 Nov 2026, 10:00"):
        assert text in page
    for name in (
        "admission",
        "admission_transfer",
        "admission_device",
        "admission_discharge",
    ):
        assert f'href="{reverse(name, args=[admission.pk])}"' in page


def test_those_who_left_are_shown_when_asked_for(desk, admin):
    gone, here = admit(family_name="Gone"), admit(family_name="Present")
    discharge_patient(admission=gone, by=admin)

    def listed(state):
        page = desk.get(reverse("admissions"), {"state": state}).text
        return [p.patient.family_name in page for p in (gone, here)]

    assert listed("") == [False, True]
    assert listed("ended") == [True, False]
    assert listed("all") == [True, True]


def test_a_transferred_patient_is_listed_once_in_the_new_bed(desk, admin, ward):
    admission = admit(bed=BedFactory(label="OLD1"))
    transfer_patient(admission=admission, bed=BedFactory(label="NEW1"), by=admin)

    page = desk.get(reverse("admissions")).text

    assert "NEW1" in page
    assert "OLD1" not in page


@pytest.mark.parametrize("query", ["hal", "ivy hale", "H77", "n07", "sim-n07"])
def test_search_finds_by_name_number_bed_and_monitor(desk, ward, query):
    admit(
        bed=BedFactory(ward=ward, label="N07"),
        device=DeviceFactory(serial="SIM-N07"),
        family_name="Hale",
        given_name="Ivy",
        hospital_number="H77",
    )
    admit(family_name="Other")

    region = desk.get(reverse("admissions"), {"query": query}, headers=HTMX)

    assert "<html" not in region.text
    assert "1 of 2 admissions" in region.text
    assert "Hale, Ivy" in region.text


def test_the_desk_is_narrowed_by_ward(desk, ward):
    admit(ward=ward, family_name="Present")
    admit(family_name="Elsewhere")

    page = desk.get(reverse("admissions"), {"ward": ward.slug}).text

    assert "Here" in page
    assert "Elsewhere" not in page


def test_an_empty_desk_says_what_to_do(desk):
    page = desk.get(reverse("admissions")).text

    assert "Nobody is admitted" in page
    assert "There are no beds yet" in page


def test_free_beds_are_counted_by_ward(ward):
    BedFactory.create_batch(3, ward=ward)
    BedFactory(ward=ward, in_use=False)
    admit(ward=ward)
    admit(bed=BedFactory(ward=ward, in_use=False))
    full = WardFactory(name="South")
    admit(ward=full)
    WardFactory(name="Without beds")
    closed = WardFactory(name="Closed")
    BedFactory(ward=closed, in_use=False)

    assert [(w.name, w.free, w.taken) for w in ward_occupancy()] == [
        ("Closed", 0, 0),
        ("North", 3, 2),
        ("South", 0, 1),
    ]


def test_the_free_beds_of_the_desk_renew_themselves(
    desk, ward, django_assert_num_queries
):
    BedFactory(ward=ward)

    # session, user, free beds by ward
    with django_assert_num_queries(3):
        fragment = desk.get(
            reverse("admissions"), headers=HTMX | {"HX-Target": "occupancy"}
        )

    assert fragment.text.lstrip().startswith('<section id="occupancy"')
    assert "<strong>1</strong> free" in fragment.text
    seen = {"seen": fingerprint(ward_occupancy())}
    headers = HTMX | {"HX-Target": "occupancy"}
    assert desk.get(reverse("admissions"), seen, headers=headers).status_code == 204
    admit(ward=ward)
    assert desk.get(reverse("admissions"), seen, headers=headers).status_code == 200


# -- one stay ------------------------------------------------------------------


@pytest.mark.parametrize("moves", [1, 12])
def test_a_stay_shows_its_history(desk, admin, moves, django_assert_num_queries):
    admission = admit(bed=BedFactory(label="FIRST"))
    for _ in range(moves):
        transfer_patient(admission=admission, bed=BedFactory(), by=admin)
        swap_device(admission=admission, device=DeviceFactory(), by=admin)

    # session, user, demo mark, stay, beds, monitors
    with django_assert_num_queries(6):
        page = desk.get(reverse("admission", args=[admission.pk])).text

    assert "FIRST" in page
    assert page.count("by Ada Admin") >= 2 * moves
    assert page.count(">Now<") == 2


def test_a_stay_that_has_ended_offers_no_change(desk, admin):
    admission = admit()
    discharge_patient(admission=admission, by=admin)

    page = desk.get(reverse("admission", args=[admission.pk])).text

    assert "Discharged" in page
    assert reverse("admission_transfer", args=[admission.pk]) not in page


def test_a_stay_that_never_was_is_not_found(desk):
    for name in ("admission", "admission_transfer", "admission_discharge"):
        assert desk.get(reverse(name, args=[1])).status_code == 404


# -- transfer, monitor, discharge ----------------------------------------------


def test_a_transfer_is_carried_out_and_said(desk, ward):
    admission = admit(family_name="Hale", given_name="Ivy")
    bed = BedFactory(ward=ward, label="N07")

    response = desk.post(
        reverse("admission_transfer", args=[admission.pk]), {"bed": bed.pk}
    )

    assert response.url == reverse("admission", args=[admission.pk])
    assert said(response) == ["Hale, Ivy is in bed N07 on North now."]
    assert admission.bed_stays.open().get().bed == bed


def test_a_transfer_to_a_taken_bed_shows_the_beds_that_are_free(desk, ward):
    admission = admit()
    taken = admit(bed=BedFactory(ward=ward, label="N07")).bed_stays.get().bed
    free = BedFactory(ward=ward, label="N08")

    response = desk.post(
        reverse("admission_transfer", args=[admission.pk]), {"bed": taken.pk}
    )

    assert response.status_code == 422
    assert "Bed N07 was taken a moment ago. Choose another bed." in response.text
    assert f'id="bed-{free.pk}"' in response.text
    assert f'id="bed-{taken.pk}"' not in response.text


def test_a_transfer_without_a_bed_asks_for_one(desk):
    response = desk.post(reverse("admission_transfer", args=[admit().pk]), {})

    assert response.status_code == 422
    assert "Choose a bed." in response.text


def test_a_transfer_sent_twice_says_so_and_harms_nothing(desk):
    admission, bed = (
        admit(family_name="Hale", given_name="Ivy"),
        BedFactory(label="N07"),
    )
    url = reverse("admission_transfer", args=[admission.pk])
    desk.post(url, {"bed": bed.pk})

    response = desk.post(url, {"bed": bed.pk})

    assert response.status_code == 302
    assert said(response)[-1] == "Hale, Ivy is in bed N07 already."
    assert admission.bed_stays.count() == 2


@time_machine.travel(NOON, tick=False)
def test_a_time_is_read_in_the_hospitals_zone(desk, settings):
    settings.TIME_ZONE = "Europe/Vienna"
    admission = admit(since=NOON - timedelta(hours=5))

    desk.post(
        reverse("admission_transfer", args=[admission.pk]),
        {"bed": BedFactory().pk, "at": "2026-11-20T12:30"},
    )

    assert admission.bed_stays.open().get().started_at == utc("2026-11-20 11:30")


@pytest.mark.parametrize("at", ["2026-11-20T12:01", "soon", "2026-13-01T00:00"])
@time_machine.travel(NOON, tick=False)
def test_a_time_that_cannot_be_keeps_the_form(desk, at):
    admission, bed = admit(), BedFactory()

    response = desk.post(
        reverse("admission_transfer", args=[admission.pk]), {"bed": bed.pk, "at": at}
    )

    assert response.status_code == 422
    assert admission.bed_stays.get().ended_at is None
    assert f'value="{bed.pk}"' in response.text


@pytest.mark.parametrize("chosen", ["device", "none"])
def test_a_nurse_changes_the_monitor_and_returns_to_the_patient(
    sign_in, nurse, ward, chosen
):
    admission, device = admit(ward=ward), DeviceFactory(serial="SIM-9")
    answer = "none" if chosen == "none" else device.pk

    response = sign_in(nurse).post(
        reverse("admission_device", args=[admission.pk]), {"device": answer}
    )

    assert response.url == reverse("patient", args=[admission.patient_id])
    held = admission.device_assignments.open().first()
    assert (held and held.device) == (None if chosen == "none" else device)


def test_a_monitor_must_be_chosen_or_declined(desk):
    admission = admit()

    response = desk.post(reverse("admission_device", args=[admission.pk]), {})

    assert response.status_code == 422
    assert "Choose a monitor, or say that there is none." in response.text
    assert admission.device_assignments.open().exists()


@pytest.mark.parametrize("nonsense", ["x", "-1", "9" * 21, "9" * 5000, "None"])
def test_nonsense_for_a_choice_is_refused(desk, nonsense):
    admission = admit()

    for name, field in (("admission_device", "device"), ("admission_transfer", "bed")):
        url = reverse(name, args=[admission.pk])
        assert desk.post(url, {field: nonsense}).status_code == 422
        assert desk.get(url, {field: nonsense}).status_code == 200


def test_a_discharge_asks_by_name_then_frees_bed_and_monitor(desk, ward):
    admission = admit(
        bed=BedFactory(ward=ward, label="N07"),
        device=DeviceFactory(serial="SIM-9"),
        family_name="Hale",
        given_name="Ivy",
    )
    url = reverse("admission_discharge", args=[admission.pk])

    asked = desk.get(url).text
    assert "Discharge <bdi>Hale, Ivy</bdi>?" in asked
    assert "<strong>N07</strong> on North" in asked
    assert "<strong>SIM-9</strong>" in asked
    assert Admission.objects.open().exists()

    done = desk.post(url)
    assert said(done) == [
        "Hale, Ivy is discharged. Free now: bed N07 and monitor SIM-9."
    ]
    assert not Admission.objects.open().exists()


@pytest.mark.parametrize(
    "name", ["admission_transfer", "admission_device", "admission_discharge"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_change_of_a_stay_that_has_ended_leads_to_the_stay(desk, admin, name, method):
    admission = admit(family_name="Hale", given_name="Ivy")
    discharge_patient(admission=admission, by=admin)

    response = getattr(desk, method)(reverse(name, args=[admission.pk]))

    assert response.url == reverse("admission", args=[admission.pk])
    assert said(response) == [
        "Hale, Ivy has been discharged already. The stay has ended."
    ]


# -- choosing ------------------------------------------------------------------


def test_free_beds_are_grouped_and_the_taken_one_is_named(desk, ward):
    room = RoomFactory(ward=ward, name="Room 3")
    free = BedFactory(ward=ward, room=room, label="N01")
    taken = admit(bed=BedFactory(ward=ward, label="N07")).bed_stays.get().bed

    fragment = desk.get(reverse("admission_beds"), {"bed": taken.pk}).text

    assert "<html" not in fragment
    assert f'id="bed-{free.pk}"' in fragment
    assert "Room 3" in fragment
    assert 'id="bed-wards"' in fragment
    assert "Bed N07 was taken a moment ago. Choose another bed." in fragment


def test_an_unchanged_choice_of_beds_is_not_sent_again(desk, ward):
    bed = BedFactory(ward=ward)
    first = desk.get(reverse("admission_beds"), {"bed": bed.pk})
    version = first.context["beds"].version

    again = {"bed": bed.pk, "beds_version": version}
    assert desk.get(reverse("admission_beds"), again).status_code == 204
    admit(bed=bed)
    assert desk.get(reverse("admission_beds"), again).status_code == 200


def test_beds_are_narrowed_but_the_chosen_one_stays(desk, ward):
    chosen = BedFactory(ward=ward, label="N01")
    wanted = BedFactory(label="S14")
    other = BedFactory(ward=wanted.ward, label="S20")

    fragment = desk.get(
        reverse("admission_beds"),
        {"bed": chosen.pk, "bed_ward": wanted.ward.slug, "bed_text": "s1"},
    ).text

    assert [f'id="bed-{bed.pk}"' in fragment for bed in (chosen, wanted, other)] == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("beds", [1, 12, 300])
def test_choosing_a_bed_costs_the_same_among_hundreds(
    desk, ward, beds, django_assert_num_queries
):
    BedFactory.create_batch(beds, ward=ward, room=RoomFactory(ward=ward))

    # session, user, free beds
    with django_assert_num_queries(3):
        fragment = desk.get(reverse("admission_beds"))

    assert fragment.text.count('name="bed"') == beds


def heard(device, ago, battery=None):
    DeviceContact.objects.filter(device=device).update(
        last_heard_at=timezone.now() - ago, battery_percent=battery
    )
    return device


@time_machine.travel(NOON, tick=False)
def test_free_monitors_show_battery_and_signal_the_lively_ones_first(desk):
    never = DeviceFactory(serial="A-NEVER")
    quiet = heard(DeviceFactory(serial="B-QUIET"), timedelta(hours=3), battery=12)
    lively = heard(DeviceFactory(serial="C-LIVELY"), timedelta(seconds=1), battery=80)
    DeviceFactory(serial="D-BROKEN", status=Device.Status.MAINTENANCE)
    admit(device=DeviceFactory(serial="E-TAKEN"))

    response = desk.get(reverse("admission_devices"))

    found = response.context["devices"].found
    assert [row.device for row in found] == [lively, quiet, never]
    assert [row.heard for row in found] == [
        "sending now",
        "silent for 3 h",
        "never heard",
    ]
    assert "battery 12 %, low" in response.text
    assert "battery 80 %<" in response.text


def test_many_free_monitors_are_searched_and_the_chosen_one_stays(
    desk, django_assert_num_queries
):
    devices = DeviceFactory.create_batch(30)
    chosen = devices[-1]

    # session, user, monitors, how many, the chosen one
    with django_assert_num_queries(5):
        response = desk.get(reverse("admission_devices"), {"device": chosen.pk})

    assert response.context["devices"].matching == 30
    assert f'id="device-{chosen.pk}"' in response.text
    found = desk.get(reverse("admission_devices"), {"device_text": chosen.serial})
    assert [row.device for row in found.context["devices"].found] == [chosen]


def test_a_monitor_that_was_taken_meanwhile_is_named(desk):
    device = DeviceFactory(serial="SIM-9")
    admit(device=device)

    fragment = desk.get(reverse("admission_devices"), {"device": device.pk}).text

    assert "Monitor SIM-9 was taken a moment ago. Choose another monitor." in fragment
