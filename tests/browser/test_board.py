"""The live board in a real browser: values come, age, are lost, and come back."""

import re
import signal
from datetime import UTC, datetime

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.factories import BedFactory, DeviceFactory, RoomFactory, admit, issue_key

pytestmark = pytest.mark.django_db(transaction=True)


class Monitor:
    """A bedside device posting to one server, as a real one does."""

    def __init__(self, device, site):
        self.headers = {"Authorization": f"Bearer {issue_key(device)}"}
        self.url = f"{site.url}/api/v1/readings"

    def post(self, **values):
        body = {"readings": [{"at": datetime.now(UTC).isoformat(), **values}]}
        answer = httpx.post(self.url, json=body, headers=self.headers, trust_env=False)
        assert answer.status_code == 200, answer.text


@pytest.fixture
def monitored(ward):
    """A patient in bed N01, with a device that posts every two seconds."""
    room = RoomFactory(ward=ward)
    bed = BedFactory(ward=ward, room=room, label="N01")
    BedFactory(ward=ward, room=room, label="N02")
    return admit(
        bed=bed,
        device=DeviceFactory(expected_interval=2),
        family_name="Example",
        given_name="Ada",
    )


def monitor_of(stay, site) -> Monitor:
    return Monitor(stay.device_assignments.get().device, site)


def vital(page: Page, name: str):
    return page.locator(f'[data-bed="N01"] [data-vital="{name}"]')


def is_live(page: Page):
    expect(page.locator(".link")).to_have_attribute("data-link", "live")


def test_a_posted_value_is_on_the_board_within_two_seconds(
    open_page, site, nurse, monitored
):
    monitor = monitor_of(monitored, site)
    page = open_page("/wards/north/", user=nurse)
    is_live(page)

    monitor.post(heart_rate=78, spo2=97, systolic=118, diastolic=76, mean_pressure=90)

    expect(vital(page, "heart_rate")).to_have_text("78", timeout=2000)
    expect(vital(page, "heart_rate")).to_have_attribute("data-state", "live")
    expect(vital(page, "systolic")).to_have_text("118")

    monitor.post(heart_rate=79, spo2=None)

    expect(vital(page, "heart_rate")).to_have_text("79", timeout=2000)
    expect(vital(page, "spo2")).to_have_attribute("data-state", "off")
    expect(page.get_by_text("sensor off")).to_be_visible()


def test_without_news_a_number_fades_and_the_device_is_called_silent(
    open_page, site, nurse, monitored
):
    monitor_of(monitored, site).post(heart_rate=78)
    page = open_page("/wards/north/", user=nurse)
    is_live(page)
    expect(vital(page, "heart_rate")).to_have_attribute("data-state", "live")

    # Two seconds apart, so struck out after ten.
    expect(vital(page, "heart_rate")).to_have_attribute(
        "data-state", "stale", timeout=13_000
    )

    expect(vital(page, "heart_rate")).to_have_text("78")
    struck = vital(page, "heart_rate").evaluate(
        "e => getComputedStyle(e).textDecoration"
    )
    assert "line-through" in struck
    expect(page.get_by_text(re.compile(r"Device silent \d+ s"))).to_be_visible()


def test_a_stopped_server_is_said_within_five_seconds_and_its_return_too(
    open_page, own_site, nurse, monitored
):
    own_site.start()
    monitor = monitor_of(monitored, own_site)
    monitor.post(heart_rate=78)
    page = open_page("/wards/north/", user=nurse, on=own_site)
    is_live(page)
    expect(vital(page, "heart_rate")).to_have_text("78")

    own_site.process.kill()
    own_site.process.wait()
    expect(page.get_by_text("Server lost.", exact=False).first).to_be_visible(
        timeout=5000
    )
    expect(page.locator('[data-vital][data-state="live"]')).to_have_count(0)

    own_site.start()
    monitor.post(heart_rate=81)
    is_live(page)
    expect(vital(page, "heart_rate")).to_have_text("81")
    expect(vital(page, "heart_rate")).to_have_attribute("data-state", "live")
    expect(page.locator("[data-link-words]")).to_have_text("Live")


