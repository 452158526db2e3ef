"""People looking at boards: from a post to the frame that shows it."""

import asyncio
import re
from collections import defaultdict
from time import time
from typing import Final

from django.conf import settings
from django.contrib.auth import (
    BACKEND_SESSION_KEY,
    HASH_SESSION_KEY,
    SESSION_KEY,
)
from django.contrib.sessions.backends.db import SessionStore
from websockets.asyncio.client import ClientConnection, connect

from hospital.accounts.models import User

_SHOWN: Final = re.compile(r'id="live-(\d+)"|data-at="(\d+)"')


def session_cookie() -> str:
    """Sign the benchmark's nurse in and return the cookie a browser would send."""
    nurse = User.objects.get(email="bench@wardwatch.invalid")
    session = SessionStore()
    session[SESSION_KEY] = str(nurse.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = nurse.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


class Audience:
    """Viewers of several wards, noting when each first shows each reading.

    Readings are told apart by admission and device time in milliseconds, which frames
    carry. ``delays`` holds one figure a viewer and reading, in seconds from ``at``.
    """

    def __init__(self) -> None:
        self.delays: list[float] = []
        self.seen: defaultdict[int, set[tuple[int, int]]] = defaultdict(set)
        self.counts_from_ms = 0
        self._read: dict[str, list[tuple[int, int]]] = {}
        self._sockets: list[ClientConnection] = []
        self._tasks: list[asyncio.Task[None]] = []

    async def take_seats(
        self, port: int, wards: list[str], *, viewers: int, cookie: str
    ) -> None:
        """Open the boards, evenly over the wards, and wait for each first picture."""
        for number in range(viewers):
            socket = await connect(
                f"ws://127.0.0.1:{port}/ws/wards/{wards[number % len(wards)]}/",
                additional_headers={"Cookie": cookie},
                origin=f"http://127.0.0.1:{port}",  # type: ignore[arg-type]
                max_size=None,
                compression=None,
            )
            await socket.recv()
            self._sockets.append(socket)
            self._tasks.append(asyncio.create_task(self._watch(number, socket)))

    async def leave(self) -> None:
        """Close every board."""
        for socket in self._sockets:
            await socket.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, viewer: int, socket: ClientConnection) -> None:
        async for frame in socket:
            now = time()
            if not isinstance(frame, str) or frame.startswith("{"):
                continue
            for shown in self._readings_in(frame):
                if shown[1] >= self.counts_from_ms and shown not in self.seen[viewer]:
                    self.seen[viewer].add(shown)
                    self.delays.append(now - shown[1] / 1000)

    def _readings_in(self, frame: str) -> list[tuple[int, int]]:
        """Which readings a frame shows. All viewers of a ward get the same frame."""
        if frame not in self._read:
            if len(self._read) > 500:
                self._read.clear()
            shown: set[tuple[int, int]] = set()
            admission = 0
            for match in _SHOWN.finditer(frame):
                if match[1]:
                    admission = int(match[1])
                else:
                    shown.add((admission, int(match[2])))
            self._read[frame] = list(shown)
        return self._read[frame]
