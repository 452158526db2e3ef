"""The shell every page stands in."""

import pytest
from playwright.sync_api import expect

from hospital.ops.context import INTENDED_USE
from hospital.ops.models import Installation
from tests.browser.conftest import THEMES
from tests.factories import UserFactory


@pytest.fixture
def somebody(db):
    """Somebody who may sign in and has no role, so that home is a page of the shell."""
    return UserFactory(full_name="Nia Nurse", role="")


@pytest.mark.parametrize("theme", THEMES)
def test_menu_on_a_phone(
    open_page, admin, assert_accessible, assert_fits, screenshot, theme
):
    page = open_page(
        "/accounts/password/change/", user=admin, width=320, height=640, theme=theme
    )

    page.get_by_role("button", name="Menu").click()
    page.get_by_role("button", name="Ada Admin: your account").click()

    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    screenshot(page, f"menu-phone-{theme}")
    assert_fits(page)
    assert_accessible(page)
    for link in page.locator(".ww-links a, .ww-menu .dropdown-item").all():
        assert link.bounding_box()["height"] >= 44


def test_theme_follows_the_choice_on_every_page_before_the_first_paint(
    open_page, somebody, screenshot
):
    page = open_page("/", user=somebody, theme="light")
    root = page.locator("html")
    expect(root).to_have_attribute("data-bs-theme", "light")

    page.get_by_role("button", name="Nia Nurse: your account").click()
    page.get_by_role("button", name="Dark").click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(page.get_by_role("button", name="Dark")).to_have_attribute(
        "aria-pressed", "true"
    )
    screenshot(page, "menu-desktop-dark")

    # Set by the time the body begins, so nothing was painted in the other colours.
    page.add_init_script(
        """new MutationObserver((_, self) => {
            if (!document.body) return;
            window.themeAtBody = document.documentElement.dataset.bsTheme;
            self.disconnect();
        }).observe(document, {childList: true, subtree: true})"""
    )
    page.goto("/accounts/password/change/")
    assert page.evaluate("window.themeAtBody") == "dark"

    page.get_by_role("button", name="Nia Nurse: your account").click()
    page.get_by_role("button", name="System").click()
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.emulate_media(color_scheme="dark")
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_browser_keeps_the_theme_and_after_sign_out_nothing_else(open_page, somebody):
    page = open_page("/", user=somebody)
    page.get_by_role("button", name="Nia Nurse: your account").click()
    page.get_by_role("button", name="Dark").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()

    assert page.evaluate("Object.keys(localStorage)") == ["theme"]
    assert page.evaluate("Object.keys(sessionStorage)") == []


def test_first_tab_offers_to_skip_to_the_content(open_page, somebody):
    page = open_page("/", user=somebody)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()


def test_demo_is_said_on_every_page_and_on_paper(
    open_page, own_site, somebody, assert_accessible, screenshot
):
    Installation.objects.create(pk=1, is_demo=True)
    own_site.start()
    for path in ("/accounts/login/", "/accounts/password/change/"):
        user = None if "login" in path else somebody
        page = open_page(path, user=user, on=own_site, width=390)
        expect(page.locator("[data-demo]")).to_contain_text("Demo")
        screenshot(page, f"demo{path.replace('/', '-')}")
        assert_accessible(page)

    page.emulate_media(media="print")
    expect(page.locator("[data-demo]")).to_be_visible()
    expect(page.locator(".ww-print-only")).to_have_text(INTENDED_USE)
    expect(page.get_by_role("button", name="Menu")).to_be_hidden()
