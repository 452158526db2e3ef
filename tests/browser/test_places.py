"""Places in a real browser, and with them how every list behaves."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import THEMES, WIDTHS
from tests.factories import BedFactory, RoomFactory, WardFactory, admit

COUNT = ".ww-count"


@pytest.fixture
def hospital(ward):
    """Ward North with a full, a free and a closed bed, and thirty other wards."""
    bay = RoomFactory(ward=ward, name="Bay 1")
    side = RoomFactory(ward=ward, name="Side room")
    admit(bed=BedFactory(ward=ward, room=bay, label="N01"), family_name="Invented")
    BedFactory(ward=ward, room=bay, label="N02")
    BedFactory(ward=ward, room=side, label="N03", in_use=False)
    for number in range(30):
        WardFactory(name=f"Ward {number:02}")
    return ward


@pytest.mark.parametrize("theme", THEMES)
def test_pages_are_accessible_and_fit(
    open_page, admin, hospital, assert_accessible, assert_fits, screenshot, theme
):
    bed = hospital.beds.first()
    pages = {
        "list": "/places/",
        "ward": "/places/wards/north/",
        "empty-ward": "/places/wards/" + WardFactory(name="New", slug="new-one").slug,
        "beds-new": "/places/wards/north/beds/new/",
        "bed": f"/places/beds/{bed.pk}/edit/",
        "bed-close": f"/places/beds/{bed.pk}/in-use/",
        "nothing": "/places/?query=zzz",
    }
    for device, width in WIDTHS.items():
        page = open_page("/places/", user=admin, theme=theme, width=width)
        for name, path in pages.items():
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            screenshot(page, f"places-{name}-{device}-{theme}")
            assert_accessible(page)
            page.set_viewport_size({"width": 320, "height": 640})
            assert_fits(page)


def test_typing_narrows_the_list_without_a_reload(open_page, admin, hospital):
    page = open_page("/places/", user=admin)
    page.evaluate("window.sameDocument = true")
    search = page.get_by_label("Ward, room or bed")

    search.press_sequentially("n02")

    expect(page.locator(COUNT)).to_contain_text("1 of 31 wards")
    expect(page).to_have_url(re.compile(r"/places/\?query=n02$"))
    expect(search).to_be_focused()
    expect(page.locator("#announcer")).to_have_text("1 of 31 wards")
    assert page.evaluate("window.sameDocument")


def test_sorting_and_paging_keep_the_address_true_and_back_works(
    open_page, admin, hospital
):
    page = open_page("/places/", user=admin)
    page.evaluate("window.sameDocument = true")

    page.get_by_role("link", name="Name").click()
    expect(page.locator("tbody tr").first).to_contain_text("Ward 29")
    expect(page.get_by_role("columnheader", name="Name")).to_have_attribute(
        "aria-sort", "descending"
    )
    expect(page).to_have_url(re.compile("sort=-name"))
    page.get_by_role("link", name="Page 2").click()
    expect(page.locator(COUNT)).to_contain_text("31 wards, page 2 of 2")
    assert page.evaluate("window.sameDocument")
    expect(page.locator("tbody tr").last).to_contain_text("North")

    page.go_back()
    expect(page.locator(COUNT)).to_contain_text("31 wards, page 1 of 2")
    page.go_back()
    expect(page.locator("tbody tr").first).to_contain_text("North")

    page.goto("/places/?sort=-name&page=2")
    expect(page.locator("tbody tr").last).to_contain_text("North")


def test_searching_keeps_the_order_of_the_rows(open_page, admin, hospital):
    page = open_page("/places/?sort=-name", user=admin)

    page.get_by_label("Ward, room or bed").fill("ward 0")

    expect(page.locator(COUNT)).to_contain_text("10 of 31 wards")
    expect(page.locator("tbody tr").first).to_contain_text("Ward 09")


def test_nothing_found_offers_the_way_back(open_page, admin, hospital):
    page = open_page("/places/", user=admin)

    page.get_by_label("Ward, room or bed").fill("zzz")
    expect(page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    page.get_by_role("link", name="Clear search and filters").click()

    expect(page.locator(COUNT)).to_contain_text("31 wards")
    expect(page.get_by_label("Ward, room or bed")).to_have_value("")


def test_expired_session_leads_to_the_door_and_back_to_the_list(
    open_page, admin, hospital
):
    page = open_page("/places/", user=admin)
    page.context.clear_cookies(name="sessionid")

    page.get_by_label("Ward, room or bed").fill("n02")

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/accounts/login/\?next=/places/"))


def test_lost_server_is_said_in_words(open_page, admin, hospital, own_site, screenshot):
    page = open_page("/places/", user=admin, on=own_site.start())
    own_site.stop()

    page.get_by_label("Ward, room or bed").fill("n02")

    expect(page.locator(".ww-toast")).to_contain_text("No connection to the server")
    screenshot(page, "toast")
    page.locator(".ww-toast").get_by_role("button", name="Close").click()
    expect(page.locator(".ww-toast")).to_have_count(0)


def test_a_clerk_adds_twelve_beds_at_once_and_closes_one(
    open_page, admin, hospital, screenshot
):
    page = open_page("/places/wards/north/", user=admin)

    page.get_by_role("link", name="Add beds to Side room").click()
    page.locator("#id_labels").fill("N01-N12")
    page.get_by_role("button", name="Add these beds").click()
    expect(page.locator("#form-errors")).to_contain_text("North has N01, N02, N03")
    expect(page.locator("#form-errors")).to_be_focused()
    screenshot(page, "places-refused")

    page.locator("#id_labels").fill("S01-S12")
    page.get_by_role("button", name="Add these beds").click()
    expect(page.get_by_role("status").first).to_contain_text("Added: S01, S02")
    screenshot(page, "places-added")

    page.get_by_role("link", name="Close S12").click()
    page.get_by_role("button", name="Close S12").click()
    expect(page.get_by_role("status").first).to_contain_text("S12 is closed.")
    expect(page.get_by_role("link", name="Open S12")).to_be_visible()


@pytest.mark.parametrize("scripts", [True, False])
def test_lists_and_forms_work_with_and_without_scripts(
    open_page, admin, hospital, scripts
):
    page = open_page("/places/", user=admin, java_script_enabled=scripts)

    page.get_by_role("link", name="Page 2").click()
    expect(page.locator(COUNT)).to_contain_text("page 2 of 2")
    page.goto("/places/wards/north/rooms/new/")
    page.locator("#id_name").fill("Bay 9")
    page.get_by_role("button", name="Add this room").click()

    expect(page.get_by_role("heading", name="Bay 9")).to_be_visible()
