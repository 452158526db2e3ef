"""Telling the boards, after the devices have their answer."""

import asyncio
import logging
from collections import defaultdict, deque
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

from channels.layers import get_channel_layer

from monitoring.ingest.posts import Change
from wards.events import ward_group

logger = logging.getLogger(__name__)

MAX_QUEUED: Final = 500
SEND_TIMEOUT: Final = 2.0


class Publisher:
    """Sends what changed to every ward's group, in order, beside the writer.

    Messages of one process to one ward are numbered: a board that misses a number
    (the layer was away or full) reads the ward afresh from the database. So messages
    may be lost here, and never are waited for by a device.
    """

    def __init__(self) -> None:
        self._source = uuid4().hex
        self._numbers: defaultdict[int, int] = defaultdict(int)
        self._queue: deque[dict[str, Any]] = deque(maxlen=MAX_QUEUED)
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def publish(self, changes: list[Change]) -> None:
        """Queue one message a ward. Never blocks; when full, drops the oldest."""
        by_ward: defaultdict[int, list[Change]] = defaultdict(list)
        for change in changes:
            by_ward[change.ward_id].append(change)
        for ward_id, changed in by_ward.items():
            self._numbers[ward_id] += 1
            self._queue.append(
                {
                    "type": "values.arrived",
                    "ward": ward_id,
                    "source": self._source,
                    "seq": self._numbers[ward_id],
                    "items": [_item(change) for change in changed],
                }
            )
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="publisher")

    async def close(self) -> None:
        """Stop; what is still queued, boards find in the database."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _run(self) -> None:
        layer = get_channel_layer()
        assert layer is not None
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._queue:
                message = self._queue.popleft()
                try:
                    async with asyncio.timeout(SEND_TIMEOUT):
                        await layer.group_send(ward_group(message["ward"]), message)
                except Exception as error:
                    # Whatever the layer's client raises: boards notice the gap.
                    logger.warning("ward %s not told: %s", message["ward"], error)


def _item(change: Change) -> list[Any]:
    return [
        change.device_id,
        change.admission_id,
        change.last_heard_at,
        {name: list(value) for name, value in change.values.items()},
        change.battery,
        change.clock_skew,
    ]
