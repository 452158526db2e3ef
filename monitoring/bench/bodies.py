"""Readings as bodies, each of an instant nobody posted before."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count

_VALUES = (
    '"heart_rate":%d,"spo2":97,"respiratory_rate":16,"systolic":118,'
    '"diastolic":76,"mean_pressure":90,"temperature":36.8'
)
_instants = count(1)


def instant() -> datetime:
    """Return an aware time of this day that no other call returns, hours in the past.

    Two hundred microseconds apart, so that a run of any length stays within a day.
    """
    start = datetime.now(UTC) - timedelta(hours=30)
    return start.replace(minute=0, second=0, microsecond=0) + timedelta(
        microseconds=200 * next(_instants)
    )


def single(number: int) -> bytes:
    """A post of one reading."""
    return f'{{"readings":[{_reading(number)}]}}'.encode()


def batch_of(size: int) -> Callable[[int], bytes]:
    """Return a function making posts of ``size`` readings."""

    def batch(number: int) -> bytes:
        readings = ",".join(_reading(number + n) for n in range(size))
        return f'{{"readings":[{readings}]}}'.encode()

    return batch


def _reading(number: int) -> str:
    return f'{{"at":"{instant().isoformat()}",{_VALUES % (60 + number % 40)}}}'
