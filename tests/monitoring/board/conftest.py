"""A ward with values, and sockets to look at it through."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from asgiref.testing import ApplicationCommunicator
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client

from hospital.asgi import application
from monitoring.board.hub import hub
from monitoring.readings.models import LatestValues
from tests.factories import admit
from wards.devices.models import DeviceContact
from wards.events import CLOCK_GROUP, ward_group


def now_ms() -> int:
    return int(time.time() * 1000)


def remember(admission, *, ago=0.0, **values):
    """Store what a stay's device sent ``ago`` seconds ago, as the endpoint would."""
    device = admission.device_assignments.get().device
    at = now_ms() - int(ago * 1000)
    latest, _ = LatestValues.objects.get_or_create(device=device)
    if latest.admission_id != admission.pk:
        latest.values = {}
    latest.admission = admission
    latest.values |= {name: [value, at, at] for name, value in values.items()}
    latest.save()
    contact = DeviceContact.objects.get(pk=device.pk)
    heard = contact.last_heard_at.timestamp() * 1000 if contact.last_heard_at else 0
    contact.last_heard_at = datetime.fromtimestamp(max(at, heard) / 1000, UTC)
    contact.save()


def arrived(ward, admission, seq, *, source="one", at=None, **values):
    """The message by which the endpoint tells of a stay's new values."""
    at = at or now_ms()
    found = {name: [value, at, at] for name, value in values.items()}
    return {
        "type": "values.arrived",
        "ward": ward.pk,
        "source": source,
        "seq": seq,
        "items": [[admission.monitor_id, admission.pk, at, found, None, None]],
    }


async def tell(ward, message):
    """Send a message as another part of the hospital would."""
    await get_channel_layer().group_send(ward_group(ward.pk), message)


async def tick_clock(late_ms=0):
    """Beat as the leading clock does."""
    beat = {"type": "clock.beat", "at_ms": now_ms(), "late_ms": late_ms}
    await get_channel_layer().group_send(CLOCK_GROUP, beat)


def in_database(act):
    """Run something that reads or writes, outside the event loop."""
    return database_sync_to_async(act, thread_sensitive=False)()


def cookies_of(user, **more) -> str:
    """The cookie header of a browser ``user`` is signed in on."""
    client = Client()
    if user is not None:
        client.force_login(user)
    found = {name: morsel.value for name, morsel in client.cookies.items()} | more
    return "; ".join(f"{name}={value}" for name, value in found.items())


def socket_to(path, *, origin="http://localhost", cookie="") -> ApplicationCommunicator:
    """A socket as a browser opens it, not connected yet.

    Channels' own tester keeps every thread's database connection open meanwhile,
    and the pool would run dry.
    """
    headers = [("host", "localhost"), ("origin", origin), ("cookie", cookie)]
    scope = {
        "type": "websocket",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers],
        "subprotocols": [],
    }
    return ApplicationCommunicator(application, scope)


async def connect(socket) -> bool:
    """Shake hands, and tell whether the server accepted."""
    await socket.send_input({"type": "websocket.connect"})
    answer = await socket.receive_output(timeout=10)
    return answer["type"] == "websocket.accept"


@dataclass
class Screen:
    """One open socket, as a browser holds it."""

    socket: ApplicationCommunicator
    cookie: str
    frames: list[str] = field(default_factory=list)
    beats: list[dict] = field(default_factory=list)

    async def receive(self, within=5.0) -> dict | str:
        """Return the next beat or fragment, and keep it."""
        message = await self.socket.receive_output(timeout=within)
        assert message["type"] == "websocket.send", message
        text = message["text"]
        if text.startswith("{"):
            self.beats.append(json.loads(text))
            return self.beats[-1]
        self.frames.append(text)
        return text

    async def html(self, holding="", within=5.0) -> str:
        """Return the next fragment that holds a text, passing over all else."""
        async with asyncio.timeout(within):
            while True:
                got = await self.receive(within)
                if isinstance(got, str) and holding in got:
                    return got

    async def beat(self, within=5.0, **wanted) -> dict:
        """Return the next beat that says what is wanted."""
        async with asyncio.timeout(within):
            while True:
                got = await self.receive(within)
                if isinstance(got, dict) and wanted.items() <= got.items():
                    return got

    async def closed(self, within=5.0) -> int:
        """Return the code it is closed with, keeping what came before."""
        async with asyncio.timeout(within):
            while True:
                message = await self.socket.receive_output(timeout=within)
                if message["type"] == "websocket.close":
                    return message["code"]
                self.frames.append(message["text"])

    async def say(self, **frame) -> None:
        """Send a frame as the page would."""
        await self.socket.send_input({"type": "websocket.receive", **frame})

    async def leave(self) -> None:
        """Go, and wait until the server has noticed."""
        await self.socket.send_input({"type": "websocket.disconnect", "code": 1001})
        await self.socket.wait(timeout=5)

    @property
    def session(self) -> SessionStore:
        morsel = f"{settings.SESSION_COOKIE_NAME}="
        (key,) = [
            part.removeprefix(morsel)
            for part in self.cookie.split("; ")
            if part.startswith(morsel)
        ]
        return SessionStore(key)


@pytest.fixture
async def look(transactional_db):
    """Return a coroutine opening a socket, as a signed-in browser would."""
    opened = []

    async def opened_by(user, path, **cookies) -> Screen:
        cookie = await in_database(lambda: cookies_of(user, **cookies))
        screen = Screen(socket_to(path, cookie=cookie), cookie)
        opened.append(screen)
        assert await connect(screen.socket)
        return screen

    yield opened_by
    for screen in opened:
        await screen.leave()
    assert not hub().wards


@pytest.fixture
def stay(ward):
    """A patient on ``ward`` whose heart beats 78 times a minute."""
    admission = admit(ward=ward, family_name="Example", given_name="Ada")
    remember(admission, heart_rate=78)
    # At hand where no query may be made.
    admission.monitor_id = admission.device_assignments.get().device_id
    return admission
