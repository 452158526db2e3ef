"""A device's line to the server: what it has not yet got rid of, and how it tries."""

import logging
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import msgspec

from monitoring.replay import wire
from monitoring.simulator.device import SimulatedDevice
from monitoring.simulator.noise import uniform

logger = logging.getLogger(__name__)

BUFFER: Final = 1800
"""Readings kept while the server is away: an hour at 2 s. The oldest go first."""
MAX_POST: Final = 500
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 5.0
REFUSED_WAIT: Final = 30.0
"""Seconds before a key that was refused is tried again: it may be put in service."""

_TRY_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
_KEY_REFUSED: Final = frozenset({401, 403})


@dataclass(slots=True)
class Tally:
    """What all devices together have done so far."""

    posts: int = 0
    sent: int = 0
    stored: int = 0
    duplicates: int = 0
    rejected: int = 0
    failures: int = 0

    def add(self, sent: int, answer: wire.Answer) -> None:
        """Count one answered post."""
        self.posts += 1
        self.sent += sent
        self.stored += answer.stored
        self.duplicates += answer.duplicates
        self.rejected += len(answer.rejected)


@dataclass(slots=True)
class Line:
    """Measures at its device's pace and posts what has piled up.

    Times are seconds since 1970 UTC. ``next_at`` is when the next reading is due;
    ``retry_at`` is the earliest next post.
    """

    device: SimulatedDevice
    interval: float
    headers: dict[str, str]
    tally: Tally
    next_at: float
    last_at: float | None = None
    retry_at: float = 0.0
    outbox: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=BUFFER))
    _wait: float = FIRST_WAIT
    _complained: int = 0

    def measure_until(self, now: float) -> None:
        """Take every reading due by ``now``, also those a slow post made us miss."""
        # After hours of sleep only what the buffer holds is worth measuring.
        self.next_at = max(self.next_at, now - BUFFER * self.interval)
        while self.next_at <= now:
            at = self.next_at
            reading = self.device.reading(at, self.last_at)
            if reading is not None:
                self.outbox.append(reading)
            self.last_at = at
            self.next_at = at + self.interval * (1 + self._jitter(at))

    def _jitter(self, at: float) -> float:
        """Return up to a twentieth of an interval: devices must never fall in step."""
        return uniform(self.device.key + 9, int(at * 1000)) / 20

    async def deliver(self, client: httpx.AsyncClient, url: str, now: float) -> None:
        """Post what has piled up, unless it is too early to try again.

        Readings leave the outbox only when the server has answered for them. What is
        refused for good leaves it too: no repetition would change that.
        """
        if now < self.retry_at or self.device.holds_back(now):
            return
        while self.outbox:
            batch = [self.outbox[i] for i in range(min(len(self.outbox), MAX_POST))]
            try:
                response = await client.post(
                    url, content=wire.body(batch), headers=self.headers
                )
            except httpx.RequestError:
                self._back_off(now, None)
                return
            if not self._settle(response, batch, now):
                return

    def _settle(
        self, response: httpx.Response, batch: list[dict[str, Any]], now: float
    ) -> bool:
        """Take note of an answer; tell whether to go on posting."""
        status = response.status_code
        if status in _TRY_AGAIN:
            self._back_off(now, wire.retry_after(response, now=datetime.now(UTC)))
            return False
        if status in _KEY_REFUSED:
            self._complain(response)
            self.tally.failures += 1
            self.retry_at = now + REFUSED_WAIT
            return False
        for _ in batch:
            self.outbox.popleft()
        try:
            response.raise_for_status()
            self.tally.add(len(batch), wire.read_answer(response.content))
        except (httpx.HTTPStatusError, msgspec.DecodeError):
            self._complain(response)
            self.tally.failures += 1
            return False
        self._wait = FIRST_WAIT
        self._complained = 0
        return True

    def _back_off(self, now: float, asked: float | None) -> None:
        """Wait longer each time, never more than a few seconds: beds are watched."""
        self.tally.failures += 1
        pause = self._wait if asked is None else max(asked, FIRST_WAIT)
        self.retry_at = now + min(pause, LONGEST_WAIT)
        self._wait = min(2 * self._wait, LONGEST_WAIT)

    def _complain(self, response: httpx.Response) -> None:
        """Say once, until it works again, what the server has against this device."""
        if self._complained != response.status_code:
            self._complained = response.status_code
            logger.warning(
                "%s is refused (%s). %s",
                self.device.serial,
                response.status_code,
                wire.complaint(response),
            )
