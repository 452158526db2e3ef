"""Signing in and out, and getting back in, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from hospital.ops.context import INTENDED_USE
from tests.browser.conftest import THEMES, WIDTHS
from tests.factories import PASSWORD, UserFactory

ENTRANCE = {
    "sign-in": "/accounts/login/",
    "sign-up": "/accounts/signup/",
    "reset": "/accounts/password/reset/",
    "reset-sent": "/accounts/password/reset/done/",
    "reset-bad-link": "/accounts/password/reset/key/1-abc-def/",
    "reset-done": "/accounts/password/reset/key/done/",
    "verify": "/accounts/confirm-email/",
    "verify-bad-link": "/accounts/confirm-email/nonsense/",
    "inactive": "/accounts/inactive/",
}
INSIDE = {
    "password": "/accounts/password/change/",
    "email": "/accounts/email/",
    "sign-out": "/accounts/logout/",
}


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ENTRANCE)
def test_pages_before_the_door_are_accessible(
    open_page, assert_accessible, assert_fits, screenshot, name, theme
):
    for device, width in WIDTHS.items():
        page = open_page(ENTRANCE[name], theme=theme, width=width)
        expect(page.locator("[data-intended-use]")).to_have_text(INTENDED_USE)
        screenshot(page, f"{name}-{device}-{theme}")
        assert_accessible(page)
        page.set_viewport_size({"width": 320, "height": 640})
        assert_fits(page)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", INSIDE)
def test_account_pages_are_accessible(
    open_page, assert_accessible, assert_fits, screenshot, name, theme
):
    user = UserFactory(full_name="Nia Nurse")
    for device, width in WIDTHS.items():
        page = open_page(INSIDE[name], user=user, theme=theme, width=width)
        screenshot(page, f"account-{name}-{device}-{theme}")
        assert_accessible(page)
        page.set_viewport_size({"width": 320, "height": 640})
        assert_fits(page)


def test_sign_in_and_out_by_form(open_page, sign_in_by_form):
    UserFactory(
        email="nia@hospital.invalid", full_name="Nia", role="", password=PASSWORD
    )
    page = open_page("/accounts/login/")

    sign_in_by_form(page, "Nia@Hospital.invalid", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("no role yet")

    page.get_by_role("button", name="Nia: your account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_wrong_password_is_said_and_the_sentence_has_the_focus(
    open_page, sign_in_by_form, assert_accessible, screenshot
):
    UserFactory(email="nia@hospital.invalid", password=PASSWORD)
    page = open_page("/accounts/login/")

    sign_in_by_form(page, "nia@hospital.invalid", "wrong")

    expect(page.locator("#form-errors")).to_contain_text("do not belong together")
    expect(page.locator("#form-errors")).to_be_focused()
    screenshot(page, "sign-in-wrong")
    assert_accessible(page)


def test_a_forgotten_password_is_replaced_by_the_mailed_link(
    open_page, site, sign_in_by_form
):
    UserFactory(email="nia@hospital.invalid", role="", password="forgotten for good")
    page = open_page("/accounts/login/")

    page.get_by_role("link", name="Forgot your password?").click()
    page.get_by_label("Email").fill("nia@hospital.invalid")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    link = re.search(r"http://\S+/password/reset/key/\S+", site.mails()[-1])
    page.goto(link[0])
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    page.get_by_role("button", name="Set the new password").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The new password is set")

    sign_in_by_form(page, "nia@hospital.invalid", PASSWORD)
    expect(page.get_by_role("heading", level=1)).to_contain_text("no role yet")
