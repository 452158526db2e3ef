"""Takes the pictures of the documents from a running demo hospital.

    make run                                 # in one terminal, for a minute or two
    .venv/bin/python docs/screenshots.py     # in another

Needs Chromium; name one by CHROMIUM if it is not found.
"""

import os
import shutil
from argparse import ArgumentParser
from pathlib import Path
from typing import Final

from playwright.sync_api import Page, sync_playwright

DOCS: Final = Path(__file__).resolve().parent
IMAGES: Final = DOCS / "images"
DESKTOP: Final = (1440, 900)

# name, who, address, size, theme
SHOTS: Final = (
    ("board", "nurse", "/wards/north/", DESKTOP, "light"),
    ("patient", "nurse", "/wards/north/", DESKTOP, "light"),
)


def main() -> None:
    """Take every picture anew."""
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--password")
    options = parser.parse_args()
    kept = DOCS.parent / "var" / "demo" / "password"
    password = options.password or kept.read_text()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
        )
        for name, who, address, (width, height), theme in SHOTS:
            context = browser.new_context(
                base_url=options.url,
                viewport={"width": width, "height": height},
                color_scheme=theme,
            )
            page = context.new_page()
            _sign_in(page, f"{who}@demo.invalid", password)
            page.goto(address)
            if name == "patient":
                page.locator('[data-bed="N02"] a').first.click()
            if who == "nurse":
                page.locator(
                    '[data-vital="heart_rate"][data-state="live"]'
                ).first.wait_for()
            # One tick, so that nothing is caught half drawn.
            page.wait_for_timeout(1500)
            page.screenshot(path=IMAGES / f"{name}.png")
            print(IMAGES / f"{name}.png")
            context.close()
        browser.close()


def _sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(email)
    page.locator("input[type=password]").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


if __name__ == "__main__":
    main()
