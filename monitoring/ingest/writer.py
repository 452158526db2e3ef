"""Group commit: one transaction for all posts that are waiting.

While one group is being written the next gathers, so that the busier it gets the
more readings share a commit. Every post is answered after its commit, or told that
nothing was stored.
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from time import monotonic
from typing import Any, Final

import psycopg
from asgiref.sync import sync_to_async

from hospital.ops.database import connection_arguments
from monitoring.ingest.posts import Change, Outcome, Post
from monitoring.ingest.schema import Item
from monitoring.ingest.store import store
from monitoring.readings.partitions import ensure_partitions

logger = logging.getLogger(__name__)

MAX_WAITING: Final = 5_000
"""Posts that may wait at once; more are told to come again."""
MAX_GROUP_READINGS: Final = 10_000
GROUP_TIMEOUT: Final = 15.0
RECONNECT_EVERY: Final = 0.5


class Unavailable(Exception):
    """Nothing was stored, or nobody knows; the same post may safely be sent again."""


class Writer:
    """Stores posts in the order they came, in groups, over one connection.

    ``publish`` is called with what changed after each commit; it must not block.
    """

    def __init__(self, publish: Callable[[list[Change]], None]) -> None:
        self._publish = publish
        self._waiting: list[Post] = []
        self._wake = asyncio.Event()
        self._connection: psycopg.AsyncConnection[Any] | None = None
        self._failed_at = float("-inf")
        self._task: asyncio.Task[None] | None = None

    async def submit(
        self, items: list[Item], device_ids: list[int], *, at: datetime, own: bool
    ) -> Outcome:
        """Store readings received at the aware instant ``at``; return after commit.

        Raises:
            Unavailable: the database is away, or too many posts wait already.
        """
        if len(self._waiting) >= MAX_WAITING:
            raise Unavailable("too many posts are waiting")
        answer = asyncio.get_running_loop().create_future()
        self._waiting.append(Post(items, device_ids, at, own, answer))
        self._wake.set()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name="writer")
        return await answer

    async def close(self) -> None:
        """Stop, and tell posts that still wait that they were not stored."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        _fail(self._waiting, "stopping")
        await self._drop_connection()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            group = self._next_group()
            try:
                async with asyncio.timeout(GROUP_TIMEOUT):
                    await self._write(group)
            except (psycopg.Error, OSError, TimeoutError) as error:
                logger.error("readings not stored: %s", error)  # noqa: TRY400
                _fail(group, "storage unavailable")
                await self._drop_connection()
            except Exception:
                # A defect, of ours or in the data. Its open transaction holds the
                # signal of all its devices, and others wait: neither may last.
                logger.exception("readings not stored")
                _fail(group, "storage failed")
                await self._drop_connection()
            except BaseException:
                _fail(group, "storage failed")
                raise

    def _next_group(self) -> list[Post]:
        """Take the posts that wait, oldest first, up to a group's size."""
        size = count = 0
        for post in self._waiting:
            size += len(post.items)
            if count and size > MAX_GROUP_READINGS:
                break
            count += 1
        group, self._waiting = self._waiting[:count], self._waiting[count:]
        if not self._waiting:
            self._wake.clear()
        return group

    async def _write(self, group: list[Post]) -> None:
        try:
            changes, outcomes = await self._store(group)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if self._connection is None or not self._connection.closed:
                raise
            # The connection was cut: the server was restarted, most likely. Whether
            # or not the group was committed, storing it again with a comparison is
            # right; if the database is away for longer, that says so.
            changes, outcomes = await self._store(group, compare=True)
        except psycopg.errors.UniqueViolation:
            # Some instants are stored already: once more, comparing each.
            changes, outcomes = await self._store(group, compare=True)
        except psycopg.errors.CheckViolation:
            # The clock has not made this day's partition; that must lose nothing.
            await sync_to_async(ensure_partitions)()
            changes, outcomes = await self._store(group, compare=True)
        except (psycopg.DataError, psycopg.IntegrityError):
            if len(group) == 1:
                raise
            # One post the database will not have must not fail the others.
            logger.exception("a group of %s posts is stored one by one", len(group))
            for post in group:
                await self._write_alone(post)
            return
        for post, outcome in zip(group, outcomes, strict=True):
            if not post.answer.done():
                post.answer.set_result(outcome)
        self._publish(changes)

    async def _write_alone(self, post: Post) -> None:
        try:
            await self._write([post])
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            logger.error("one post not stored: %s", error)  # noqa: TRY400
            _fail([post], "storage refused this post")

    async def _store(
        self, group: list[Post], *, compare: bool = False
    ) -> tuple[list[Change], list[Outcome]]:
        connection = await self._connect()
        try:
            result = await store(connection, group, compare=compare)
            await connection.commit()
        except psycopg.Error:
            if not connection.closed:
                await connection.rollback()
            raise
        return result

    async def _connect(self) -> psycopg.AsyncConnection[Any]:
        if self._connection is None or self._connection.closed:
            if monotonic() - self._failed_at < RECONNECT_EVERY:
                raise psycopg.OperationalError("the database was away a moment ago")
            try:
                self._connection = await psycopg.AsyncConnection.connect(
                    **connection_arguments(application="wardwatch writer")
                )
            except (psycopg.Error, OSError):
                self._failed_at = monotonic()
                raise
        return self._connection

    async def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()


def _fail(posts: list[Post], reason: str) -> None:
    for post in posts:
        if not post.answer.done():
            post.answer.set_exception(Unavailable(reason))
