"""What is known of a device before and after a group of posts."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct
from psycopg import AsyncCursor
from psycopg.types.json import set_json_loads

from monitoring.ingest.posts import Change, Row
from monitoring.vitals import VITAL_NAMES

SKEW_WINDOW_SECONDS: Final = 300.0
"""Clock skew is the quickest delivery of the last one to two such windows."""

Value = tuple[float | None, int, int]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BITS: Final[list[tuple[int, str, int]]] = [
    (index, name, 1 << index) for index, name in enumerate(VITAL_NAMES)
]

_READ: Final = """
    SELECT d.id, d.status, c.last_heard_at, c.last_reading_at, c.battery_percent,
           c.firmware, c.quickest_now, c.quickest_before, c.window_began_at,
           l.admission_id, l.values, a.admission_id, a.started_at, b.ward_id,
           clock_timestamp()
    FROM wards_device d
    JOIN wards_devicecontact c ON c.device_id = d.id
    LEFT JOIN monitoring_latestvalues l ON l.device_id = d.id
    LEFT JOIN wards_deviceassignment a ON a.device_id = d.id AND a.ended_at IS NULL
    LEFT JOIN wards_bedstay s ON s.admission_id = a.admission_id AND s.ended_at IS NULL
    LEFT JOIN wards_bed b ON b.id = s.bed_id
    WHERE d.id = ANY(%s)
"""
_SAVE_CONTACTS: Final = """
    UPDATE wards_devicecontact c
    SET last_heard_at = u.heard, last_reading_at = u.reading,
        battery_percent = u.battery, firmware = u.firmware, clock_skew = u.skew,
        quickest_now = u.quickest, quickest_before = u.before, window_began_at = u.began
    FROM unnest(%s::bigint[], %s::timestamptz[], %s::timestamptz[], %s::float8[],
                %s::text[], %s::float8[], %s::float8[], %s::float8[], %s::timestamptz[])
         u (id, heard, reading, battery, firmware, skew, quickest, before, began)
    WHERE c.device_id = u.id
"""
_SAVE_VALUES: Final = """
    INSERT INTO monitoring_latestvalues (device_id, admission_id, values)
    SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::jsonb[])
    ON CONFLICT (device_id) DO UPDATE
    SET admission_id = excluded.admission_id, values = excluded.values
"""


class Known(Struct, gc=False):
    """A device as the database has it, under its lock.

    ``assigned_to`` is the admission it is with now, since ``assigned_at``, lying on
    ward ``ward_id``. ``values`` are the newest values of that very admission.
    """

    device_id: int
    status: str
    last_heard_at: datetime | None
    last_reading_at: datetime | None
    battery: float | None
    firmware: str
    quickest_now: float | None
    quickest_before: float | None
    window_began_at: datetime | None
    values_of: int | None
    values: dict[str, Value]
    assigned_to: int | None
    assigned_at: datetime | None
    ward_id: int | None

    def holds_at(self, at: datetime) -> bool:
        """Whether the present assignment already held at an aware instant."""
        return self.assigned_at is not None and self.assigned_at <= at

    @property
    def clock_skew(self) -> float | None:
        """Device clock minus ours in seconds: what the quickest deliveries leave."""
        if self.quickest_now is None:
            return None
        if self.quickest_before is None:
            return -self.quickest_now
        return -min(self.quickest_now, self.quickest_before)


async def read_known(
    cursor: AsyncCursor[Any], ids: list[int]
) -> tuple[dict[int, Known], datetime]:
    """Return what is known of each device, and the database's present time."""
    set_json_loads(msgspec.json.decode, cursor)
    await cursor.execute(_READ, [ids])
    known: dict[int, Known] = {}
    now = datetime.now(UTC)
    for *facts, read_at in await cursor.fetchall():
        now = read_at
        device = Known(*facts)
        if device.values is None or device.values_of != device.assigned_to:
            # With another patient now, or with nobody: it starts with no values.
            device.values = {}
            device.values_of = device.assigned_to
        known[device.device_id] = device
    return known, now


