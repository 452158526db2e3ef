"""Readings for instants that may be stored already.

A replay changes nothing. A second post for an instant may add vitals the first
lacked; it never alters one: a differing value is reported as a conflict.
"""

from datetime import datetime
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace
from psycopg import AsyncCursor

from monitoring.ingest.posts import Outcome, Row
from monitoring.ingest.schema import Rejection
from monitoring.vitals import VITAL_NAMES, VITALS, VitalName

_STORED: Final = f"""
    SELECT r.device_id, r.at, r.admission_id, r.off, {", ".join(VITAL_NAMES)}
    FROM unnest(%s::bigint[], %s::timestamptz[]) u (device_id, at)
    JOIN monitoring_reading r ON r.device_id = u.device_id AND r.at = u.at
"""
_ADD: Final = f"""
    UPDATE monitoring_reading
    SET changed_at = %s, off = %s, {", ".join(f"{name} = %s" for name in VITAL_NAMES)}
    WHERE device_id = %s AND at = %s
"""

Key = tuple[int, datetime]


class _Instant(Struct):
    """What one instant of one device holds, as the group goes through it.

    ``added`` and ``added_off`` are the bits of the vitals that the group brought for
    an instant stored earlier: as numbers, and as off.
    """

    values: list[float | None]
    off: int
    admission_id: int | None
    row: Row
    is_fresh: bool
    is_changed: bool = False
    added: int = 0
    added_off: int = 0


async def reconcile(
    cursor: AsyncCursor[Any],
    rows: list[Row],
    outcomes: list[Outcome],
    *,
    now: datetime,
) -> tuple[list[Row], list[Row]]:
    """Return the rows to insert, and all that bring news; add to stored ones.

    Notes in ``outcomes`` which rows were stored, repeated or in conflict. Of several
    rows for one instant within the group the first comes first. What rows add to
    instants stored earlier is written here, so that they are among those that bring
    news but not among those to insert. The caller holds the devices' locks.
    """
    instants = await _stored(cursor, rows)
    fresh: list[Key] = []
    for row in rows:
        key = (row.device_id, row.item.at)
        instant = instants.get(key)
        if instant is None:
            instants[key] = _Instant(
                list(row.item.values), row.item.off, row.admission_id, row, True
            )
            fresh.append(key)
            outcomes[row.post].stored += 1
        else:
            _add(instant, row, outcomes[row.post])
    inserts = [_merged(instants[key]) for key in fresh]
    additions = [
        instant
        for instant in instants.values()
        if instant.is_changed and not instant.is_fresh
    ]
    for instant in additions:
        key = (instant.row.device_id, instant.row.item.at)
        await cursor.execute(_ADD, [now, instant.off, *instant.values, *key])
    return inserts, inserts + [_added(instant) for instant in additions]


async def _stored(cursor: AsyncCursor[Any], rows: list[Row]) -> dict[Key, _Instant]:
    wanted = {(row.device_id, row.item.at): row for row in rows}
    await cursor.execute(
        _STORED, [[device_id for device_id, _ in wanted], [at for _, at in wanted]]
    )
    return {
        (device_id, at): _Instant(
            values, off, admission_id, wanted[device_id, at], is_fresh=False
        )
        for device_id, at, admission_id, off, *values in await cursor.fetchall()
    }


def _add(instant: _Instant, row: Row, outcome: Outcome) -> None:
    conflict: VitalName | None = None
    is_more = False
    for index, (name, value) in enumerate(
        zip(VITAL_NAMES, row.item.values, strict=True)
    ):
        if value is None or value == instant.values[index]:
            continue
        if instant.values[index] is None:
            instant.values[index] = value
            instant.off &= ~(1 << index)
            instant.added |= 1 << index
            instant.added_off &= ~(1 << index)
            is_more = True
        else:
            conflict = conflict or name
    said_off = row.item.off & ~instant.off
    for index in range(len(VITAL_NAMES)):
        if said_off & (1 << index) and instant.values[index] is None:
            instant.off |= 1 << index
            instant.added_off |= 1 << index
            is_more = True
    instant.is_changed |= is_more
    if conflict is not None:
        vital = VITALS[conflict]
        message = (
            f"{vital.label} at this instant is stored with another value, "
            "which stands. Readings are never altered."
        )
        outcome.rejected.append(
            Rejection(row.item.index, conflict, "conflict", message)
        )
    elif is_more:
        outcome.stored += 1
    else:
        outcome.duplicates += 1


def _merged(instant: _Instant) -> Row:
    """The instant as one row, with all that the group brought for it."""
    if not instant.is_changed:
        return instant.row
    item = replace(instant.row.item, values=tuple(instant.values), off=instant.off)
    return replace(instant.row, item=item, admission_id=instant.admission_id)


def _added(instant: _Instant) -> Row:
    """What the group brought for an instant stored earlier, and nothing else of it.

    The rest is no news: a value that was struck out since must not come back to a
    board because its reading is added to.
    """
    values = tuple(
        value if instant.added & (1 << index) else None
        for index, value in enumerate(instant.values)
    )
    item = replace(instant.row.item, values=values, off=instant.added_off)
    return replace(instant.row, item=item, admission_id=instant.admission_id)