def test_a_server_that_hangs_is_said_within_five_seconds(
    open_page, own_site, nurse, monitored
):
    own_site.start()
    page = open_page("/wards/north/", user=nurse, on=own_site)
    is_live(page)

    own_site.process.send_signal(signal.SIGSTOP)
    try:
        expect(page.get_by_text("Server lost.", exact=False).first).to_be_visible(
            timeout=5000
        )
    finally:
        own_site.process.send_signal(signal.SIGCONT)

    is_live(page)


def test_this_computers_lost_connection_is_told_from_a_lost_server(
    open_page, site, nurse, monitored
):
    monitor_of(monitored, site).post(heart_rate=78)
    page = open_page("/wards/north/", user=nurse)
    is_live(page)

    page.context.set_offline(True)
    expect(page.locator("[data-link-words]")).to_contain_text(
        "connection is lost", timeout=5000
    )
    expect(page.locator('[data-vital][data-state="live"]')).to_have_count(0)

    page.context.set_offline(False)
    is_live(page)


def test_a_lost_link_sounds_once_somebody_has_let_it(
    open_page, own_site, nurse, monitored
):
    own_site.start()
    page = open_page("/wards/north/", user=nurse, on=own_site)
    is_live(page)
    enable = page.get_by_role("button", name=re.compile("Sound is off"))
    expect(enable).to_be_visible()

    enable.click()
    expect(enable).to_be_hidden()
    own_site.stop()
    silence = page.get_by_role("button", name="Silence this tone")
    expect(silence).to_be_visible(timeout=5000)
    silence.click()

    expect(silence).to_be_hidden()
    expect(page.locator("[data-link-words]")).to_contain_text("Server lost")


@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1440])
def test_the_words_of_a_lost_link_fit_the_screen(
    open_page, own_site, nurse, monitored, width
):
    own_site.start()
    page = open_page("/wards/north/", user=nurse, on=own_site)
    page.set_viewport_size({"width": width, "height": 800})
    is_live(page)
    tile = page.locator(".tile").first
    before = tile.bounding_box()

    own_site.stop()

    expect(page.locator("[data-link-words]")).to_contain_text("Server lost")
    expect(page.get_by_role("button", name="Silence this tone")).to_be_hidden()
    bar, after = page.locator(".link").bounding_box(), tile.bounding_box()
    assert bar["x"] + bar["width"] <= width
    if width >= 1280:  # smaller screens make room for the words
        assert after["y"] == before["y"]


def test_signing_out_elsewhere_wipes_the_screen(open_page, site, nurse, monitored):
    page = open_page("/wards/north/", user=nurse)
    is_live(page)
    other = page.context.new_page()
    other.goto("/")

    other.evaluate(
        """() => fetch("/accounts/logout/", {method: "POST", headers: JSON.parse(
            document.body.getAttribute("hx-headers"))})"""
    )

    expect(page.get_by_role("heading", name="This screen is closed")).to_be_visible()
    assert "EXAMPLE" not in page.content()


def test_names_can_be_hidden(open_page, site, nurse, monitored):
    page = open_page("/wards/north/", user=nurse)
    expect(page.get_by_role("link", name="EXAMPLE Ada")).to_be_visible()

    page.get_by_role("button", name="Hide names").click()

    expect(page.get_by_role("link", name="EA")).to_be_visible()
    is_live(page)
    assert "EXAMPLE" not in page.content().upper()


def test_a_newcomer_appears_without_a_reload(open_page, site, nurse, monitored, ward):
    page = open_page("/wards/north/", user=nurse)
    is_live(page)
    bed = ward.beds.get(label="N02")
    expect(page.locator('[data-bed="N02"]')).to_contain_text("free")

    # Known to this process only; the first reading makes the server look.
    newcomer = admit(bed=bed, device=DeviceFactory(), family_name="Newcomer")
    monitor_of(newcomer, site).post(heart_rate=64)

    expect(page.locator('[data-bed="N02"] [data-vital="heart_rate"]')).to_have_text(
        "64"
    )
    expect(page.get_by_text("NEWCOMER")).to_be_visible()


