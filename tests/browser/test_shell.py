"""The shell every page stands in."""

from playwright.sync_api import expect


def test_sign_in_page_opens(open_page):
    page = open_page("/accounts/login/")

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
