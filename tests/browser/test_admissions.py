"""The admissions desk in a browser: by keyboard, by mouse, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import THEMES, WIDTHS
from tests.factories import (
    BedFactory,
    DeviceFactory,
    PatientFactory,
    RoomFactory,
    UserFactory,
    WardFactory,
    WardMembershipFactory,
    admit,
)
from wards.admissions.models import Admission, BedStay
from wards.patients.models import Patient


@pytest.fixture
def clerk(transactional_db):
    return UserFactory(admin=True, full_name="Ada Admin")


@pytest.fixture
def north(transactional_db):
    """A ward with three free beds in a room, and a free monitor."""
    ward = WardFactory(name="North", slug="north")
    room = RoomFactory(ward=ward, name="Room 3")
    for label in ("N07", "N08", "N09"):
        BedFactory(ward=ward, room=room, label=label)
    DeviceFactory(serial="SIM-7")
    return ward


def bed(page: Page, label: str):
    return page.get_by_role("radio", name=re.compile(rf"^{label}\b"))


def choice(page: Page, text: str):
    """The tile or row a person touches; its whole area is the label."""
    return page.locator("form label", has_text=text)


def summary(page: Page):
    return page.get_by_role("complementary", name="This admission")


def test_a_known_patient_is_admitted_by_mouse(open_page, clerk, north):
    PatientFactory(family_name="Hale", given_name="Ivy", hospital_number="H77")
    page = open_page("/admissions/", user=clerk)

    page.get_by_role("link", name="Admit a patient").first.click()
    page.get_by_label("Name, hospital number or date of birth").press_sequentially(
        "ivy ha"
    )
    choice(page, "Hale, Ivy").click()
    choice(page, "N08").click()
    choice(page, "SIM-7").click()
    expect(summary(page)).to_contain_text("Hale, Ivy")
    expect(summary(page)).to_contain_text("N08")
    expect(summary(page)).to_contain_text("SIM-7")
    page.get_by_role("button", name="Admit").click()

    expect(page.get_by_role("status").first).to_contain_text(
        "Admitted: Hale, Ivy, bed N08 on North, monitored by SIM-7."
    )
    assert BedStay.objects.get().bed.label == "N08"


def test_a_new_patient_is_admitted_by_keyboard_alone(open_page, clerk, north):
    page = open_page("/admissions/new/", user=clerk)
    keys = page.keyboard

    # The search has the focus; nobody is found, so the patient is registered.
    keys.type("Hale")
    expect(page.get_by_text("Nobody registered matches")).to_be_visible()
    keys.press("Enter")  # must not send the half-filled form
    keys.press("Shift+Tab")
    keys.press("ArrowRight")
    expect(page.get_by_label("Register a new patient", exact=True)).to_be_checked()
    for typed in ("H77", "Hale", "Ivy", "06151950"):
        keys.press("Tab")
        keys.type(typed)
    page.get_by_label("Sex").focus()
    keys.type("Fe")
    bed(page, "N07").focus()
    keys.press("ArrowRight")
    expect(bed(page, "N08")).to_be_checked()
    page.get_by_role("radio", name="Without a monitor").focus()
    keys.press("Space")
    expect(summary(page)).to_contain_text("Hale, Ivy")
    page.get_by_label("Reason for admission").focus()
    keys.type("Fall at home")
    keys.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Hale, Ivy")
    admission = Admission.objects.get()
    assert admission.reason == "Fall at home"
    assert admission.bed_stay.bed.label == "N08"
    assert admission.assignment is None


def test_the_search_takes_its_text_along_to_the_registration(open_page, clerk, north):
    page = open_page("/admissions/new/", user=clerk)

    page.get_by_label("Name, hospital number or date of birth").press_sequentially("H9")
    page.locator("[data-carry]").click()

    expect(page.get_by_label("Hospital number*")).to_have_value("H9")
    expect(page.get_by_label("Family name")).to_be_focused()


def test_a_patient_is_admitted_on_a_phone(open_page, clerk, north, assert_fits):
    PatientFactory(family_name="Hale", given_name="Ivy")
    page = open_page(
        "/admissions/new/", user=clerk, width=390, height=844, has_touch=True
    )

    page.get_by_label("Name, hospital number or date of birth").press_sequentially(
        "hale"
    )
    choice(page, "Hale, Ivy").tap()
    choice(page, "N09").tap()
    choice(page, "Without a monitor").tap()
    expect(page.locator('[data-summary-of="bed"]')).to_contain_text("N09")
    assert_fits(page)
    page.get_by_role("button", name="Admit").tap()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hale, Ivy")
    assert BedStay.objects.get().bed.label == "N09"


@pytest.mark.parametrize("scripts", [True, False])
def test_a_double_click_admits_once(open_page, clerk, north, scripts):
    patient = PatientFactory(family_name="Hale", given_name="Ivy")
    page = open_page(
        f"/admissions/new/?patient={patient.pk}",
        user=clerk,
        java_script_enabled=scripts,
    )

    choice(page, "N07").click()
    choice(page, "Without a monitor").click()
    page.get_by_role("button", name="Admit").dblclick()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hale, Ivy")
    assert Admission.objects.count() == 1


def test_the_way_back_and_sending_again_admits_once(open_page, clerk, north):
    patient = PatientFactory(family_name="Hale", given_name="Ivy")
    page = open_page(f"/admissions/new/?patient={patient.pk}", user=clerk)
    choice(page, "N07").click()
    choice(page, "Without a monitor").click()
    page.get_by_role("button", name="Admit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hale, Ivy")

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Admit a patient")
    choice(page, "N08").click()
    if not page.get_by_role("radio", name="Without a monitor").is_checked():
        choice(page, "Without a monitor").click()
    page.get_by_role("button", name="Admit").click()
    page.wait_for_load_state()

    assert Admission.objects.count() == 1
    assert BedStay.objects.get().bed.label == "N07"


def test_a_bed_taken_meanwhile_is_said_and_everything_typed_stays(
    open_page, clerk, north, assert_accessible
):
    patient = PatientFactory(family_name="Hale", given_name="Ivy")
    page = open_page(f"/admissions/new/?patient={patient.pk}", user=clerk)
    choice(page, "N07").click()
    choice(page, "SIM-7").click()
    page.get_by_label("Reason for admission").fill("Fall at home")
    admit(bed=north.beds.get(label="N07"))

    page.get_by_role("button", name="Admit").click()

    expect(page.locator("#form-errors")).to_be_focused()
    expect(page.locator("#form-errors")).to_contain_text(
        "Bed N07 was taken a moment ago. Choose another bed."
    )
    expect(bed(page, "N07")).to_have_count(0)
    expect(page.get_by_label("Reason for admission")).to_have_value("Fall at home")
    expect(page.get_by_role("radio", name=re.compile("SIM-7"))).to_be_checked()
    assert_accessible(page)

    choice(page, "N08").click()
    page.get_by_role("button", name="Admit").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hale, Ivy")


def test_free_beds_renew_themselves_and_keep_the_choice(open_page, clerk, north):
    page = open_page("/admissions/new/", user=clerk)
    choice(page, "N08").click()
    bed(page, "N08").focus()

    def renew():
        """Ask at once for what is asked for every 15 seconds."""
        with page.expect_response(re.compile("/choose/beds/")) as answer:
            page.evaluate(
                "htmx.ajax('GET', '/admissions/choose/beds/',"
                " {source: '#beds', target: '#beds', swap: 'outerHTML'})"
            )
        return answer.value

    assert renew().status == 204
    admit(bed=north.beds.get(label="N07"))
    assert renew().status == 200
    expect(bed(page, "N07")).to_have_count(0)
    expect(bed(page, "N08")).to_be_checked()
    expect(bed(page, "N08")).to_be_focused()
    expect(page.locator("#bed-wards")).to_contain_text("North 2")

    admit(bed=north.beds.get(label="N08"))
    renew()
    expect(page.locator("#beds [data-taken]")).to_have_text(
        "Bed N08 was taken a moment ago. Choose another bed."
    )
    expect(page.locator("#announcer")).to_have_text(
        "Bed N08 was taken a moment ago. Choose another bed."
    )
    expect(page.locator('[data-summary-of="bed"]')).to_have_text("Not chosen")


def test_hundreds_of_free_beds_are_narrowed_by_ward_and_label(
    open_page, clerk, assert_fits, assert_accessible
):
    for name in ("East", "North", "South", "West", "Upper"):
        ward = WardFactory(name=name)
        for number in range(1, 7):
            room = RoomFactory(ward=ward, name=f"Room {number}")
            for letter in "ABCDEFGHIJ":
                BedFactory(ward=ward, room=room, label=f"{name[0]}{number}{letter}")
    page = open_page("/admissions/new/", user=clerk, width=390, height=844)
    tiles = page.locator("#beds input[name=bed]")
    expect(tiles).to_have_count(300)
    assert_fits(page)
    assert_accessible(page)

    page.locator('label[for^="bed-ward"]', has_text="South").click()
    expect(tiles).to_have_count(60)
    page.get_by_label("Bed or room").press_sequentially("S3")
    expect(tiles).to_have_count(10)
    choice(page, "S3C").click()
    page.get_by_label("Bed or room").fill("S5")
    expect(tiles).to_have_count(11)
    expect(bed(page, "S3C")).to_be_checked()


def test_everything_works_without_scripts(open_page, clerk, north):
    PatientFactory(family_name="Hale", given_name="Ivy")
    page = open_page("/admissions/new/", user=clerk, java_script_enabled=False)

    page.get_by_label("Name, hospital number or date of birth").fill("hale")
    page.get_by_label("Reason for admission").fill("Fall at home")
    page.locator("#patient-filter").get_by_role("button", name="Search").click()
    choice(page, "Hale, Ivy").click()
    choice(page, "N07").click()
    choice(page, "SIM-7").click()
    page.get_by_role("button", name="Admit").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hale, Ivy")
    assert Admission.objects.get().reason == "Fall at home"


def test_somebody_alike_is_told_apart_or_taken(open_page, clerk, north):
    PatientFactory(family_name="Hale", given_name="Ivy", birth_date="1950-06-15")
    page = open_page("/admissions/new/", user=clerk)
    choice(page, "Register a new patient").click()
    page.get_by_label("Family name").fill("Hale")
    page.get_by_label("Given name").fill("Ivy")
    page.locator("#id_new-birth_date").fill("1950-06-15")
    page.get_by_label("Sex").select_option("Female")
    page.get_by_label("Hospital number*").fill("H99")
    choice(page, "N07").click()
    choice(page, "Without a monitor").click()
    page.get_by_role("button", name="Admit").click()

    page.get_by_role("button", name="It is this patient").click()
    expect(page.locator('[data-summary-of="patient"]')).to_contain_text("Hale, Ivy")
    expect(bed(page, "N07")).to_be_checked()
    page.get_by_role("button", name="Admit").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Hale, Ivy")
    assert Patient.objects.count() == 1


def test_transfer_monitor_and_discharge_from_the_desk(open_page, clerk, north):
    admit(bed=BedFactory(ward=north, label="N01"), family_name="Hale", given_name="Ivy")
    page = open_page("/admissions/", user=clerk)

    page.get_by_role("link", name="Transfer Hale, Ivy").click()
    choice(page, "N08").click()
    page.get_by_role("button", name="Transfer").click()
    expect(page.get_by_text("Hale, Ivy is in bed N08 on North now.")).to_be_visible()

    page.get_by_role("link", name="Monitor", exact=True).click()
    choice(page, "SIM-7").click()
    page.get_by_role("button", name="Change the monitor").click()
    expect(
        page.get_by_text("Hale, Ivy is monitored by SIM-7 from now on.")
    ).to_be_visible()

    page.get_by_role("link", name="Discharge", exact=True).click()
    page.get_by_role("button", name="Discharge Hale, Ivy").click()
    expect(page.get_by_text("Free now: bed N08 and monitor SIM-7.")).to_be_visible()


def test_a_nurse_swaps_the_monitor_at_the_bedside(open_page, north):
    nurse = WardMembershipFactory(ward=north).user
    admission = admit(ward=north, family_name="Hale", given_name="Ivy")
    page = open_page(
        f"/admissions/{admission.pk}/device/", user=nurse, width=390, height=844
    )

    choice(page, "SIM-7").click()
    page.get_by_role("button", name="Change the monitor").click()

    expect(page).to_have_url(re.compile(rf"/patients/{admission.patient_id}/$"))
    assert admission.device_assignments.open().get().device.serial == "SIM-7"


def test_the_desk_is_searched_as_one_types(open_page, clerk, north):
    admit(ward=north, family_name="Hale")
    admit(ward=north, family_name="Moss")
    page = open_page("/admissions/", user=clerk)

    page.get_by_label("Patient, number, bed or monitor").press_sequentially("hal")

    expect(page.locator(".ww-count")).to_contain_text("1 of 2 admissions")
    expect(page.locator("tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("query=hal"))


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_the_desks_pages_are_accessible(
    open_page, clerk, north, theme, width, assert_accessible, assert_fits, screenshot
):
    admission = admit(
        bed=BedFactory(ward=north, label="N01"), family_name="Hale", given_name="Ivy"
    )
    free = PatientFactory(family_name="Moss")
    page = open_page("/admissions/", user=clerk, theme=theme, width=WIDTHS[width])
    stay = f"/admissions/{admission.pk}"
    for name, path in {
        "desk": "/admissions/",
        "new": f"/admissions/new/?patient={free.pk}&patient_text=ha",
        "register": "/admissions/new/?who=register",
        "admission": f"{stay}/",
        "transfer": f"{stay}/transfer/",
        "device": f"{stay}/device/",
        "discharge": f"{stay}/discharge/",
    }.items():
        page.goto(path)
        for details in page.locator("details:not([open]) > summary").all():
            if details.is_visible():
                details.click()
        assert_accessible(page)
        assert_fits(page)
        screenshot(page, f"admissions-{name}-{theme}-{width}")
    page.goto("/admissions/new/?who=register")
    page.get_by_role("button", name="Admit").click()
    expect(page.locator("#form-errors")).to_be_focused()
    assert_accessible(page)
    screenshot(page, f"admissions-refused-{theme}-{width}")
