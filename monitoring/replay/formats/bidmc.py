"""BIDMC PPG and Respiration Dataset 1.0.0, numerics (doi 10.13026/C2208R).

``Time [s]`` from 0, then one column a parameter, once a second. An empty cell or
``NaN`` is a second in which the monitor showed no value.
"""

import csv
from pathlib import Path
from types import MappingProxyType
from typing import Final

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
from monitoring.vitals import VitalName

TIME: Final = "Time [s]"
COLUMNS: Final = MappingProxyType[str, VitalName](
    {
        "HR": "heart_rate",
        "PULSE": "pulse_rate",
        "RESP": "respiratory_rate",
        "SpO2": "spo2",
    }
)


def recognises(first_line: str) -> bool:
    """Tell whether a file that begins so is of this format."""
    heading = [cell.strip() for cell in first_line.split(",")]
    return heading[0] == TIME and set(COLUMNS) <= set(heading)


def read(path: Path) -> Recording:
    """Return the recording.

    Raises:
        BadRecording: the heading or a cell is not of this format.
    """
    lines = csv.reader(read_text(path).splitlines())
    heading = [cell.strip() for cell in next(lines, [])]
    if TIME not in heading or not set(COLUMNS) & set(heading):
        raise BadRecording(f"{path} is no BIDMC numerics file: its heading differs.")
    rows = []
    for line in lines:
        where = f"{path}, line {lines.line_num}"
        if len(line) != len(heading):
            raise BadRecording(f"{where}: {len(line)} cells, not {len(heading)}.")
        cells = dict(zip(heading, line, strict=True))
        values: Values = {
            vital: (
                None
                if is_not_measured(cells[column])
                else number(cells[column], where=f"{where}, {column}")
            )
            for column, vital in COLUMNS.items()
            if column in cells
        }
        rows.append(Row(number(cells[TIME], where=f"{where}, {TIME}"), values))
    ignored = tuple(cell for cell in heading if cell not in {TIME, *COLUMNS})
    return Recording(path.name, "bidmc", in_time_order(rows), ignored)