def test_focus_stays_where_it_is_when_the_board_is_swapped(
    open_page, site, nurse, monitored
):
    monitor = monitor_of(monitored, site)
    page = open_page("/wards/north/", user=nurse)
    is_live(page)
    link = page.get_by_role("link", name="EXAMPLE Ada")
    link.focus()

    monitor.post(heart_rate=70)
    expect(vital(page, "heart_rate")).to_have_text("70")
    admit(bed=BedFactory(ward=monitored.bed_stays.get().bed.ward, label="N03"))
    page.evaluate("dispatchEvent(new Event('offline'))")
    is_live(page)

    expect(page.locator('[data-bed="N03"]')).to_be_visible()
    expect(link).to_be_focused()


SHIFTS = """
    window.shifts = [];
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) {
            if (!entry.hadRecentInput) {
                window.shifts.push([entry.value, ...entry.sources.map(
                    (source) => source.node?.outerHTML?.slice(0, 200))]);
            }
        }
    }).observe({type: "layout-shift", buffered: true});
"""


@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_moves_when_values_come_change_and_go(
    open_page, site, nurse, monitored, width
):
    monitor = monitor_of(monitored, site)
    page = open_page("/wards/north/", user=nurse, width=width)
    is_live(page)
    page.evaluate(SHIFTS)

    for heart, more in (
        (9, {"spo2": None, "pulse_rate": 9}),
        (100, {"spo2": 100, "temperature": 36.5, "etco2": 38}),
        (72, {"systolic": 90, "diastolic": 50, "mean_pressure": 63}),
        (349, {"systolic": 210, "diastolic": 140, "mean_pressure": 163, "spo2": 9}),
    ):
        monitor.post(heart_rate=heart, **more)
        expect(vital(page, "heart_rate")).to_have_text(str(heart))

    assert page.evaluate("window.shifts") == []


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", ["board", "patient", "readings", "my_wards"])
def test_axe_finds_nothing(
    open_page, site, nurse, monitored, assert_accessible, theme, path
):
    monitor_of(monitored, site).post(heart_rate=78, spo2=None, systolic=118, glucose=6)
    address = {
        "board": "/wards/north/",
        "patient": f"/patients/{monitored.patient_id}/",
        "readings": f"/patients/{monitored.patient_id}/readings/",
        "my_wards": "/wards/",
    }[path]
    page = open_page(address, user=nurse, theme=theme)
    if path in ("board", "patient"):
        is_live(page)

    assert_accessible(page)


def test_axe_finds_nothing_while_the_server_is_lost(
    open_page, own_site, nurse, monitored, assert_accessible
):
    own_site.start()
    monitor_of(monitored, own_site).post(heart_rate=78)
    page = open_page("/wards/north/", user=nurse, on=own_site)
    is_live(page)

    own_site.stop()
    expect(page.locator("[data-link-words]")).to_contain_text("Server lost")

    assert_accessible(page)


@pytest.mark.parametrize("width", [320, 390, 768, 1024, 1440, 1920, 2560])
@pytest.mark.parametrize("beds", [12, 60])
def test_a_board_fits_every_screen(
    open_page, site, nurse, ward, assert_fits, screenshot, width, beds
):
    room = RoomFactory(ward=ward)
    for number in range(beds):
        bed = BedFactory(ward=ward, room=room, label=f"N{number:02}")
        if number % 10:
            admit(bed=bed, family_name="Featherstonehaugh-Cholmondeley")

    page = open_page("/wards/north/", user=nurse, width=width)
    is_live(page)

    assert_fits(page)
    screenshot(page, f"board-{beds}-{width}")


def test_the_board_says_what_it_is_without_scripts(open_page, site, nurse, monitored):
    monitor_of(monitored, site).post(heart_rate=78)

    page = open_page("/wards/north/", user=nurse, java_script_enabled=False)

    expect(page.get_by_text("This page cannot renew itself")).to_be_visible()
    expect(vital(page, "heart_rate")).to_have_text("78")
