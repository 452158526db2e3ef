"""The device endpoint: a plain ASGI application (`design.md` section 6)."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from math import ceil
from time import monotonic
from typing import Any, Final

import msgspec
import psycopg
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import Error as DatabaseError
from psycopg_pool import PoolTimeout

from monitoring.ingest.device_page import describe
from monitoring.ingest.keys import Caller, Keyring, TooManyUnknownKeys
from monitoring.ingest.openapi import OPENAPI_PATH, openapi_document
from monitoring.ingest.posts import Outcome
from monitoring.ingest.publisher import Publisher
from monitoring.ingest.schema import BadBody, Item, Rejection, read_body
from monitoring.ingest.writer import Unavailable, Writer
from wards.devices.keys import digest_of
from wards.events import KEYS_GROUP

logger = logging.getLogger(__name__)

MAX_BODY: Final = 1024 * 1024
RETRY_AFTER: Final = 2

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Headers = Iterable[tuple[bytes, bytes]]

_encode: Final = msgspec.json.Encoder().encode


class Refusal(Exception):
    """An answer other than 200, with the words for whoever reads the device's log."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers


class Endpoint:
    """Everything under ``/api/`` that devices talk to.

    One a process. Its writer, keys and publisher belong to the event loop that first
    calls it.
    """

    def __init__(self) -> None:
        self.keys = Keyring()
        self.publisher = Publisher()
        self.writer = Writer(self.publisher.publish)
        self._listener: asyncio.Task[None] | None = None
        self._background: set[asyncio.Task[None]] = set()

    async def __call__(
        self, scope: dict[str, Any], receive: Receive, send: Send
    ) -> None:
        """Answer one request; bad input never gets a 5xx."""
        try:
            handle = _route(self._ROUTES, scope["path"], scope["method"])
            status, body = await handle(self, scope["headers"], receive)
            await _answer(send, status, body)
        except Refusal as refusal:
            await _answer(
                send,
                refusal.status,
                _encode({"error": {"code": refusal.code, "message": refusal.message}}),
                refusal.headers,
            )
        except _Gone:
            return

    async def close(self) -> None:
        """Stop all background work; posts that wait are told to come again."""
        if self._listener is not None:
            self._listener.cancel()
            with suppress(asyncio.CancelledError):
                await self._listener
        await self.writer.close()
        await self.publisher.close()
        await self.keys.close()

    # -- routes ------------------------------------------------------------------

    async def _post_readings(
        self, headers: Headers, receive: Receive
    ) -> tuple[int, bytes]:
        given = dict(headers)
        caller = await self._caller(given)
        if caller.gateway_retired:
            raise Refusal(403, "gateway_retired", "This gateway is retired.")
        _spend(caller, posts=1)
        _check_content_type(given)
        body = await _body(given, receive)
        received_at = datetime.now(UTC)
        try:
            items, rejected = read_body(
                body,
                received_at=received_at,
                # The whole of the oldest day kept, less the minutes before it goes.
                oldest=received_at - timedelta(days=settings.READING_RETENTION_DAYS),
            )
        except BadBody as error:
            raise Refusal(400, error.code, error.message) from None
        _spend(caller, readings=len(items) + len(rejected))
        device_ids = self._devices(caller, items, rejected)
        if not items:
            return 200, _result(Outcome(rejected=rejected))
        try:
            outcome = await self.writer.submit(
                items, device_ids, at=received_at, own=caller.device_id is not None
            )
        except Unavailable:
            raise _unavailable() from None
        if outcome.refused:
            raise Refusal(
                403,
                f"device_{outcome.refused}",
                f"This device may not post: its status is {outcome.refused}.",
            )
        self._note_use(caller)
        outcome.rejected += rejected
        return 200, _result(outcome)

    async def _get_device(
        self, headers: Headers, receive: Receive
    ) -> tuple[int, bytes]:
        caller = await self._caller(dict(headers))
        _spend(caller, posts=1)
        try:
            return 200, _encode(await describe(caller))
        except (DatabaseError, PoolTimeout, OSError):
            raise _unavailable() from None

    async def _get_openapi(
        self, headers: Headers, receive: Receive
    ) -> tuple[int, bytes]:
        return 200, _encode(openapi_document())

    _ROUTES: Final = {
        "/api/v1/readings": ("POST", _post_readings),
        "/api/v1/device": ("GET", _get_device),
        OPENAPI_PATH: ("GET", _get_openapi),
    }

    # -- parts ----------------------------------------------------------------------

    async def _caller(self, headers: dict[bytes, bytes]) -> Caller:
        if self._listener is None or self._listener.done():
            self._listener = asyncio.create_task(self._listen(), name="key changes")
        scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
        if scheme.lower() != b"bearer" or not key.strip():
            raise _unauthorized("Send the device's key: Authorization: Bearer <key>.")
        try:
            caller = await self.keys.caller(digest_of(key.strip()))
        except TooManyUnknownKeys as error:
            raise _too_often(error.wait) from None
        except (psycopg.Error, OSError) as error:
            logger.error("keys cannot be checked: %s", error)  # noqa: TRY400
            raise _unavailable() from None
        if caller is None:
            raise _unauthorized("This key is unknown, or its time is over.")
        return caller

    @staticmethod
    def _devices(
        caller: Caller, items: list[Item], rejected: list[Rejection]
    ) -> list[int]:
        """Return each item's device id; move items of other devices to ``rejected``."""
        own = caller.device_id
        if own is not None and all(
            item.device is None or item.device == caller.serial for item in items
        ):
            return [own] * len(items)
        ids: list[int] = []
        kept: list[Item] = []
        for item in items:
            device_id = (
                caller.devices.get(item.device) if item.device is not None else own
            )
            if device_id is None:
                rejected.append(_not_its_device(item))
            else:
                kept.append(item)
                ids.append(device_id)
        items[:] = kept
        return ids

    def _note_use(self, caller: Caller) -> None:
        if self.keys.note_use(caller):
            task = asyncio.create_task(self._write_down_uses())
            self._background.add(task)
            task.add_done_callback(self._background.discard)

    async def _write_down_uses(self) -> None:
        try:
            await self.keys.write_down_uses()
        except (psycopg.Error, OSError) as error:
            logger.warning("last use of keys not written down: %s", error)

    async def _listen(self) -> None:
        """Forget keys as soon as any is issued, rotated or revoked."""
        layer = get_channel_layer()
        assert layer is not None
        while True:
            try:
                channel = await layer.new_channel("keys")
                await layer.group_add(KEYS_GROUP, channel)
                while True:
                    await layer.receive(channel)
                    self.keys.forget()
            except Exception as error:
                # Without the layer, keys are asked for every few seconds anyway.
                logger.warning("key changes not heard: %s", error)
                await asyncio.sleep(1)


