"""The database goes away under a running server, and comes back."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.db import connection
from playwright.sync_api import expect
from psycopg import sql

from tests.factories import UserFactory
from tests.site import APPLICATION_NAME


@contextmanager
def lost_database() -> Iterator[None]:
    """End every server's connections to the test database, and allow no new one."""
    db = connection.settings_dict
    name = db["NAME"]

    def allow(answer: str) -> None:
        server.execute(
            sql.SQL("ALTER DATABASE {} WITH ALLOW_CONNECTIONS " + answer).format(
                sql.Identifier(name)
            )
        )

    with psycopg.connect(
        host=db["HOST"] or None,
        port=db["PORT"] or None,
        user=db["USER"] or None,
        password=db["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as server:
        allow("false")
        try:
            server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = %s AND application_name = %s",
                [name, APPLICATION_NAME],
            )
            yield
        finally:
            allow("true")


def test_pages_say_so_and_come_back_by_themselves(
    open_page, own_site, assert_accessible, screenshot
):
    somebody = UserFactory(role="", full_name="Nia Nurse")
    page = open_page("/", user=somebody, on=own_site.start())
    expect(page.get_by_role("heading", level=1)).to_contain_text("no role yet")

    with lost_database():
        # The session itself cannot be loaded: this fails in the middleware.
        answer = page.reload()
        assert answer.status == 503
        assert answer.headers["retry-after"] == "5"
        expect(page.get_by_role("heading", level=1)).to_have_text(
            "The database cannot be reached"
        )
        expect(page.get_by_text("Look at the bedside monitors.")).to_be_visible()
        screenshot(page, "503")
        assert_accessible(page)

    expect(page.get_by_role("heading", level=1)).to_contain_text(
        "no role yet", timeout=30_000
    )
