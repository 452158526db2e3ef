"""The vocabulary: every vital sign Wardwatch knows, in one registry.

Whatever needs a vital's name, unit, code or bound asks here and nowhere else:
the device endpoint, the storage, the board, exports. Sources are those of the
clinical reference, section 3: LOINC and UCUM codes from the FHIR R4 vital-signs
profile family, MDC codes from IEEE 11073-10101 as bedside monitors send them,
bounds as the project's own hard limits of what can physically be true.
"""

from dataclasses import dataclass
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from types import MappingProxyType
from typing import Final, Literal

VitalName = Literal[
    "heart_rate",
    "pulse_rate",
    "spo2",
    "respiratory_rate",
    "systolic",
    "diastolic",
    "mean_pressure",
    "temperature",
    "etco2",
    "glucose",
    "weight",
]


@dataclass(frozen=True, slots=True)
class Vital:
    """One kind of measurement and all that is fixed about it.

    ``low`` and ``high`` are inclusive, in ``unit`` (a UCUM code): outside them a
    value is physical nonsense and refused. They are no alarm limits and say
    nothing of what is healthy. Values below zero never get that far: no vital
    here can be negative, and monitors send such numbers to say "no value".

    ``decimals`` is how many places a screen shows. ``episodic`` marks vitals that
    are taken now and then (a cuff, a glucose strip, scales) and so may be much
    older than the device's last message without anything being wrong.
    """

    name: VitalName
    label: str
    short: str
    unit: str
    unit_label: str
    low: float
    high: float
    loinc: str
    mdc: tuple[int, ...] = ()
    decimals: int = 0
    episodic: bool = False
    never_up: bool = False

    def shown(self, value: float) -> str:
        """Return ``value`` as screens show it: with ``decimals`` places.

        Halves are rounded up in decimal arithmetic, so that 36.05 is 36.1 and never
        what its binary neighbour would give. Where ``never_up`` is set, a value is
        cut instead: 91.6 % of oxygen is shown, and later scored, as 91 (clinical
        reference, section 1, implementation traps).

        >>> VITALS["temperature"].shown(36.05), VITALS["spo2"].shown(91.6)
        ('36.1', '91')
        """
        step = Decimal(1).scaleb(-self.decimals)
        rounding = ROUND_FLOOR if self.never_up else ROUND_HALF_UP
        return str(Decimal(repr(value)).quantize(step, rounding))


# 1500 mg/dL, the hard bound of the reference, over 18.016 mg per mmol of glucose.
_GLUCOSE_HIGH: Final = 83.26

_ALL: Final[tuple[Vital, ...]] = (
    Vital(
        "heart_rate",
        "Heart rate",
        "HR",
        "/min",
        "/min",
        0,
        350,
        "8867-4",
        (147842,),
    ),
    Vital(
        "pulse_rate",
        "Pulse rate",
        "PR",
        "/min",
        "/min",
        0,
        350,
        "8867-4",
        (149530, 149546),
    ),
    Vital(
        "spo2",
        "Oxygen saturation",
        "SpO₂",
        "%",
        "%",
        0,
        100,
        "2708-6",
        (150456,),
        never_up=True,
    ),
    Vital(
        "respiratory_rate",
        "Respiratory rate",
        "RR",
        "/min",
        "/min",
        0,
        120,
        "9279-1",
        (151562, 151578, 151594, 151658),
    ),
    Vital(
        "systolic",
        "Systolic pressure",
        "Sys",
        "mm[Hg]",
        "mmHg",
        0,
        350,
        "8480-6",
        (150301, 150021, 150037, 150033),
        episodic=True,
    ),
    Vital(
        "diastolic",
        "Diastolic pressure",
        "Dia",
        "mm[Hg]",
        "mmHg",
        0,
        250,
        "8462-4",
        (150302, 150022, 150038, 150034),
        episodic=True,
    ),
    Vital(
        "mean_pressure",
        "Mean pressure",
        "MAP",
        "mm[Hg]",
        "mmHg",
        0,
        300,
        "8478-0",
        (150303, 150023, 150039, 150035),
        episodic=True,
    ),
    Vital(
        "temperature",
        "Temperature",
        "Temp",
        "Cel",
        "°C",
        10,
        46,
        "8310-5",
        (150344, 150364, 150368, 150392, 188420, 188424),
        decimals=1,
        episodic=True,
    ),
    Vital(
        "etco2",
        "End-tidal CO₂",
        "EtCO₂",
        "mm[Hg]",
        "mmHg",
        0,
        150,
        "19891-1",
        (151708,),
    ),
    Vital(
        "glucose",
        "Glucose",
        "Glu",
        "mmol/L",
        "mmol/L",
        0,
        _GLUCOSE_HIGH,
        "15074-8",
        (160184,),
        decimals=1,
        episodic=True,
    ),
    Vital(
        "weight",
        "Weight",
        "Wt",
        "kg",
        "kg",
        0.2,
        650,
        "29463-7",
        (188736,),
        decimals=1,
        episodic=True,
    ),
)

VITALS: Final = MappingProxyType({vital.name: vital for vital in _ALL})
"""Every vital by name, in the order screens show them and storage numbers them.

The order is part of the storage format (``Reading.off`` has one bit a vital):
new vitals are added at the end, none is moved.
"""

VITAL_NAMES: Final[tuple[VitalName, ...]] = tuple(vital.name for vital in _ALL)


def off_bit(name: VitalName) -> int:
    """Return the bit that marks ``name`` as "sensor off" in ``Reading.off``."""
    return 1 << VITAL_NAMES.index(name)
