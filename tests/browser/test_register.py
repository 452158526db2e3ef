"""The register of patients in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import THEMES, WIDTHS
from tests.factories import AdmissionFactory, PatientFactory, admit
from wards.patients.models import Patient

COUNT = ".ww-count"


@pytest.fixture
def known(ward):
    """Thirty patients, one of them on ward North, names as hard as they come."""
    here = admit(ward=ward, family_name="Invented", given_name="Ida").patient
    PatientFactory(family_name="<script>alert(1)</script>", given_name="<b>B</b>")
    PatientFactory(family_name="الأحمد", given_name="محمد")
    PatientFactory(
        family_name="Keihanaikukauakahihuliheekahaunaele" * 2, given_name="W" * 80
    )
    for number in range(26):
        PatientFactory(family_name=f"Person {number:02}")
    return here


@pytest.mark.parametrize("theme", THEMES)
def test_pages_are_accessible_and_fit(
    open_page, admin, known, assert_accessible, assert_fits, screenshot, theme
):
    AdmissionFactory(patient=PatientFactory(allergies="Latex"), discharged=True)
    pages = {
        "list": "/patients/",
        "nobody": "/patients/?query=zzz",
        "record": f"/patients/{known.pk}/details/",
        "edit": f"/patients/{known.pk}/edit/",
        "new": "/patients/new/",
    }
    for device, width in WIDTHS.items():
        page = open_page("/patients/", user=admin, theme=theme, width=width)
        for name, path in pages.items():
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            screenshot(page, f"patients-{name}-{device}-{theme}")
            assert_accessible(page)
            page.set_viewport_size({"width": 320, "height": 640})
            assert_fits(page)


def test_typing_searches_and_the_address_stays_true(open_page, admin, known):
    page = open_page("/patients/", user=admin)
    page.evaluate("window.sameDocument = true")

    page.get_by_label("Name or hospital number").press_sequentially("inv ida")
    expect(page.locator(COUNT)).to_contain_text("1 of 30 patients")
    expect(page).to_have_url(re.compile(r"/patients/\?query=inv(\+|%20)ida$"))
    page.get_by_label("Sex").select_option("female")
    expect(page).to_have_url(re.compile("sex=female"))
    assert page.evaluate("window.sameDocument")

    page.reload()
    expect(page.locator(COUNT)).to_contain_text("1 of 30 patients")
    expect(page.get_by_label("Name or hospital number")).to_have_value("inv ida")
    page.get_by_role("link", name="Invented, Ida").click()
    expect(page).to_have_url(re.compile(rf"/patients/{known.pk}/details/"))
    page.go_back()
    expect(page.locator(COUNT)).to_contain_text("1 of 30 patients")


def test_no_half_typed_name_stays_in_the_history(open_page, admin, known):
    page = open_page("/patients/", user=admin)
    before = page.evaluate("window.history.length")
    search = page.get_by_label("Name or hospital number")

    for typed in ("inv", "inv i", "inv ida"):
        search.fill(typed)
        expect(page).to_have_url(re.compile(f"{typed[-3:]}$".replace(" ", r"(\+|%20)")))

    assert page.evaluate("window.history.length") == before


def test_a_page_further_and_back(open_page, admin, known):
    page = open_page("/patients/", user=admin)

    page.get_by_role("link", name="Next").click()
    expect(page.locator(COUNT)).to_contain_text("page 2 of 2")
    expect(page).to_have_url(re.compile("page=2"))
    page.go_back()
    expect(page.locator(COUNT)).to_contain_text("page 1 of 2")


def test_registering_somebody_who_looks_known(open_page, admin, known, screenshot):
    PatientFactory(family_name="Muster", birth_date="1957-07-28")
    page = open_page("/patients/new/", user=admin)
    page.get_by_label("Hospital number").fill("h-9")
    page.get_by_label("Family name").fill("Muster")
    page.get_by_label("Given name").fill("Otto")
    page.get_by_label("Date of birth").fill("1957-07-28")
    page.get_by_label("Sex").select_option("male")
    page.get_by_role("button", name="Register").click()

    expect(page.get_by_role("heading", name="Is it this person?")).to_be_visible()
    expect(page.locator("#form-errors")).to_be_focused()
    screenshot(page, "patients-alike")
    page.get_by_label("No, this is somebody else: register anyway").check()
    page.get_by_label("Given name").press("Enter")

    expect(page.get_by_text("Registered Muster, Otto, number H-9.")).to_be_visible()
    assert Patient.objects.filter(family_name="Muster").count() == 2
