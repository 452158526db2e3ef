"""One subscriber a process: hears of every watched ward, draws once, tells all.

A browser costs no subscription and no query of its own while values flow. The
database is read when somebody starts to look at a ward, when a message was missed,
once a minute, and every two seconds while the channel layer is lost.
"""

import asyncio
import json
import logging
import random
import time
from collections.abc import Coroutine
from typing import Any, Final
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async

from monitoring.board.access import Permitted, permitted
from monitoring.board.line import Line
from monitoring.board.picture import load_ward
from monitoring.board.render import render_closed
from monitoring.board.viewers import CLOSED_BY_RULE, TRY_AGAIN, Viewer
from monitoring.board.watched import Watched
from wards.events import ward_group

logger = logging.getLogger(__name__)

TICK: Final = 0.25
BEAT_EVERY: Final = 1.0
CHECK_EVERY: Final = 12.0
CHECKED_AT_LEAST_EVERY: Final = 15.0
READ_EVERY: Final = 60.0
POLL_EVERY: Final = 2.0


class Hub:
    """Every open screen of this process, and what they look at."""

    def __init__(self) -> None:
        self.wards: dict[int, Watched] = {}
        self._line = Line()
        self._tasks: list[asyncio.Task[None]] = []
        self._background: set[asyncio.Task[None]] = set()
        self._work = asyncio.Event()
        self._checks = asyncio.Semaphore(4)
        self._polled_at = self._read_at = time.monotonic()

    # -- coming and going ----------------------------------------------------------

    async def join(self, viewer: Viewer) -> None:
        """Let somebody look, if they may: first everything, then what changes.

        Who may not is sent the closed page, which wipes names and values.
        """
        try:
            found = await self._ask(viewer)
            if found is None:
                viewer.close(CLOSED_BY_RULE, render_closed())
            else:
                await self._attach(viewer, found)
        except Exception:
            logger.exception("cannot show a screen now")
            viewer.close(TRY_AGAIN)

    def leave(self, viewer: Viewer) -> None:
        """Forget somebody; with the last one the ward, with the last ward all."""
        for ward_id, watched in list(self.wards.items()):
            watched.viewers.discard(viewer)
            if not watched.viewers:
                del self.wards[ward_id]
                self._spawn(self._line.drop(ward_group(ward_id)))
        if not self.wards:
            for task in self._tasks:
                task.cancel()
            self._tasks = []

    async def _attach(self, viewer: Viewer, found: Permitted) -> None:
        ward = found.place.ward
        viewer.user_id, viewer.place = found.user_id, found.place
        watched = self.wards.setdefault(ward.pk, Watched(ward))
        watched.viewers.add(viewer)
        self._ensure_running()
        if watched.picture is None:
            # Subscribed before reading, or a value between the two would be missed.
            await self._line.add(ward_group(ward.pk))
            self.read(watched)
            if watched.reading:
                await asyncio.shield(watched.reading)
        if watched.picture is None:
            raise RuntimeError(f"no picture of {ward}")
        watched.show_whole([viewer], _now_ms())
        viewer.beat(*self._beat())

    def _ensure_running(self) -> None:
        if not self._tasks:
            self._line = Line()
            self._polled_at = self._read_at = time.monotonic()
            self._tasks = [
                asyncio.create_task(self._line.listen(self._take, self._read_all)),
                asyncio.create_task(self._draw()),
                asyncio.create_task(self._pulse()),
            ]

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start something nobody waits for, and keep it from being collected."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task

    # -- hearing and reading -------------------------------------------------------

    def _take(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "access.changed":
            self._access_changed(message.get("user"))
            return
        watched = self.wards.get(message.get("ward", 0))
        if watched is None:
            return
        if kind == "ward.changed":
            self.read(watched)
        elif kind == "values.arrived":
            if not watched.take(message["source"], message["seq"], message["items"]):
                self.read(watched)
            self._work.set()

    def read(self, watched: Watched) -> None:
        """Read a ward's picture anew; asked for twice at once, it is read once more."""
        if watched.reading:
            watched.read_again = True
        else:
            watched.reading = self._spawn(self._read(watched))

    async def _read(self, watched: Watched) -> None:
        load = database_sync_to_async(load_ward, thread_sensitive=False)
        try:
            while True:
                watched.begin_reading()
                watched.adopt(await load(watched.ward))
                for viewer in watched.lost_stays():
                    viewer.check_due = 0.0
                self._work.set()
                if not watched.read_again:
                    return
                # Many changes at once: four readings a second serve any eye.
                await asyncio.sleep(TICK)
        except Exception:
            logger.exception("cannot read the board of %s", watched.ward)
        finally:
            watched.reading = None

    def _read_all(self) -> None:
        self._read_at = time.monotonic()
        for watched in self.wards.values():
            self.read(watched)

    # -- drawing -------------------------------------------------------------------

    async def _draw(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            for watched in list(self.wards.values()):
                try:
                    await watched.draw(_now_ms())
                except Exception:
                    logger.exception("cannot draw the board of %s", watched.ward)
            await asyncio.sleep(TICK)

    # -- the pulse -----------------------------------------------------------------

    async def _pulse(self) -> None:
        while True:
            await asyncio.sleep(BEAT_EVERY)
            now = time.monotonic()
            beat = self._beat()
            for viewer in self._viewers():
                viewer.beat(*beat)
                if viewer.check_due <= now and not viewer.being_checked:
                    self._spawn(self._check(viewer))
            if self._line.is_quiet and now - self._polled_at >= POLL_EVERY:
                self._polled_at = now
                self._read_all()
                self._spawn(self._line.ask_database())
                self._spawn(self._line.renew())
            elif now - self._read_at >= READ_EVERY:
                self._read_all()
                self._spawn(self._line.renew())

    def _beat(self) -> tuple[str, int]:
        """Return the sign of life as sent, and its instant."""
        now = _now_ms()
        state = {
            "beat": now,
            "watch_late": self._line.watch_is_late,
            "layer": "degraded" if self._line.is_degraded else "ok",
        }
        return json.dumps(state), now

    def _viewers(self) -> list[Viewer]:
        return [v for watched in self.wards.values() for v in watched.viewers]

    # -- who may stay --------------------------------------------------------------

    def _access_changed(self, user_id: int | None) -> None:
        for viewer in self._viewers():
            if user_id is None or viewer.user_id == user_id:
                self._spawn(self._check_twice(viewer))

    async def _check_twice(self, viewer: Viewer) -> None:
        """At once, and again: a sign-out is told of just before it is stored."""
        await self._check(viewer)
        await asyncio.sleep(BEAT_EVERY)
        if not viewer.is_closing:
            await self._check(viewer)

    async def _check(self, viewer: Viewer) -> None:
        """Close a screen whose user may not look any more; follow a moved patient."""
        viewer.being_checked = True
        try:
            found = await self._ask(viewer)
            if found is None:
                viewer.close(CLOSED_BY_RULE, render_closed())
            elif found.place != viewer.place and self._is_here(viewer):
                self.leave(viewer)
                await self._attach(viewer, found)
        except Exception:
            logger.exception("cannot check who may look")
            viewer.check_due = time.monotonic() + BEAT_EVERY
            # Nobody knows whether they still may, and not for want of the right.
            if time.monotonic() - viewer.checked_at > CHECKED_AT_LEAST_EVERY - 2:
                viewer.close(TRY_AGAIN)
        finally:
            viewer.being_checked = False

    async def _ask(self, viewer: Viewer) -> Permitted | None:
        ask = database_sync_to_async(permitted, thread_sensitive=False)
        async with self._checks:
            found = await ask(viewer.session_key, viewer.find)
        viewer.checked_at = time.monotonic()
        # Spread out, or all who came back after a restart would ask at once for ever.
        viewer.check_due = viewer.checked_at + CHECK_EVERY * random.uniform(0.7, 1)  # noqa: S311
        return found

    def _is_here(self, viewer: Viewer) -> bool:
        return any(viewer in watched.viewers for watched in self.wards.values())


def _now_ms() -> int:
    return int(time.time() * 1000)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """Return the running event loop's hub: one a process, as a server has one loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]
