"""Any other table with a heading: CSV, semicolons, tabs, by a mapping of columns."""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Final, cast

from monitoring.replay.recordings import (
    BadRecording,
    Recording,
    Row,
    Values,
    in_time_order,
    is_not_measured,
    number,
    read_text,
)
from monitoring.vitals import VITAL_NAMES, VitalName

SECONDS_IN: Final = MappingProxyType(
    {"ms": 0.001, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0}
)
DELIMITERS: Final = ",;\t|"
TIME: Final = "time"
# What monitors print where they show no value: dashes or question marks.
_NO_VALUE: Final = re.compile(r"-[-?]*|\?[-?]*")
_CLOCK: Final = re.compile(r"(\d+):([0-5]?\d)(?::([0-5]?\d(?:\.\d+)?))?")


@dataclass(frozen=True, slots=True)
class Layout:
    """How to read a table: which column is what, in which unit of time.

    ``vitals`` maps a vital to its column; values must be in registry units already.
    ``time`` holds numbers in ``time_unit``, clock times ``hh:mm[:ss]`` since the
    beginning, or ISO 8601 timestamps. ``delimiter`` is found out where it is None.
    """

    time: str
    vitals: Mapping[VitalName, str]
    time_unit: str = "s"
    delimiter: str | None = None


def parse_columns(
    text: str, *, time_unit: str = "s", delimiter: str | None = None
) -> Layout:
    """Return the layout written as ``time=Time [s],heart_rate=HR,spo2=SpO2``.

    Raises:
        BadRecording: not of that form, no ``time``, or no such vital or time unit.

    >>> parse_columns("time=t,spo2=Sat").vitals
    {'spo2': 'Sat'}
    """
    if time_unit not in SECONDS_IN:
        known = ", ".join(SECONDS_IN)
        raise BadRecording(f"There is no time unit {time_unit!r}; known: {known}.")
    columns: dict[str, str] = {}
    for part in text.split(","):
        name, equals, column = (piece.strip() for piece in part.partition("="))
        if not equals or not column:
            raise BadRecording(f"--columns: {part!r} is not of the form vital=column.")
        if name != TIME and name not in VITAL_NAMES:
            known = ", ".join(VITAL_NAMES)
            raise BadRecording(f"--columns: no vital is named {name!r}; known: {known}")
        if name in columns:
            raise BadRecording(f"--columns: {name} is given twice.")
        columns[name] = column
    time = columns.pop(TIME, None)
    if time is None or not columns:
        raise BadRecording("--columns needs time=… and at least one vital.")
    return Layout(time, cast("dict[VitalName, str]", columns), time_unit, delimiter)


def read(path: Path, layout: Layout) -> Recording:
    """Return the recording, in time order whatever the file's.

    An empty cell or ``NaN`` is "not measured"; dashes or question marks, as monitors
    print them, are "no value". A timestamp without an offset is taken as UTC: only
    the distances between rows matter.

    Raises:
        BadRecording: a column is missing or a cell cannot be read.
    """
    text = read_text(path)
    lines = csv.reader(text.splitlines(), delimiter=_delimiter(text, layout, path))
    heading = [cell.strip() for cell in next(lines, [])]
    for column in (layout.time, *layout.vitals.values()):
        if column not in heading:
            raise BadRecording(
                f"{path} has no column {column!r}. It has: {', '.join(heading)}."
            )
    rows = []
    for line in lines:
        where = f"{path}, line {lines.line_num}"
        if not any(cell.strip() for cell in line):
            continue
        if len(line) != len(heading):
            raise BadRecording(f"{where}: {len(line)} cells, not {len(heading)}.")
        cells = dict(zip(heading, line, strict=True))
        offset = _seconds(cells[layout.time], layout, where=f"{where}, {layout.time}")
        rows.append(Row(offset, _values(cells, layout, where=where)))
    used = {layout.time, *layout.vitals.values()}
    ignored = tuple(cell for cell in heading if cell not in used)
    return Recording(path.name, "csv", in_time_order(rows), ignored)


def _delimiter(text: str, layout: Layout, path: Path) -> str:
    if layout.delimiter is not None:
        return layout.delimiter
    first = text.partition("\n")[0]
    counts = {mark: first.count(mark) for mark in DELIMITERS}
    best = max(counts, key=counts.__getitem__)
    if not counts[best] or list(counts.values()).count(counts[best]) > 1:
        raise BadRecording(f"{path}: say with --delimiter what parts its columns.")
    return best


def _values(cells: dict[str, str], layout: Layout, *, where: str) -> Values:
    values: Values = {}
    for vital, column in layout.vitals.items():
        text = cells[column].strip()
        if _NO_VALUE.fullmatch(text):
            values[vital] = None
        elif not is_not_measured(text):
            values[vital] = number(text, where=f"{where}, {column}")
    return values


def _seconds(text: str, layout: Layout, *, where: str) -> float:
    text = text.strip()
    clock = _CLOCK.fullmatch(text)
    if clock is not None:
        hours, minutes, seconds = clock.groups(default="0")
        return int(hours) * 3600 + int(minutes) * 60 + float(seconds)
    # A bare number is one even where it could pass for a date, as 20261120 could.
    if re.fullmatch(r"[-+]?[\d.]+(?:[eE][-+]?\d+)?", text):
        return number(text, where=where) * SECONDS_IN[layout.time_unit]
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise BadRecording(
            f"{where}: {text!r} is neither a number, hh:mm[:ss] nor an ISO timestamp."
        ) from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()
