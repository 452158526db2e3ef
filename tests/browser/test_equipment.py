"""Devices, gateways and their keys in a real browser."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import THEMES, WIDTHS
from tests.factories import BedFactory, DeviceFactory, GatewayFactory, admit, issue_key
from wards.devices.models import Device, DeviceContact, Gateway

COUNT = ".ww-count"
KEY = re.compile(r"ww_[\w-]{43}")


@pytest.fixture
def equipment(ward):
    """A device with a patient in N01, thirty more, and a gateway for two of them."""
    device = DeviceFactory(serial="SIM-N01")
    admit(bed=BedFactory(ward=ward, label="N01"), device=device)
    DeviceContact.objects.filter(device=device).update(
        last_heard_at=timezone.now(), battery_percent=55, clock_skew=90, firmware="2.1"
    )
    issue_key(device)
    spare = DeviceFactory.create_batch(30)
    Device.objects.filter(pk=spare[0].pk).update(status="maintenance")
    gateway = GatewayFactory(name="Cellar")
    gateway.devices.set(spare[:2])
    return device


@pytest.mark.parametrize("theme", THEMES)
def test_pages_are_accessible_and_fit(
    open_page, admin, equipment, assert_accessible, assert_fits, screenshot, theme
):
    device, gateway = f"/devices/{equipment.pk}/", Gateway.objects.get().pk
    spare = Device.objects.free().first()
    pages = {
        "devices": "/devices/",
        "device": device,
        "device-edit": f"{device}edit/",
        "device-new": "/devices/new/",
        "device-status": f"/devices/{spare.pk}/status/retired/",
        "key": f"{device}key/",
        "key-revoke": f"{device}key/revoke/",
        "gateways": "/gateways/",
        "gateway": f"/gateways/{gateway}/",
        "gateway-edit": f"/gateways/{gateway}/edit/",
    }
    for screen, width in WIDTHS.items():
        page = open_page("/devices/", user=admin, theme=theme, width=width)
        for name, path in pages.items():
            page.set_viewport_size({"width": width, "height": 900})
            page.goto(path)
            screenshot(page, f"equipment-{name}-{screen}-{theme}")
            assert_accessible(page)
            page.set_viewport_size({"width": 320, "height": 640})
            assert_fits(page)


def test_a_nurse_searches_filters_and_goes_back(open_page, nurse, equipment):
    page = open_page("/devices/", user=nurse)
    page.evaluate("window.sameDocument = true")

    page.get_by_label("Serial or model").press_sequentially("sim-n")
    expect(page.locator(COUNT)).to_contain_text("1 of 31 devices")
    page.get_by_label("Signal").select_option("silent")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    expect(page).to_have_url(re.compile(r"query=sim-n.*signal=silent"))
    assert page.evaluate("window.sameDocument")

    page.go_back()
    expect(page.locator(COUNT)).to_contain_text("1 of 31 devices")
    expect(page.get_by_label("Signal")).to_have_value("")


@pytest.mark.parametrize("theme", THEMES)
def test_a_new_key_is_seen_once(
    open_page, admin, equipment, assert_accessible, assert_fits, screenshot, theme
):
    page = open_page(f"/devices/{equipment.pk}/key/", user=admin, theme=theme)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    page.get_by_role("button", name="Renew the key").click()

    key = page.locator("#new-key").inner_text()
    assert KEY.fullmatch(key)
    expect(page.get_by_text("min left)")).to_be_visible()
    screenshot(page, f"equipment-key-shown-{theme}")
    assert_accessible(page)
    page.get_by_role("button", name="Copy the key").click()
    expect(page.get_by_role("button", name="Copied the key")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == key
    page.set_viewport_size({"width": 320, "height": 640})
    assert_fits(page)

    page.reload()
    expect(page.get_by_role("button", name="Renew the key")).to_be_visible()
    assert not KEY.search(page.content())
    page.goto(f"/devices/{equipment.pk}/")
    assert not KEY.search(page.content())
    assert equipment.keys.count() == 2


def test_leaving_the_key_page_takes_the_key_away(open_page, admin, equipment):
    page = open_page(f"/devices/{equipment.pk}/key/", user=admin)
    page.get_by_role("button", name="Renew the key").click()
    assert KEY.search(page.content())

    page.get_by_role("link", name="I have it").click()
    expect(page.get_by_role("heading", name="SIM-N01")).to_be_visible()
    page.go_back()

    expect(page.get_by_role("button", name="Renew the key")).to_be_visible()
    assert not KEY.search(page.content())


def test_choosing_among_many_devices(open_page, admin, equipment):
    gateway = Gateway.objects.get()
    wanted = Device.objects.get(serial="SIM-N01")
    page = open_page(f"/gateways/{gateway.pk}/edit/", user=admin)
    rows = page.locator("[data-pick-item]:visible")
    expect(page.get_by_text("2 of 31 chosen")).to_be_visible()
    expect(rows).to_have_count(31)

    search = page.get_by_label("Search serial or model")
    search.fill("sim")
    expect(rows).to_have_count(1)
    search.press("Enter")  # searches, does not save
    page.get_by_label("SIM-N01").check()
    expect(page.get_by_text("3 of 31 chosen")).to_be_visible()
    search.fill("")
    page.get_by_label("Only chosen").check()
    expect(rows).to_have_count(3)
    search.fill("nothing like it")
    expect(page.get_by_text("No device matches.")).to_be_visible()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", name="Cellar")).to_be_visible()
    assert gateway.devices.count() == 3
    assert wanted in gateway.devices.all()
