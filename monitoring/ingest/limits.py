"""How often a key may post."""

from typing import Final

from msgspec import Struct

_BURST_SECONDS: Final = 5.0
"""A key that was quiet may catch up this many seconds' worth at once."""


class Bucket(Struct):
    """What one key may still spend; fills again as time passes.

    ``rate`` is in tokens a second. Times are of a monotonic clock, in seconds.
    """

    rate: float
    level: float
    filled_at: float

    @classmethod
    def full(cls, rate: float, *, now: float) -> "Bucket":
        """A bucket that may be spent at once."""
        return cls(rate, rate * _BURST_SECONDS, now)

    def take(self, tokens: float, *, now: float) -> float:
        """Spend ``tokens`` and return 0, or return the seconds to wait for them.

        More than a whole bucket is let through when the bucket is full, else a large
        batch could never pass; the level then goes below zero and is paid off.
        """
        wait = self.wait_for(tokens, now=now)
        if not wait:
            self.level -= tokens
        return wait

    def wait_for(self, tokens: float, *, now: float) -> float:
        """Return the seconds until ``tokens`` could be spent; 0 if they can now."""
        capacity = self.rate * _BURST_SECONDS
        self.level = min(capacity, self.level + (now - self.filled_at) * self.rate)
        self.filled_at = now
        return max(0.0, (min(tokens, capacity) - self.level) / self.rate)
