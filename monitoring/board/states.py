"""What a number on a screen may still claim to be. Pure: no clock, no database.

Instants are milliseconds since 1970 UTC, as stored in ``LatestValues`` and as sent
to browsers, which apply the same rules between two frames (``live.js``).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from django.conf import settings

from monitoring.vitals import VITALS, VitalName
from wards.devices.models import stale_after

State = Literal["live", "stale", "off", "none"]
Trend = Literal["up", "down", "steady"]

TREND_RECENT_MINUTES: Final = 5
TREND_BEFORE_MINUTES: Final = 10
# With fewer minutes than these an arrow would rest on next to nothing.
_RECENT_AT_LEAST: Final = 3
_BEFORE_AT_LEAST: Final = 6


@dataclass(frozen=True, slots=True)
class Value:
    """One value of one vital; ``value`` is None where the sensor is off."""

    value: float | None
    at: int
    received: int

    @property
    def true_at(self) -> int:
        """The instant the number is counted old from.

        A device's clock that is ahead must not make a number look younger than its
        arrival, so the earlier of the two instants counts. A clock that is behind
        is not corrected: the number looks older than it is, which is the safe side,
        and the tile says that the clock is wrong (decision 0010).
        """
        return min(self.at, self.received)

    def is_newer_than(self, other: "Value | None") -> bool:
        """Whether this one replaces ``other`` on a screen."""
        if other is None:
            return True
        return (self.true_at, self.at) >= (other.true_at, other.at)


def blank_after(interval: float) -> float:
    """Seconds after which a number expected every ``interval`` seconds is blanked."""
    ratio = settings.BLANK_AFTER_INTERVALS / settings.STALE_AFTER_INTERVALS
    return stale_after(interval) * ratio


def state_of(value: Value | None, *, now: int, interval: float) -> State:
    """Return how a value is shown at ``now``.

    ``interval`` is how often its device is expected to bring it, in seconds.
    ``live`` and ``stale`` show the number, the second faded and struck out; ``off``
    says that the device itself has no value; ``none`` shows no number at all.
    """
    if value is None:
        return "none"
    age = (now - value.true_at) / 1000
    if age > blank_after(interval):
        return "none"
    if value.value is None:
        return "off"
    return "stale" if age > stale_after(interval) else "live"


def trend_of(
    name: VitalName, means: Mapping[int, float], *, minute: int
) -> Trend | None:
    """Return which way a vital goes, or None where there is too little to say.

    ``means`` maps minutes (whole minutes since 1970 UTC) to the mean of that minute;
    ``minute`` is the one now running, which does not count. Up if the mean of the
    last five minutes, rounded as shown, is above every minute of the ten before;
    down if below every one; else steady. A rule for drawing an arrow, by order
    alone: it claims nothing about what change matters clinically.
    """
    decimals = VITALS[name].decimals
    recent = _means(means, minute - TREND_RECENT_MINUTES, minute)
    before = _means(
        means,
        minute - TREND_RECENT_MINUTES - TREND_BEFORE_MINUTES,
        minute - TREND_RECENT_MINUTES,
    )
    if len(recent) < _RECENT_AT_LEAST or len(before) < _BEFORE_AT_LEAST:
        return None
    now = round(sum(recent) / len(recent), decimals)
    rounded = [round(mean, decimals) for mean in before]
    if now > max(rounded):
        return "up"
    return "down" if now < min(rounded) else "steady"


def _means(means: Mapping[int, float], start: int, end: int) -> Sequence[float]:
    return [means[minute] for minute in range(start, end) if minute in means]
