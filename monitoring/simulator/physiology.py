"""A small model of a body at rest: enough that its vitals move together.

Slow drivers (the hour of the day, fever, arousal, blood volume) move several vitals
at once, which is what correlates them; each vital has a little noise of its own
beside. All coefficients are demo parameters chosen to look plausible on a screen.
"""

import math
from dataclasses import dataclass
from typing import Final

from monitoring.simulator.noise import key_of, smooth, uniform
from monitoring.vitals import VitalName

DAY: Final = 86_400.0
WARMEST_HOUR: Final = 17.0
"""Body temperature and heart rate peak in the late afternoon; hours are UTC."""
HYPOXIA_BELOW: Final = 94.0
NARROWEST_PULSE_PRESSURE: Final = 18.0

_MINUTE: Final = 60.0
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Body:
    """What one invented body is like when nothing happens; units of the registry."""

    key: int
    heart_rate: float
    spo2: float
    respiratory_rate: float
    systolic: float
    pulse_pressure: float
    temperature: float

    @classmethod
    def of(cls, serial: str, *, seed: int) -> "Body":
        """Return the body on a device: always the same for a serial and a seed."""
        key = key_of(seed, serial, "body")

        def between(index: int, low: float, high: float) -> float:
            return low + (high - low) * (uniform(key, index) + 1.0) / 2.0

        return cls(
            key=key,
            heart_rate=between(1, 62, 88),
            spo2=between(2, 95.5, 98.5),
            respiratory_rate=between(3, 13, 18),
            systolic=between(4, 110, 140),
            pulse_pressure=between(5, 38, 54),
            temperature=between(6, 36.4, 37.0),
        )

    def at(self, seconds: float, *, severity: float = 0.0) -> dict[VitalName, float]:
        """Return the vitals at a moment (seconds since 1970 UTC), not rounded.

        ``severity`` from 0 (well) to 1 (very ill) brings falling saturation and
        pressure, and with them a faster heart, faster breathing and fever.
        """

        def wander(index: int, period: float) -> float:
            return smooth(self.key + index, seconds, period)

        hour = seconds % DAY / _HOUR
        daytime = math.cos((hour - WARMEST_HOUR) / 24.0 * math.tau)
        arousal = 0.5 * wander(1, 5 * _MINUTE) + 0.5 * wander(2, 40 * _MINUTE)

        fever = 0.25 * wander(3, 5 * _HOUR) + 1.4 * severity
        temperature = self.temperature + 0.3 * daytime + fever
        spo2 = (
            self.spo2
            + 0.8 * wander(4, 3 * _MINUTE)
            + 0.4 * wander(5, 15)
            - 11.0 * severity
        )
        spo2 = min(100.0, spo2)
        hypoxia = max(0.0, HYPOXIA_BELOW - spo2)
        heart_rate = (
            self.heart_rate
            + 4.0 * daytime
            + 8.0 * arousal
            + 8.0 * fever
            + 2.0 * hypoxia
            + 10.0 * severity
            + 2.0 * wander(6, 12)
        )
        respiratory_rate = (
            self.respiratory_rate
            + 0.4 * daytime
            + 1.5 * arousal
            + 1.5 * fever
            + 0.6 * hypoxia
            + 3.0 * severity
            + 1.2 * wander(7, 20)
        )
        pressures = self._pressures(seconds, daytime, arousal, severity)
        return {
            "heart_rate": heart_rate,
            "pulse_rate": heart_rate + wander(8, 10),
            "spo2": spo2,
            "respiratory_rate": respiratory_rate,
            "temperature": temperature,
            **pressures,
        }

    def _pressures(
        self, seconds: float, daytime: float, arousal: float, severity: float
    ) -> dict[VitalName, float]:
        """Return the three pressures; the mean lies a third above the diastolic."""
        volume = smooth(self.key + 9, seconds, 30 * _MINUTE)
        systolic = (
            self.systolic
            + 4.0 * daytime
            + 6.0 * arousal
            + 5.0 * volume
            - 24.0 * severity
        )
        pulse_pressure = max(
            NARROWEST_PULSE_PRESSURE,
            self.pulse_pressure + 2.0 * arousal + 3.0 * volume - 10.0 * severity,
        )
        diastolic = systolic - pulse_pressure
        return {
            "systolic": systolic,
            "diastolic": diastolic,
            "mean_pressure": diastolic + pulse_pressure / 3.0,
        }
