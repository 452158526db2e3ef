"""Readings as people read them: what was measured, what is late, off or struck out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from monitoring.readings.models import Reading, StruckOutValue
from monitoring.vitals import VITAL_NAMES, VITALS, VitalName, off_bit

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Cell:
    """One vital of one reading: a number, "off", or a number that was struck out."""

    text: str
    is_off: bool = False
    struck_out: StruckOutValue | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One reading and what was later said of its values."""

    reading: Reading
    cells: dict[VitalName, Cell]

    @property
    def late_by(self) -> float | None:
        """Seconds from measurement to arrival, where that counts as late."""
        reading = self.reading
        if not reading.is_late:
            return None
        return (reading.received_at - reading.at).total_seconds()

    @property
    def key(self) -> int:
        """The instant in microseconds since 1970 UTC, as addresses carry it."""
        return microseconds(self.reading.at)


def microseconds(moment: datetime) -> int:
    """Return an aware instant in microseconds since 1970 UTC, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def instant(number: int) -> datetime:
    """Return the aware instant that ``microseconds`` made a number of.

    Raises:
        OverflowError: no calendar goes that far.
    """
    return _EPOCH + timedelta(microseconds=number)


def rows_of(readings: Sequence[Reading]) -> list[Row]:
    """Join readings with what was struck out of them. One query."""
    if not readings:
        return []
    instants = [reading.at for reading in readings]
    struck = {
        (item.device_id, item.at, item.vital): item
        for item in StruckOutValue.objects.filter(
            device__in={reading.device_id for reading in readings},
            at__range=(min(instants), max(instants)),
        ).select_related("struck_out_by")
    }
    return [
        Row(
            reading,
            {
                name: cell
                for name in VITAL_NAMES
                if (cell := _cell(reading, name, struck))
            },
        )
        for reading in readings
    ]


def _cell(
    reading: Reading,
    name: VitalName,
    struck: dict[tuple[int, datetime, str], StruckOutValue],
) -> Cell | None:
    value: float | None = getattr(reading, name)
    if value is None:
        return Cell("off", is_off=True) if reading.off & off_bit(name) else None
    said = struck.get((reading.device_id, reading.at, name))
    return Cell(in_full(value, VITALS[name].decimals), struck_out=said)


def in_full(value: float, decimals: int) -> str:
    """Return a stored value with all its digits, and at least ``decimals`` places.

    >>> in_full(78.0, 0), in_full(36.5, 1), in_full(97.25, 0)
    ('78', '36.5', '97.25')
    """
    short = f"{value:.{decimals}f}"
    return short if float(short) == value else repr(value)


def vitals_in(rows: Iterable[Row]) -> list[VitalName]:
    """Return the vitals that occur in rows, in the registry's order."""
    seen = {name for row in rows for name in row.cells}
    return [name for name in VITAL_NAMES if name in seen]
