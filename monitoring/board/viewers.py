"""One open screen: what it is owed, and how it is told."""

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from monitoring.board.access import Finder, Place
from monitoring.board.render import Naming

logger = logging.getLogger(__name__)

Send = Callable[[dict[str, Any]], Awaitable[None]]

CLOSED_BY_RULE: Final = 4403
"""Close code: may not look, or no longer. The page then blanks and stays so."""
TRY_AGAIN: Final = 1013
"""Close code: not now. The page tries again."""

HOLD_BACK_AFTER: Final = 4.0
"""Seconds a screen may lag behind before only beats are sent to it."""
GIVE_UP_AFTER: Final = 30.0
"""Seconds a screen may lag behind before it is let go, to come back by itself."""

_WHOLE: Final = "whole"


class Viewer:
    """A socket and its outbox, in which only the newest of each fragment waits.

    A screen that is slow or dead therefore costs one fragment a bed at most and
    never makes another one wait: each has a task of its own that sends. Our own page
    answers every beat, so that its lag is known where the server's socket buffers
    without end, as Daphne's does; who never answers is left to the server's pings.
    """

    def __init__(
        self, *, session_key: str | None, find: Finder, naming: Naming, send: Send
    ) -> None:
        self.session_key = session_key
        self.find = find
        self.naming: Naming = naming
        self.user_id: int | None = None
        self.place: Place | None = None
        self.checked_at = 0.0
        self.check_due = 0.0
        self.being_checked = False
        self._send = send
        self._fragments: dict[str, str] = {}
        self._beat: str | None = None
        self._closing: int | None = None
        self._wake = asyncio.Event()
        self._first_unanswered: float | None = None
        self._answers = False
        self._last_beat_ms = 0

    @property
    def admission_id(self) -> int | None:
        """The one stay it looks at, or None for a whole ward."""
        return self.place.admission_id if self.place else None

    def show_whole(self, html: str) -> None:
        """Owe it everything anew; smaller fragments before that are void."""
        if self._closing is None:
            self._fragments = {_WHOLE: html}
            self._wake.set()

    def show(self, fragments: Mapping[str, str]) -> None:
        """Owe it fragments, by their element's id."""
        if self._closing is None and fragments:
            self._fragments.update(fragments)
            self._wake.set()

    def beat(self, text: str, milliseconds: int) -> None:
        """Owe it a sign of life, made up of the server's clock."""
        if self._closing is not None:
            return
        if self.lag > GIVE_UP_AFTER:
            self.close(TRY_AGAIN)
            return
        if self._first_unanswered is None:
            self._first_unanswered = time.monotonic()
        self._beat, self._last_beat_ms = text, milliseconds
        self._wake.set()

    def close(self, code: int, html: str = "") -> None:
        """Send a last fragment, if any, then close. Nothing else goes out any more."""
        if self._closing is None:
            self._fragments = {_WHOLE: html} if html else {}
            self._beat = None
            self._closing = code
            self._wake.set()

    @property
    def is_closing(self) -> bool:
        return self._closing is not None

    @property
    def lag(self) -> float:
        """Seconds since the oldest beat it has not answered; 0 if it never answers."""
        if not self._answers or self._first_unanswered is None:
            return 0.0
        return time.monotonic() - self._first_unanswered

    def hear(self, text: str | None) -> None:
        """Take in what the page says: which beat it has seen."""
        try:
            seen = json.loads(text or "")["seen"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return
        if isinstance(seen, int) and seen <= self._last_beat_ms:
            self._answers = True
            self._first_unanswered = (
                None if seen == self._last_beat_ms else time.monotonic()
            )
            self._wake.set()

    async def pump(self) -> None:
        """Send what is owed until told to close."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if self._fragments and (self.is_closing or self.lag <= HOLD_BACK_AFTER):
                text = "".join(self._fragments.values())
                self._fragments = {}
                await self._send({"type": "websocket.send", "text": text})
            if self._beat is not None:
                beat, self._beat = self._beat, None
                await self._send({"type": "websocket.send", "text": beat})
            if self._closing is not None and not self._fragments:
                await self._send({"type": "websocket.close", "code": self._closing})
                return
