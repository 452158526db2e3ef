"""What may go wrong with a simulated device or its patient, and when.

Times are functions of the clock, each device at its own phase, so that a demo left
running shows everything again and again, and never all of it at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from monitoring.vitals import VITAL_NAMES, VitalName

MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class Window:
    """A span of ``lasts`` seconds that comes back ``every`` so many seconds."""

    every: float
    lasts: float

    def is_open(self, seconds: float, *, phase: float) -> bool:
        """Tell whether it is on at a moment; ``phase`` is 0 to 1 of a turn."""
        return (seconds + phase * self.every) % self.every < self.lasts


@dataclass(frozen=True, slots=True)
class Illness:
    """Getting worse slowly, staying so, recovering, being well, and again (seconds)."""

    worsens: float
    stays: float
    recovers: float
    well: float

    def severity(self, seconds: float, *, phase: float) -> float:
        """Return 0 (well) to 1 at a moment; ``phase`` is 0 to 1 of a turn."""
        turn = self.worsens + self.stays + self.recovers + self.well
        into = (seconds + phase * turn) % turn
        if into < self.worsens:
            return into / self.worsens
        into -= self.worsens
        if into < self.stays:
            return 1.0
        into -= self.stays
        return max(0.0, 1.0 - into / self.recovers)


@dataclass(frozen=True, slots=True)
class Profile:
    """How one device behaves; what is None never happens.

    ``motion`` shakes the sensors, and ``nonsense`` is how often (seconds) a number
    comes that cannot be true. While ``oximeter_off`` is open its two vitals have no
    value. While ``silent`` nothing is measured; while ``holds_back`` is open readings
    pile up and are posted together after it. ``clock_error`` is device clock minus
    true time, in seconds.
    """

    description: str
    vitals: frozenset[VitalName] = frozenset(VITAL_NAMES)
    illness: Illness | None = None
    motion: Window | None = None
    nonsense: float | None = None
    oximeter_off: Window | None = None
    silent: Window | None = None
    holds_back: Window | None = None
    clock_error: float = 0.0


PROFILES: Final[Mapping[str, Profile]] = MappingProxyType(
    {
        "stable": Profile("A patient who is well and a device that works"),
        "deteriorating": Profile(
            "Slowly worse within a quarter of an hour, then better again",
            illness=Illness(15 * MINUTE, 4 * MINUTE, 6 * MINUTE, 10 * MINUTE),
        ),
        "artefact": Profile(
            "Motion spikes, and now and then a number that cannot be true",
            motion=Window(97, 9),
            nonsense=157,
        ),
        "sensor_off": Profile(
            "The finger clip falls off and is put back",
            oximeter_off=Window(4 * MINUTE, MINUTE),
        ),
        "silent": Profile(
            "Stops posting for minutes, then returns",
            silent=Window(9 * MINUTE, 3 * MINUTE),
        ),
        "late": Profile(
            "Loses its network and posts what it kept, late, in one batch",
            holds_back=Window(8 * MINUTE, 100),
        ),
        "clock_ahead": Profile("Its clock is fast", clock_error=90),
        "clock_behind": Profile("Its clock is slow", clock_error=-75),
        "sparse": Profile(
            "An oximeter: saturation and pulse, nothing else",
            vitals=frozenset({"spo2", "pulse_rate"}),
        ),
    }
)
DEFAULT_PROFILE: Final = "stable"
