"""The line on which this process hears of wards: one channel of the channel layer."""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Final

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from hospital.ops.beat import WATCH, WATCH_LATE_AFTER, beat_age
from wards.events import ACCESS_GROUP, CLOCK_GROUP

logger = logging.getLogger(__name__)

QUIET_AFTER: Final = 3.0
"""Seconds without the clock's beat, which comes every second, before we doubt."""


class Line:
    """A subscription that outlives whatever happens to the layer.

    Tells by the clock's beats whether messages still arrive. ``is_quiet`` while they
    do not; ``is_degraded`` if that is the line's fault, ``watch_is_late`` if it is the
    clock's: a clock that beats in the database but is not heard here accuses the line.
    """

    def __init__(self) -> None:
        self._layer = get_channel_layer()
        self._channel: str | None = None
        self._groups: set[str] = {ACCESS_GROUP, CLOCK_GROUP}
        self._is_broken = False
        self._heard_at = time.monotonic()
        self._late_ms = 0
        self._age_in_database: float | None = 0.0

    @property
    def _is_silent(self) -> bool:
        return time.monotonic() - self._heard_at > QUIET_AFTER

    @property
    def is_quiet(self) -> bool:
        """Whether messages may be going past us: read the database instead."""
        return self._is_broken or self._is_silent

    @property
    def is_degraded(self) -> bool:
        """Whether the line is at fault."""
        age = self._age_in_database
        runs = age is not None and age <= QUIET_AFTER
        return self._is_broken or (self._is_silent and runs)

    @property
    def watch_is_late(self) -> bool:
        """Whether nobody watches over silent devices just now, as far as we know."""
        if not self._is_silent:
            return self._late_ms > WATCH_LATE_AFTER * 1000
        age = self._age_in_database
        return age is None or age > WATCH_LATE_AFTER

    async def listen(
        self, take: Callable[[dict[str, Any]], None], missed: Callable[[], None]
    ) -> None:
        """Hand over every message for ever; say when some may have been missed."""
        assert self._layer is not None
        while True:
            try:
                self._channel = await self._layer.new_channel("board")
                await self._join()
                self._is_broken = False
                missed()
                while True:
                    message = await self._layer.receive(self._channel)
                    if message.get("type") == "clock.beat":
                        self._hear_clock(message, missed)
                    else:
                        take(message)
            except Exception as error:
                # Whatever the layer's client raises, the boards must outlive it.
                logger.warning("channel layer lost: %r", error)
                self._is_broken = True
                await asyncio.sleep(1)

    def _hear_clock(self, message: dict[str, Any], missed: Callable[[], None]) -> None:
        was_silent = self._is_silent
        self._heard_at = time.monotonic()
        self._late_ms = message.get("late_ms", 0)
        if was_silent:
            missed()

    async def add(self, group: str) -> None:
        """Hear of a group from now on."""
        self._groups.add(group)
        await self.renew()

    async def drop(self, group: str) -> None:
        """Hear of a group no more."""
        self._groups.discard(group)
        if self._channel and self._layer:
            try:
                await self._layer.group_discard(group, self._channel)
            except Exception as error:
                logger.warning("channel layer lost: %r", error)

    async def renew(self) -> None:
        """Join all groups again: layers forget members after a day, or on a restart."""
        if self._channel:
            try:
                await self._join()
            except Exception as error:
                logger.warning("channel layer lost: %r", error)

    async def ask_database(self) -> None:
        """Find out whether the clock runs although we do not hear it."""
        try:
            ask = database_sync_to_async(beat_age, thread_sensitive=False)
            self._age_in_database = await ask(WATCH)
        except Exception as error:
            logger.warning("database unavailable: %s", error)
            self._age_in_database = None

    async def _join(self) -> None:
        for group in list(self._groups):
            await self._layer.group_add(group, self._channel)  # type: ignore[union-attr]
