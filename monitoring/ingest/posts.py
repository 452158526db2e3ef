"""What travels between the endpoint, the writer and the screens."""

import asyncio
from datetime import datetime

from msgspec import Struct, field

from monitoring.ingest.schema import Item, Rejection


class Outcome(Struct):
    """What became of one post. Indexes are those of the post's own readings.

    ``refused`` is the device's status when it may not post at all; nothing of the
    post was stored then.
    """

    stored: int = 0
    duplicates: int = 0
    rejected: list[Rejection] = field(default_factory=list)
    refused: str | None = None


class Post(Struct, gc=False):
    """One request's readings, waiting to be stored.

    ``items`` and ``device_ids`` go side by side. ``received_at`` is aware. ``own``
    tells that the key is the device's own, so that a device out of service has its
    post refused as a whole.
    """

    items: list[Item]
    device_ids: list[int]
    received_at: datetime
    own: bool
    answer: asyncio.Future[Outcome]


class Row(Struct, gc=False):
    """One reading on its way into its partition, and which post it came with."""

    post: int
    item: Item
    device_id: int
    received_at: datetime
    admission_id: int | None


class Change(Struct, gc=False):
    """What one device's screens must learn of a commit.

    ``values`` maps the vitals that changed to ``(value, at, received_at)``; a value
    of None means the device has none. Instants are milliseconds since 1970 UTC,
    ``clock_skew`` is device clock minus ours in seconds.
    """

    ward_id: int
    device_id: int
    admission_id: int
    last_heard_at: int
    values: dict[str, tuple[float | None, int, int]]
    battery: float | None
    clock_skew: float | None
