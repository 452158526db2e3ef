"""What one transaction does with a group of posts.

Order, always: lock the contact rows of all devices (by id), read what is known of
them, insert, update what is shown. The lock is what makes the rest simple: nobody
else stores for these devices or moves them to another patient meanwhile.
"""

from collections import defaultdict
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import AsyncCursor

from monitoring.ingest.known import Known, changes_of, learn, read_known, save_known
from monitoring.ingest.posts import Change, Outcome, Post, Row
from monitoring.ingest.reconcile import reconcile
from monitoring.ingest.schema import LATE_AFTER, Rejection
from monitoring.vitals import VITAL_NAMES
from wards.devices.models import Device

COLUMNS: Final = (
    "device_id, at, received_at, changed_at, admission_id, is_late, off, "
    + ", ".join(VITAL_NAMES)
)
_TYPES: Final = [
    "int8", "timestamptz", "timestamptz", "timestamptz", "int8", "bool", "int4",
    *["float8"] * len(VITAL_NAMES),
]  # fmt: skip
_COPY: Final = f"COPY monitoring_reading ({COLUMNS}) FROM STDIN (FORMAT BINARY)"
_LOCK: Final = (
    "SELECT device_id FROM wards_devicecontact WHERE device_id = ANY(%s) "
    "ORDER BY device_id FOR UPDATE"
)
_HISTORY: Final = """
    SELECT device_id, admission_id, started_at, ended_at
    FROM wards_deviceassignment
    WHERE device_id = ANY(%s) AND ended_at > %s
"""
_OUT_OF_SERVICE: Final = {
    Device.Status.MAINTENANCE: "device_in_maintenance",
    Device.Status.RETIRED: "device_retired",
}


async def store(
    connection: psycopg.AsyncConnection[Any], group: list[Post], *, compare: bool
) -> tuple[list[Change], list[Outcome]]:
    """Store a group of posts in the connection's open transaction.

    Returns what screens must learn once it is committed, and what became of each
    post. Without ``compare`` all instants are taken to be new, which is nearly
    always so and much faster.

    Raises:
        psycopg.errors.UniqueViolation: some are not new; roll back and compare.
        psycopg.errors.CheckViolation: a day has no partition yet.
    """
    outcomes = [Outcome() for _ in group]
    ids = sorted({device for post in group for device in post.device_ids})
    async with connection.cursor() as cursor:
        await _lock(cursor, ids)
        known, now = await read_known(cursor, ids)
        rows = _accept(group, outcomes, known)
        await _attribute(cursor, rows, known)
        if compare:
            inserts, new = await reconcile(cursor, rows, outcomes, now=now)
        else:
            inserts = new = rows
            for row in rows:
                outcomes[row.post].stored += 1
        await _insert(cursor, inserts, now=now)
        updates = learn(known, heard=rows, new=new)
        await save_known(cursor, known, updates)
    return changes_of(known, updates), outcomes


async def _lock(cursor: AsyncCursor[Any], ids: list[int]) -> None:
    await cursor.execute(_LOCK, [ids])
    if cursor.rowcount < len(ids):
        # Devices that came into being by some other way than `Device.save`.
        await cursor.execute(
            "INSERT INTO wards_devicecontact (device_id, firmware) "
            "SELECT unnest(%s::bigint[]), '' ON CONFLICT DO NOTHING",
            [ids],
        )
        await cursor.execute(_LOCK, [ids])


def _accept(
    group: list[Post], outcomes: list[Outcome], known: dict[int, Known]
) -> list[Row]:
    """Return the rows of devices in service; note the others as refused."""
    rows: list[Row] = []
    for number, (post, outcome) in enumerate(zip(group, outcomes, strict=True)):
        for item, device_id in zip(post.items, post.device_ids, strict=True):
            device = known[device_id]
            code = _OUT_OF_SERVICE.get(device.status)  # type: ignore[call-overload]
            if code is None:
                rows.append(
                    Row(number, item, device_id, post.received_at, device.assigned_to)
                )
            elif post.own:
                outcome.refused = device.status
                break
            else:
                message = f"Device {item.device} is not in service: {device.status}."
                outcome.rejected.append(Rejection(item.index, "device", code, message))
    return rows


async def _attribute(
    cursor: AsyncCursor[Any], rows: list[Row], known: dict[int, Known]
) -> None:
    """Give each row the admission that held its device at the reading's time."""
    earlier = [row for row in rows if not known[row.device_id].holds_at(row.item.at)]
    if not earlier:
        return
    oldest = min(row.item.at for row in earlier)
    await cursor.execute(_HISTORY, [list({row.device_id for row in earlier}), oldest])
    spans: defaultdict[int, list[tuple[int, datetime, datetime]]] = defaultdict(list)
    for device_id, admission_id, started_at, ended_at in await cursor.fetchall():
        spans[device_id].append((admission_id, started_at, ended_at))
    for row in earlier:
        row.admission_id = next(
            (
                admission_id
                for admission_id, started_at, ended_at in spans[row.device_id]
                if started_at <= row.item.at < ended_at
            ),
            None,
        )


async def _insert(cursor: AsyncCursor[Any], rows: list[Row], *, now: datetime) -> None:
    if not rows:
        return
    async with cursor.copy(_COPY) as copy:
        copy.set_types(_TYPES)
        for row in rows:
            item = row.item
            await copy.write_row(
                (
                    row.device_id,
                    item.at,
                    row.received_at,
                    now,
                    row.admission_id,
                    row.received_at - item.at > LATE_AFTER,
                    item.off,
                    *item.values,
                )
            )
