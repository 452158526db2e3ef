"""Whose key is this: a cache before the database, never older than a few seconds."""

import asyncio
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Final, LiteralString

import psycopg
from django.conf import settings
from msgspec import Struct

from hospital.ops.database import connection_arguments
from monitoring.ingest.limits import Bucket

TRUST_SECONDS: Final = 5.0
"""For so long a key is taken as found. A status is checked again with each write."""
USED_EVERY_SECONDS: Final = 30.0
"""A key's last use is written down at most this often."""
MAX_UNKNOWN: Final = 10_000
UNKNOWN_PER_SECOND: Final = 20.0
"""Wrong keys a second; then new ones wait: guessing must not cost a database."""


class Caller(Struct, kw_only=True):
    """What a good key stands for.

    A device key has ``device_id`` and ``serial``; a gateway key has ``gateway``, its
    name. ``devices`` maps every serial it may post for to the device's id.
    """

    key_id: int
    device_id: int | None
    serial: str
    gateway: str | None
    gateway_retired: bool
    devices: dict[str, int]
    expires_at: datetime | None
    checked_at: float
    posts: Bucket
    readings: Bucket

    def is_expired(self) -> bool:
        """Whether the key's time is over."""
        return self.expires_at is not None and self.expires_at <= datetime.now(UTC)


class TooManyUnknownKeys(Exception):
    """Somebody is guessing; ``wait`` is the seconds until the next may be looked up."""

    def __init__(self, wait: float) -> None:
        super().__init__(f"wait {wait:.1f} s")
        self.wait = wait


class Keyring:
    """The keys this process knows, by digest. Uses one connection of its own."""

    def __init__(self) -> None:
        self._known: dict[bytes, Caller] = {}
        self._unknown: dict[bytes, float] = {}
        self._guesses = Bucket.full(UNKNOWN_PER_SECOND, now=monotonic())
        self._used: dict[int, datetime] = {}
        self._used_flushed_at = monotonic()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._lock = asyncio.Lock()

    async def caller(self, digest: bytes) -> Caller | None:
        """Return whose key has this digest; None if nobody's, or its time is over.

        Raises:
            TooManyUnknownKeys: too many keys nobody has were tried just now.
            psycopg.Error, OSError: the database cannot be asked.
        """
        now = monotonic()
        known = self._known.get(digest)
        if known is None or now - known.checked_at > TRUST_SECONDS:
            known = await self._refresh(digest, known, now)
        if known is None or known.is_expired():
            return None
        return known

    def forget(self) -> None:
        """Ask the database again for every key: one was issued, rotated or revoked."""
        for caller in self._known.values():
            caller.checked_at = float("-inf")
        self._unknown.clear()

    def note_use(self, caller: Caller) -> bool:
        """Remember that a key was used; tell whether it is time to write that down."""
        self._used[caller.key_id] = datetime.now(UTC)
        return monotonic() - self._used_flushed_at > USED_EVERY_SECONDS

    async def write_down_uses(self) -> None:
        """Store the last use of every key noted since the last time."""
        self._used_flushed_at = monotonic()
        used, self._used = self._used, {}
        async with self._lock:
            await self._execute(
                "UPDATE wards_devicekey k SET last_used_at = u.at "
                "FROM unnest(%s::bigint[], %s::timestamptz[]) u (id, at) "
                "WHERE k.id = u.id",
                [list(used), list(used.values())],
            )

    async def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _refresh(
        self, digest: bytes, stale: Caller | None, now: float
    ) -> Caller | None:
        tried_at = self._unknown.get(digest, float("-inf"))
        if stale is None and now - tried_at < TRUST_SECONDS:
            return None
        async with self._lock:
            fresh = self._known.get(digest)
            # While we waited, another post with the same key may have asked already.
            if fresh is not None and monotonic() - fresh.checked_at < TRUST_SECONDS:
                return fresh
            # Only wrong keys are paid for: three hundred monitors that come back at
            # once after a restart are no guessing.
            if stale is None and (wait := self._guesses.wait_for(1, now=monotonic())):
                raise TooManyUnknownKeys(wait)
            caller = await self._look_up(digest, stale)
        if caller is None:
            self._guesses.take(1, now=monotonic())
            self._known.pop(digest, None)
            if len(self._unknown) >= MAX_UNKNOWN:
                self._unknown.clear()
            self._unknown[digest] = now
        else:
            self._known[digest] = caller
        return caller

    async def _look_up(self, digest: bytes, stale: Caller | None) -> Caller | None:
        found = await (await self._execute(_FIND, [digest])).fetchone()
        if found is None:
            return None
        key_id, expires_at, device_id, serial, gateway, gateway_status, devices = found
        now = monotonic()
        # A gateway may do for each of its devices what a device may do for itself.
        share = max(1, len(devices))
        return Caller(
            key_id=key_id,
            device_id=device_id,
            serial=serial or "",
            gateway=gateway,
            gateway_retired=gateway_status == "retired",
            devices=devices,
            expires_at=expires_at,
            checked_at=now,
            posts=stale.posts
            if stale
            else Bucket.full(settings.DEVICE_POSTS_PER_SECOND * share, now=now),
            readings=stale.readings
            if stale
            else Bucket.full(settings.DEVICE_READINGS_PER_SECOND * share, now=now),
        )

    async def _execute(
        self, query: LiteralString, parameters: list[Any]
    ) -> psycopg.AsyncCursor[Any]:
        if self._connection is not None and not self._connection.closed:
            try:
                return await self._connection.execute(query, parameters)
            except (psycopg.OperationalError, psycopg.InterfaceError):
                # Most likely the server was restarted since we last asked: once more.
                await self._connection.close()
        self._connection = await psycopg.AsyncConnection.connect(
            **connection_arguments(application="wardwatch keys"), autocommit=True
        )
        return await self._connection.execute(query, parameters)


_FIND: Final = """
    SELECT k.id, k.expires_at, k.device_id, d.serial, g.name, g.status,
           coalesce(
               (SELECT jsonb_object_agg(o.serial, o.id)
                FROM wards_gateway_devices m JOIN wards_device o ON o.id = m.device_id
                WHERE m.gateway_id = k.gateway_id),
               CASE WHEN d.id IS NULL THEN '{}'::jsonb
                    ELSE jsonb_build_object(d.serial, d.id) END
           )
    FROM wards_devicekey k
    LEFT JOIN wards_device d ON d.id = k.device_id
    LEFT JOIN wards_gateway g ON g.id = k.gateway_id
    WHERE k.digest = %s
"""
