"""A real Chromium before a real server on the test database.

``open_page`` gives a page somebody is signed in on, ``site`` the server all tests of
a run share, ``own_site`` one that a test may stop and start. Browser modules hold no
coroutine tests: Playwright's own event loop runs while one is open.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
THEMES = ("light", "dark")
WIDTHS = {"desktop": 1440, "phone": 390}


def pytest_collection_modifyitems(items):
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for the tests of a module; fails where there is none."""
    path = os.environ.get("CHROMIUM") or next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser"))),
        shutil.which("google-chrome"),
    )
    if not path:
        pytest.fail("no Chromium here: install it, or name one by CHROMIUM")
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        # Playwright keeps an event loop running in this thread, and Django would
        # refuse the tests their own database because of it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        browser = playwright.chromium.launch(
            executable_path=path,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture
def open_page(transactional_db, chromium, request) -> Iterator[Callable[..., Page]]:
    """Return a function opening a page, signed in as ``user`` if one is given.

    A script that fails, or a request to any other host, fails the test.
    """
    contexts, failures = [], []

    def opened(
        path="/", *, user=None, on=None, width=1440, height=900, theme="light", **more
    ) -> Page:
        site = on or request.getfixturevalue("site")
        context = chromium.new_context(
            base_url=site.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
            **more,
        )
        contexts.append(context)
        context.set_default_timeout(15_000)
        context.on(
            "request",
            lambda sent: (
                None
                if sent.url.startswith((site.url, "data:", "blob:"))
                else failures.append(f"asked another host: {sent.url}")
            ),
        )
        context.on(
            "weberror", lambda error: failures.append(f"script failed: {error.error}")
        )
        if user is not None:
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies(
                [{"name": name, "value": client.cookies[name].value, "url": site.url}]
            )
        page = context.new_page()
        page.goto(urljoin(site.url, path))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not failures, "\n".join(failures)


@pytest.fixture
def sign_in_by_form() -> Callable[[Page, str, str], None]:
    """Return a function that signs in as a person does: address, password, button."""

    def signed_in(page: Page, email: str, password: str) -> None:
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill(email)
        page.locator("#id_password").fill(password)
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_load_state()

    return signed_in


def violations(page: Page) -> list[str]:
    """What axe finds wrong with a page, one line for each element."""
    page.evaluate(AXE.read_text() + ";0")
    found = page.evaluate(
        """async () => (await axe.run(document, {runOnly: [
            "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice",
        ]})).violations"""
    )
    return [
        f"{rule['id']}: {node['html'][:200]} ({node['failureSummary'][:300]})"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.fixture
def assert_accessible() -> Callable[[Page], None]:
    """Return a function failing with whatever axe finds on a page."""

    def checked(page: Page) -> None:
        found = violations(page)
        assert not found, "\n".join(found)

    return checked


@pytest.fixture
def assert_fits() -> Callable[[Page], None]:
    """Return a function failing where a page must be scrolled sideways."""

    def fits(page: Page) -> None:
        wide, shown = page.evaluate(
            "(({scrollWidth, clientWidth}) => [scrollWidth, clientWidth])"
            "(document.documentElement)"
        )
        assert wide <= shown, f"{page.url} is {wide} px wide on a screen of {shown}"

    return fits


@pytest.fixture
def screenshot(request) -> Callable[[Page, str], None]:
    """Return a function keeping a picture, where SCREENSHOTS names a folder."""

    def kept(page: Page, name: str) -> None:
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return kept
