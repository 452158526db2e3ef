"""The clock: what must happen by itself, whether or not anybody looks.

Every process runs it; one leads, chosen by an advisory lock that the database lets
go of the moment the leader's connection ends, and the others wait to take over.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, time
from time import monotonic
from typing import Any, Final

import psycopg
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import Error as DatabaseError
from psycopg_pool import PoolTimeout

from hospital.ops.beat import WATCH, beat
from hospital.ops.database import connection_arguments
from hospital.ops.models import Beat
from monitoring.readings.partitions import (
    drop_expired,
    ensure_partitions,
    oldest_day,
)
from monitoring.readings.silences import note_silences
from monitoring.readings.summaries import summarise
from wards.events import CLOCK_GROUP, ward_group

logger = logging.getLogger(__name__)

TICK: Final = 1.0
TAKE_OVER_EVERY: Final = 1.0
SUMMARIES: Final = "summaries"
SUMMARIES_EVERY: Final = 10.0
PARTITIONS_EVERY: Final = 600.0

_LEADER_LOCK: Final = 0x7761746368
_FAILURES: Final = (DatabaseError, psycopg.Error, PoolTimeout, OSError)


class Watch:
    """The clock of one process. ``run`` never ends by itself."""

    def __init__(self) -> None:
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self.is_leading = False
        self._due: dict[str, float] = {}

    async def run(self) -> None:
        """Lead, or wait to lead, until cancelled; outlive every lost database."""
        while True:
            try:
                await self._stand()
            except _FAILURES as error:
                logger.warning("the clock waits for the database: %s", error)
            self.is_leading = False
            await asyncio.sleep(TAKE_OVER_EVERY)

    async def _stand(self) -> None:
        """Try to lead; while leading, tick every second."""
        arguments = connection_arguments(application="wardwatch clock")
        async with await psycopg.AsyncConnection.connect(
            **arguments, autocommit=True
        ) as connection:
            # Nothing tells when the leader goes, so ask.
            while not await _take_lead(connection):  # noqa: ASYNC110
                await asyncio.sleep(TAKE_OVER_EVERY)
            self.is_leading = True
            logger.info("the clock is led by %s", self.name)
            await self._lead(connection)

    async def _lead(self, connection: psycopg.AsyncConnection[Any]) -> None:
        while True:
            began = monotonic()
            # A leader whose lock connection is gone leads no more: this raises.
            await connection.execute("SELECT 1")
            await self.tick()
            await asyncio.sleep(max(0.0, TICK - (monotonic() - began)))

    async def tick(self) -> None:
        """Do all that is due now, and tell every screen that the clock goes.

        One job that fails does not keep the others from running; the beat comes
        last and only when every job of every second was done.
        """
        wards = await sync_to_async(note_silences)()
        await sync_to_async(beat)(WATCH, leader=self.name)
        await _tell(CLOCK_GROUP, {"type": "clock.beat", "at_ms": _now_ms()})
        for ward_id in wards:
            await _tell(ward_group(ward_id), {"type": "ward.changed", "ward": ward_id})
        await self._when_due("partitions", PARTITIONS_EVERY, _renew_partitions)
        await self._when_due("summaries", SUMMARIES_EVERY, _renew_summaries)

    async def _when_due(
        self, name: str, every: float, job: Callable[[], object]
    ) -> None:
        if monotonic() < self._due.get(name, float("-inf")):
            return
        self._due[name] = monotonic() + every
        try:
            await sync_to_async(job)()
        except _FAILURES:
            logger.exception("the clock's %s failed; next try in %s s", name, every)


async def _take_lead(connection: psycopg.AsyncConnection[Any]) -> bool:
    cursor = await connection.execute("SELECT pg_try_advisory_lock(%s)", [_LEADER_LOCK])
    row = await cursor.fetchone()
    return bool(row and row[0])


async def _tell(group: str, message: dict[str, Any]) -> None:
    layer = get_channel_layer()
    assert layer is not None
    try:
        async with asyncio.timeout(TICK):
            await layer.group_send(group, message)
    except Exception as error:
        # Whatever the layer's client raises, the clock goes on; boards notice.
        logger.warning("%s not told: %s", group, error)


def _renew_partitions() -> None:
    made, dropped = ensure_partitions(), drop_expired()
    if made or dropped:
        logger.info("partitions made: %s, dropped: %s", made, dropped)


def _renew_summaries() -> None:
    since = Beat.objects.filter(name=SUMMARIES).values_list("at", flat=True).first()
    now, _ = summarise(since=since, oldest=datetime.combine(oldest_day(), time(), UTC))
    Beat.objects.update_or_create(name=SUMMARIES, defaults={"at": now})


def _now_ms() -> int:
    return round(datetime.now(UTC).timestamp() * 1000)


async def run_until_cancelled() -> None:
    """Run a clock of this process; for `manage.py serve` and `manage.py watch`."""
    with suppress(asyncio.CancelledError):
        await Watch().run()
