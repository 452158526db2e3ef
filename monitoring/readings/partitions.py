"""Day partitions of the readings: made ahead, dropped when their time is over."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from django.conf import settings
from django.db import connection, transaction
from psycopg import sql

DAYS_AHEAD: Final = 2
"""Today's partition, tomorrow's and the next: a night without the clock is no harm."""

LOCK_TIMEOUT: Final = "2s"

_NAME: Final = re.compile(r"^monitoring_reading_(\d{8})$")
# Any constant will do; it keeps two processes from making the same partition.
_LOCK: Final = 0x77617264


def ensure_partitions(*, today: date | None = None) -> list[str]:
    """Make the partitions that readings may need now, and return the new names.

    From the oldest day still kept to ``DAYS_AHEAD`` days ahead; ``today`` is a UTC
    day. Safe to call from any number of processes at once.
    """
    first = oldest_day(today)
    last = (today or _today()) + timedelta(days=DAYS_AHEAD)
    wanted = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    existing = set(_existing())
    missing = [day for day in wanted if _name(day) not in existing]
    for day in missing:
        _change(_create(day))
    return [_name(day) for day in missing]


def drop_expired(*, today: date | None = None) -> list[str]:
    """Drop whole days older than the retention, and return the dropped names.

    Their minute summaries stay. ``today`` is a UTC day.
    """
    first = oldest_day(today)
    expired = [name for name in _existing() if _day(name) < first]
    for name in expired:
        _change(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(name)))
    return expired


@transaction.atomic
def _change(statement: sql.Composed) -> None:
    """Change the partitions, or give up soon: the next round tries again.

    It needs the whole table for a moment, and whoever posts a reading queues behind
    it. An export that reads for minutes must not keep them all waiting.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        cursor.execute(statement)


def oldest_day(today: date | None = None) -> date:
    """The first UTC day whose readings are kept."""
    return (today or _today()) - timedelta(days=settings.READING_RETENTION_DAYS)


def _today() -> date:
    return datetime.now(UTC).date()


def _name(day: date) -> str:
    return f"monitoring_reading_{day:%Y%m%d}"


def _day(name: str) -> date:
    return datetime.strptime(name[-8:], "%Y%m%d").replace(tzinfo=UTC).date()


def _existing() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT child.relname FROM pg_inherits
            JOIN pg_class child ON child.oid = inhrelid
            WHERE inhparent = 'monitoring_reading'::regclass
            ORDER BY child.relname
            """
        )
        return [name for (name,) in cursor.fetchall() if _NAME.match(name)]


def _create(day: date) -> sql.Composed:
    start = datetime.combine(day, time(), UTC)
    return sql.SQL(
        "CREATE TABLE IF NOT EXISTS {} PARTITION OF monitoring_reading "
        "FOR VALUES FROM ({}) TO ({})"
    ).format(
        sql.Identifier(_name(day)),
        sql.Literal(start.isoformat()),
        sql.Literal((start + timedelta(days=1)).isoformat()),
    )
