"""The pulse of jobs that must never stop."""

from typing import Final

from django.db import connection

WATCH: Final = "watch"
WATCH_LATE_AFTER: Final = 5.0
"""Seconds after which the clock counts as late, on boards and on `/readyz`.

It beats every second; five missed beats are no hiccup. The same five seconds in
which a page must notice a lost server (`design.md` section 8).
"""


def beat(name: str, *, leader: str) -> None:
    """Note that job ``name`` ran just now, by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO hospital_beat (name, at, leader)
            VALUES (%s, clock_timestamp(), %s)
            ON CONFLICT (name) DO UPDATE SET at = excluded.at, leader = excluded.leader
            """,
            [name, leader],
        )


def beat_age(name: str) -> float | None:
    """Return the seconds since job ``name`` last ran; None if it never did.

    Both ends are read off the database's clock, so machines' clocks do not matter.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp() - at) "
            "FROM hospital_beat WHERE name = %s",
            [name],
        )
        row = cursor.fetchone()
    return None if row is None else float(row[0])
