"""Playing rows through the device endpoint, at the pace they were recorded or faster.

Time in a replay: a row is stamped with its own distance from the first row, so what
is stored is the recording, whatever the speed. Only ``start`` decides when that is.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from monitoring.replay import wire
from monitoring.replay.counts import Counts
from monitoring.replay.delivery import PATIENCE, Delivery
from monitoring.replay.recordings import Row, seconds_of

FAST_BATCH: Final = 100
LINGER: Final = 0.2
"""Seconds within which rows that are due at higher speed share a post."""


def default_start(seconds: float, speed: float, *, now: datetime) -> datetime:
    """Return when the first row of a recording of this length is to be stamped.

    As late as can be without any row being posted before its own time: the last row
    is stamped with the very moment it is due. At speed 1 that is now, at speed 0
    (all at once) the recording ends now, and in between it lies in between.
    """
    if speed == 0:
        return now - timedelta(seconds=seconds)
    return now - timedelta(seconds=max(0.0, seconds - seconds / speed))


def default_batch(speed: float) -> int:
    """Return how many readings share a post: one when live, as devices do."""
    return 1 if 0 < speed <= 1 else FAST_BATCH


def in_posts(
    rows: Iterable[Row], *, speed: float, batch: int, linger: float
) -> Iterator[tuple[float, list[Row]]]:
    """Yield the rows of each post and when it is due, in seconds since the first.

    A post takes up to ``batch`` rows that are due within ``linger`` seconds of its
    first, and is due with its last. At speed 0 everything is due at once.
    """
    pending: list[Row] = []
    first = opened = due = 0.0
    for index, row in enumerate(rows):
        if index == 0:
            first = row.offset_seconds
        at = (row.offset_seconds - first) / speed if speed else 0.0
        if pending and (len(pending) >= batch or at - opened > linger):
            yield due, pending
            pending = []
        if not pending:
            opened = at
        pending.append(row)
        due = at
    if pending:
        yield due, pending


@dataclass(slots=True)
class Player:
    """One replay under way; ``counts`` can be read at any time, also after it broke.

    ``serial`` is sent with every reading where given: a gateway's key needs it, and a
    device's own key allows its own. ``start`` is aware and is the stamp of the first
    row. ``batch`` left out means one reading a post at speeds up to 1, otherwise what
    falls due together, up to 100; given, posts are always that large.
    """

    client: httpx.Client
    serial: str | None = None
    speed: float = 1.0
    batch: int | None = None
    start: datetime | None = None
    patience: float = PATIENCE
    on_progress: Callable[[Counts], None] = lambda _counts: None
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    counts: Counts = field(default_factory=Counts, init=False)

    def play(self, rows: Sequence[Row]) -> Counts:
        """Post all rows, which are in time order, and return what became of them.

        Raises:
            NotDelivered: the server refused, or was gone for longer than
                ``patience`` seconds. What was counted until then is in ``counts``.
        """
        counts = self.counts
        began = self.clock()
        delivery = Delivery(self.client, self.patience, self.sleep, self.clock)
        start = self.start or default_start(
            seconds_of(rows), self.speed, now=datetime.now(UTC)
        )
        try:
            for due, group in self._posts(rows):
                wait = began + due - self.clock()
                if wait > 0:
                    self.sleep(wait)
                self._post(delivery, group, start, rows[0].offset_seconds)
                counts.seconds = self.clock() - began
                self.on_progress(counts)
        finally:
            counts.retries = delivery.retries
            counts.seconds = self.clock() - began
        return counts

    def _posts(self, rows: Sequence[Row]) -> Iterator[tuple[float, list[Row]]]:
        return in_posts(
            rows,
            speed=self.speed,
            batch=self.batch or default_batch(self.speed),
            linger=LINGER if self.batch is None else float("inf"),
        )

    def _post(
        self, delivery: Delivery, group: list[Row], start: datetime, zero: float
    ) -> None:
        """Post those rows of a group that hold a vital: the rest has nothing to say."""
        self.counts.rows += len(group)
        said = [row for row in group if row.values]
        self.counts.empty += len(group) - len(said)
        if not said:
            return
        readings = [
            wire.reading(
                start + timedelta(seconds=row.offset_seconds - zero),
                row.values,
                device=self.serial,
            )
            for row in said
        ]
        self.counts.add(said, delivery.post(wire.body(readings)))


def play(
    rows: Sequence[Row],
    *,
    client: httpx.Client,
    serial: str | None = None,
    speed: float = 0.0,
    batch: int | None = None,
    start: datetime | None = None,
) -> Counts:
    """Post all rows as fast as the server takes them, or at ``speed``.

    ``client`` is bound to a server and a key (``delivery.connect``). See ``Player``.

    Raises:
        NotDelivered: the server refused or was gone for too long.
    """
    return Player(client, serial, speed, batch, start).play(rows)
