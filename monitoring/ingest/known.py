"""What is known of a device before and after a group of posts."""

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec import Struct, field
from psycopg import AsyncCursor

from monitoring.ingest.posts import Change, Row
from monitoring.vitals import VITAL_NAMES

SKEW_WINDOW_SECONDS: Final = 300.0
"""Clock skew is the quickest delivery of the last one to two such windows."""

Value = tuple[float | None, int, int]
"""What ``LatestValues.values`` holds of a vital."""
_decode_values: Final = msgspec.json.Decoder(dict[str, Value]).decode
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BITS: Final[list[tuple[int, str, int]]] = [
    (index, name, 1 << index) for index, name in enumerate(VITAL_NAMES)
]

_READ: Final = """
    SELECT d.id, d.status, c.last_heard_at, c.last_reading_at, c.battery_percent,
           c.firmware, c.quickest_now, c.quickest_before, c.window_began_at,
           l.admission_id, l.values::text, a.admission_id, a.started_at, b.ward_id,
           clock_timestamp()
    FROM wards_device d
    JOIN wards_devicecontact c ON c.device_id = d.id
    LEFT JOIN monitoring_latestvalues l ON l.device_id = d.id
    LEFT JOIN wards_deviceassignment a ON a.device_id = d.id AND a.ended_at IS NULL
    LEFT JOIN wards_bedstay s ON s.admission_id = a.admission_id AND s.ended_at IS NULL
    LEFT JOIN wards_bed b ON b.id = s.bed_id
    WHERE d.id = ANY(%s)
"""
# One JSON parameter for all devices: psycopg builds arrays in Python, element by
# element, and this is the busiest statement there is.
_SAVE: Final = """
    WITH u AS MATERIALIZED (
        SELECT * FROM json_to_recordset(%s::json) AS u (
            id bigint, admission bigint, values jsonb, heard timestamptz,
            reading timestamptz, battery float8, firmware text, skew float8,
            quickest float8, before float8, began timestamptz)
    ),
    contacts AS (
        UPDATE wards_devicecontact c
        SET last_heard_at = u.heard, last_reading_at = u.reading,
            battery_percent = u.battery, firmware = u.firmware, clock_skew = u.skew,
            quickest_now = u.quickest, quickest_before = u.before,
            window_began_at = u.began
        FROM u WHERE c.device_id = u.id
    )
    INSERT INTO monitoring_latestvalues (device_id, admission_id, values)
    SELECT id, admission, values FROM u WHERE values IS NOT NULL
    ON CONFLICT (device_id) DO UPDATE
    SET admission_id = excluded.admission_id, values = excluded.values
"""


class Saved(Struct):
    """One device's row of the statement above; ``values`` only where they changed."""

    id: int
    admission: int | None
    values: dict[str, Value] | None
    heard: datetime | None
    reading: datetime | None
    battery: float | None
    firmware: str
    skew: float | None
    quickest: float | None
    before: float | None
    began: datetime | None


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
    stored_values: str | None
    assigned_to: int | None
    assigned_at: datetime | None
    ward_id: int | None
    values: dict[str, Value] = field(default_factory=dict)

    def read_values(self) -> None:
        """Take the stored values over, unless the device is with another patient now.

        With another, or with nobody, it starts with none.
        """
        if self.stored_values is not None and self.values_of == self.assigned_to:
            self.values = _decode_values(self.stored_values)

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
    await cursor.execute(_READ, [ids])
    known: dict[int, Known] = {}
    now = datetime.now(UTC)
    for *facts, read_at in await cursor.fetchall():
        now = read_at
        device = Known(*facts)
        device.read_values()
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
    rows = []
    for device_id, changed in updates.items():
        device = known[device_id]
        rows.append(
            Saved(
                id=device_id,
                admission=device.assigned_to,
                values=device.values if changed else None,
                heard=device.last_heard_at,
                reading=device.last_reading_at,
                battery=device.battery,
                firmware=device.firmware,
                skew=device.clock_skew,
                quickest=device.quickest_now,
                before=device.quickest_before,
                began=device.window_began_at,
            )
        )
    if rows:
        await cursor.execute(_SAVE, [msgspec.json.encode(rows).decode()])


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