def learn(
    known: dict[int, Known], *, heard: list[Row], new: list[Row]
) -> dict[int, dict[str, Value]]:
    """Bring ``known`` up to date; return each device's values that changed.

    ``heard`` are all rows of the group, repeats included: they show the device lives.
    ``new`` are those that were stored.
    """
    by_device: defaultdict[int, list[Row]] = defaultdict(list)
    for row in heard:
        by_device[row.device_id].append(row)
    for device_id, rows in by_device.items():
        _hear(known[device_id], rows)
    updates: dict[int, dict[str, Value]] = {device_id: {} for device_id in by_device}
    if new is not heard:
        by_device.clear()
        for row in new:
            by_device[row.device_id].append(row)
    for device_id, rows in by_device.items():
        updates[device_id] = _newest_values(known[device_id], rows)
    return updates


def _hear(device: Known, rows: list[Row]) -> None:
    newest = max(rows, key=lambda row: row.item.at)
    received_at = max(row.received_at for row in rows)
    device.last_heard_at = max(device.last_heard_at or _EPOCH, received_at)
    device.last_reading_at = max(device.last_reading_at or _EPOCH, newest.item.at)
    for row in rows:
        if row.item.battery is not None:
            device.battery = row.item.battery
        if row.item.firmware:
            device.firmware = row.item.firmware
    # A reading without a time of its own was given ours: it tells nothing.
    if newest.item.at != newest.received_at:
        delay = (newest.received_at - newest.item.at).total_seconds()
        _note_delivery(device, delay, received_at)


def _note_delivery(device: Known, delay: float, now: datetime) -> None:
    began = device.window_began_at
    if began is None or (now - began).total_seconds() > SKEW_WINDOW_SECONDS:
        device.quickest_before = device.quickest_now
        device.quickest_now = delay
        device.window_began_at = now
    elif device.quickest_now is None or delay < device.quickest_now:
        device.quickest_now = delay


def _newest_values(device: Known, rows: list[Row]) -> dict[str, Value]:
    """Merge rows into the device's newest values; return those that changed."""
    rows = [row for row in rows if row.admission_id == device.assigned_to]
    rows.sort(key=lambda row: min(row.item.at, row.received_at), reverse=True)
    found: dict[str, Value] = {}
    open_bits = _BITS
    for row in rows:
        item = row.item
        at, received_at = _ms(item.at), _ms(row.received_at)
        still_open: list[tuple[int, str, int]] = []
        for bit in open_bits:
            index, name, mask = bit
            number = item.values[index]
            if number is not None or item.off & mask:
                found[name] = (number, at, received_at)
            else:
                still_open.append(bit)
        open_bits = still_open
    changed: dict[str, Value] = {}
    for name, value in found.items():
        before = device.values.get(name)
        # Ordered by when it can have been at the latest: a clock that was ahead and
        # has been put right must not leave its old numbers on screen.
        if before is None or min(value[1:]) >= min(before[1], before[2]):
            changed[name] = device.values[name] = value
    return changed


async def save_known(
    cursor: AsyncCursor[Any],
    known: dict[int, Known],
    updates: dict[int, dict[str, Value]],
) -> None:
    """Write contacts of all devices that were heard, and values that changed."""
    heard = [known[device_id] for device_id in sorted(updates)]
    if not heard:
        return
    await cursor.execute(
        _SAVE_CONTACTS,
        [
            [device.device_id for device in heard],
            [device.last_heard_at for device in heard],
            [device.last_reading_at for device in heard],
            [device.battery for device in heard],
            [device.firmware for device in heard],
            [device.clock_skew for device in heard],
            [device.quickest_now for device in heard],
            [device.quickest_before for device in heard],
            [device.window_began_at for device in heard],
        ],
    )
    changed = [device for device in heard if updates[device.device_id]]
    if changed:
        await cursor.execute(
            _SAVE_VALUES,
            [
                [device.device_id for device in changed],
                [device.assigned_to for device in changed],
                [msgspec.json.encode(device.values).decode() for device in changed],
            ],
        )


def changes_of(
    known: dict[int, Known], updates: dict[int, dict[str, Value]]
) -> list[Change]:
    """Return what screens must learn, of devices that lie with a patient on a ward."""
    return [
        Change(
            ward_id=device.ward_id,
            device_id=device_id,
            admission_id=device.assigned_to,
            last_heard_at=_ms(device.last_heard_at or _EPOCH),
            values=values,
            battery=device.battery,
            clock_skew=device.clock_skew,
        )
        for device_id, values in updates.items()
        if (device := known[device_id]).ward_id is not None
        and device.assigned_to is not None
    ]


def _ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)
