"""What every format of recording is turned into, and the words for what is wrong."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, NamedTuple

from monitoring.vitals import VitalName

Values = dict[VitalName, float | None]
"""Vitals of one instant, in registry units.

``None``: the device says it has no value (sensor off, failed cuff). A vital that is
not a key was not measured at that instant, which says nothing about its sensor.
"""

NOT_MEASURED: Final = frozenset({"", "nan", "na", "n/a", "null", "none"})
"""What an empty cell may look like, in lower case."""


class BadRecording(ValueError):
    """A file that cannot be played; the text is for whoever started the replay."""


class Row(NamedTuple):
    """One instant of a recording: seconds since its own zero, and its vitals."""

    offset_seconds: float
    values: Values


@dataclass(frozen=True, slots=True)
class Recording:
    """A file read to its end, in time order.

    ``began`` is the recording's own clock at its zero, as the file has it: naive,
    often shifted centuries to hide the date, and never used as a reading's time.
    ``ignored`` names what the file holds beside the vitals Wardwatch knows.
    """

    name: str
    format: str
    rows: Sequence[Row]
    ignored: tuple[str, ...] = ()
    began: datetime | None = None

    @property
    def seconds(self) -> float:
        """From the first row to the last."""
        return seconds_of(self.rows)


def seconds_of(rows: Sequence[Row]) -> float:
    """Return the seconds from the first row to the last; 0 where there is none."""
    return rows[-1].offset_seconds - rows[0].offset_seconds if rows else 0.0


def in_time_order(rows: Iterable[Row]) -> list[Row]:
    """Return the rows by time; rows of the same instant keep the file's order."""
    return sorted(rows, key=lambda row: row.offset_seconds)


def read_text(path: Path) -> str:
    """Return a text file's content, with or without a byte-order mark.

    What is not UTF-8 is read as Windows-1252: spreadsheets still write it, and the
    degree sign in a heading is usually all that differs.

    Raises:
        BadRecording: the file is missing, unreadable or no text.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise BadRecording(f"{path}: {reason}.") from None
    if b"\0" in raw:
        raise BadRecording(
            f"{path} is not a text file. For a WFDB record give its .hea file."
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def number(text: str, *, where: str) -> float:
    """Return the number in a cell exactly as it stands, never rounded or clipped.

    Raises:
        BadRecording: it is no finite number; ``where`` says which cell.
    """
    try:
        value = float(text)
    except ValueError:
        raise BadRecording(f"{where}: {text!r} is not a number.") from None
    if not math.isfinite(value):
        raise BadRecording(f"{where}: {text!r} is not a finite number.")
    return value


def is_not_measured(text: str) -> bool:
    """Tell whether a cell is empty, in any of the ways files write that."""
    return text.strip().lower() in NOT_MEASURED


def one_pressure(arterial: Values, cuff: Values) -> Values:
    """Choose whose pressures a reading carries: the arterial line's or the cuff's.

    Both would be the same three vitals. The line wins where it has a value, because
    it measures directly. They are never mixed: systolic of one beside mean of the
    other would be a pressure nobody measured.
    """
    if any(value is not None for value in arterial.values()):
        return arterial
    return cuff or arterial
