"""One simulated device: what it measures at a moment, and what it says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from monitoring.replay import wire
from monitoring.replay.recordings import Values
from monitoring.simulator.noise import key_of, uniform
from monitoring.simulator.physiology import Body
from monitoring.simulator.profiles import PROFILES, Profile, Window
from monitoring.vitals import VITALS, VitalName

DEFAULT_SEED: Final = 7
FIRMWARE: Final = ("SIM 2.1.0", "SIM 2.1.3", "SIM 3.0.1")
CUFF_EVERY: Final = 5 * 60.0
TEMPERATURE_EVERY: Final = 4 * 60.0
DISCHARGE: Final = 6 * 3600.0
RECHARGE: Final = 1.5 * 3600.0
LOWEST_CHARGE: Final = 20.0

_OXIMETER: Final[frozenset[VitalName]] = frozenset({"spo2", "pulse_rate"})
_EPISODES: Final = MappingProxyType[VitalName, float](
    {
        "systolic": CUFF_EVERY,
        "diastolic": CUFF_EVERY,
        "mean_pressure": CUFF_EVERY,
        "temperature": TEMPERATURE_EVERY,
    }
)
# What devices were seen to send in earnest: a saturated counter, a shifted decimal.
_NONSENSE: Final[tuple[tuple[VitalName, float], ...]] = (
    ("heart_rate", 999.0),
    ("spo2", 127.0),
    ("temperature", 384.5),
    ("respiratory_rate", 255.0),
)


class Measurement(NamedTuple):
    """One reading before it is posted: device time (aware), and vitals."""

    at: datetime
    values: Values


@dataclass(frozen=True, slots=True)
class SimulatedDevice:
    """A device by its serial; it knows no patient and keeps no state.

    All times are seconds since 1970 UTC, true time: the device's own clock error is
    added to what it stamps. The same serial, profile and seed always measure the
    same at the same moment.

    Raises:
        KeyError: there is no such profile.
    """

    serial: str
    profile_name: str
    seed: int = DEFAULT_SEED
    profile: Profile = field(init=False)
    body: Body = field(init=False)
    key: int = field(init=False)
    phase: float = field(init=False)

    def __post_init__(self) -> None:
        key = key_of(self.seed, self.serial, "device")
        # The dataclass is frozen for its users, not for its own beginning.
        put = object.__setattr__
        put(self, "profile", PROFILES[self.profile_name])
        put(self, "body", Body.of(self.serial, seed=self.seed))
        put(self, "key", key)
        put(self, "phase", (uniform(key, 0) + 1.0) / 2.0)

    def measure(
        self, now: float, since: float | None = None, *, nonsense: bool = True
    ) -> Measurement | None:
        """Return what is measured ``now``, None where the device is silent.

        ``since`` is the moment of the reading before: what is taken only now and then
        (cuff, temperature) comes with the first reading at or after its time, and
        always without ``since``. Without ``nonsense`` no impossible value is made.
        """
        profile = self.profile
        if self._in(profile.silent, now):
            return None
        severity = 0.0
        if profile.illness is not None:
            severity = profile.illness.severity(now, phase=self.phase)
        exact = self.body.at(now, severity=severity)
        if self._in(profile.motion, now):
            self._shake(exact, now)
        values: Values = {
            vital: _as_shown(vital, value)
            for vital, value in exact.items()
            if vital in profile.vitals and self._is_due(vital, now, since)
        }
        if self._in(profile.oximeter_off, now):
            values |= dict.fromkeys(_OXIMETER & values.keys())
        if nonsense and profile.nonsense and self._passes(profile.nonsense, now, since):
            values |= [_NONSENSE[int(now / profile.nonsense) % len(_NONSENSE)]]
        stamp = round(now + profile.clock_error, 3)
        return Measurement(datetime.fromtimestamp(stamp, UTC), values)

    def holds_back(self, now: float) -> bool:
        """Tell whether readings are kept for later instead of posted."""
        return self._in(self.profile.holds_back, now)

    def battery(self, now: float) -> int:
        """Return the charge in percent: draining for hours, then charging quickly."""
        turn = DISCHARGE + RECHARGE
        into = (now + self.phase * turn) % turn
        share = (
            1.0 - into / DISCHARGE
            if into < DISCHARGE
            else (into - DISCHARGE) / RECHARGE
        )
        return round(LOWEST_CHARGE + (100.0 - LOWEST_CHARGE) * share)

    def reading(self, now: float, since: float | None = None) -> dict[str, Any] | None:
        """Return what is posted for this moment, None where the device is silent."""
        measured = self.measure(now, since)
        if measured is None:
            return None
        return wire.reading(
            measured.at,
            measured.values,
            device=self.serial,
            battery=self.battery(now),
            firmware=FIRMWARE[self.key % len(FIRMWARE)],
        )

    def _in(self, window: Window | None, now: float) -> bool:
        return window is not None and window.is_open(now, phase=self.phase)

    def _is_due(self, vital: VitalName, now: float, since: float | None) -> bool:
        every = _EPISODES.get(vital)
        return every is None or since is None or self._passes(every, now, since)

    def _passes(self, every: float, now: float, since: float | None) -> bool:
        """Tell whether a moment that comes ``every`` seconds lies after ``since``."""
        if since is None:
            return False
        shift = self.phase * every
        return (now + shift) // every > (since + shift) // every

    def _shake(self, exact: dict[VitalName, float], now: float) -> None:
        """Put motion on the sensors: implausible, yet within what can be true."""
        moment = int(now)
        exact["heart_rate"] += 90.0 * abs(uniform(self.key + 1, moment))
        exact["respiratory_rate"] *= 1.0 + abs(uniform(self.key + 2, moment))
        exact["pulse_rate"] += 110.0 * uniform(self.key + 3, moment) ** 2
        exact["spo2"] -= 30.0 * abs(uniform(self.key + 4, moment))


def _as_shown(vital: VitalName, value: float) -> float:
    """Round to what a monitor shows and sends, within what can be true."""
    known = VITALS[vital]
    return min(known.high, max(known.low, round(value, known.decimals)))


def history(
    serial: str,
    profile: str,
    *,
    start: datetime,
    end: datetime,
    step: timedelta,
    seed: int = DEFAULT_SEED,
) -> Iterator[Measurement]:
    """Yield what a device would have stored from ``start`` until before ``end``.

    Both are aware; stamps are the device's own time and lie within them. It is the
    same curve that the device goes on to post live. Silent times are left out, and
    so are values the server would have refused.

    Raises:
        KeyError: there is no such profile.
        ValueError: ``step`` is not positive.
    """
    if step <= timedelta(0):
        raise ValueError("A history needs a step above zero.")
    device = SimulatedDevice(serial, profile, seed)
    error = device.profile.clock_error
    before: float | None = None
    at = start
    while at < end:
        now = at.timestamp() - error
        measured = device.measure(now, before, nonsense=False)
        if measured is not None:
            yield measured
        before = now
        at += step