def _route(routes: dict[str, Any], path: str, method: str) -> Any:
    if path not in routes:
        raise Refusal(404, "not_found", "There is nothing at this address.")
    allowed, handle = routes[path]
    if method != allowed:
        raise Refusal(405, "method_not_allowed", f"Use {allowed} here.", Allow=allowed)
    return handle


class _Gone(Exception):
    """The device hung up before its post was complete."""


def _spend(caller: Caller, *, posts: int = 0, readings: int = 0) -> None:
    now = monotonic()
    wait = (posts and caller.posts.take(posts, now=now)) or (
        readings and caller.readings.take(readings, now=now)
    )
    if wait:
        raise _too_often(wait)


def _check_content_type(headers: dict[bytes, bytes]) -> None:
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind != b"application/json" or b"content-encoding" in headers:
        raise Refusal(
            415, "not_json_type", "Send Content-Type: application/json, uncompressed."
        )


async def _body(headers: dict[bytes, bytes], receive: Receive) -> bytes:
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and len(declared) < 20 and int(declared) > MAX_BODY:
        raise _too_large()
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _Gone
        body += message.get("body", b"")
        if len(body) > MAX_BODY:
            raise _too_large()
        if not message.get("more_body", False):
            return body


def _result(outcome: Outcome) -> bytes:
    if not outcome.rejected and not outcome.duplicates:
        return b'{"stored":%d,"duplicates":0,"rejected":[]}' % outcome.stored
    return _encode(
        {
            "stored": outcome.stored,
            "duplicates": outcome.duplicates,
            "rejected": sorted(outcome.rejected, key=lambda item: item.index),
        }
    )


async def _answer(
    send: Send, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
                (b"cache-control", b"no-store"),
                *(
                    (name.replace("_", "-").encode(), value.encode())
                    for name, value in (headers or {}).items()
                ),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


def _not_its_device(item: Item) -> Rejection:
    if item.device is None:
        message = 'A gateway says whose each reading is: "device": "<serial>".'
        return Rejection(item.index, "device", "device_missing", message)
    message = "This key may not post for that device."
    return Rejection(item.index, "device", "unknown_device", message)


def _unauthorized(message: str) -> Refusal:
    return Refusal(401, "unauthorized", message, **{"WWW-Authenticate": "Bearer"})


def _too_often(wait: float) -> Refusal:
    seconds = max(1, ceil(wait))
    return Refusal(
        429,
        "too_often",
        f"More posts than this key may send. Try again in {seconds} s.",
        **{"Retry-After": str(seconds)},
    )


def _too_large() -> Refusal:
    return Refusal(413, "too_large", "A post may be 1 MiB. Send smaller batches.")


def _unavailable() -> Refusal:
    return Refusal(
        503,
        "storage_unavailable",
        "Nothing may have been stored. Send the same body again: it is safe.",
        **{"Retry-After": str(RETRY_AFTER)},
    )
