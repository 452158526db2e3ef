"""PhysioNet/CinC Challenge 2019 (doi 10.13026/v64v-d857), hourly ICU vitals.

Pipe-separated, one row an ICU hour, ``NaN`` where nothing was charted: that is "not
measured", for a chart says nothing of a sensor. Values are hourly medians.
``Glucose`` and ``SaO2`` are laboratory results here and are left out.
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

HOUR: Final = "ICULOS"
COLUMNS: Final = MappingProxyType[str, VitalName](
    {
        "HR": "heart_rate",
        "O2Sat": "spo2",
        "Temp": "temperature",
        "SBP": "systolic",
        "MAP": "mean_pressure",
        "DBP": "diastolic",
        "Resp": "respiratory_rate",
        "EtCO2": "etco2",
    }
)


def recognises(first_line: str) -> bool:
    """Tell whether a file that begins so is of this format."""
    heading = set(first_line.strip().split("|"))
    return HOUR in heading and bool(heading & set(COLUMNS))


def read(path: Path) -> Recording:
    """Return the recording; hours without any vital stay as rows without values.

    Raises:
        BadRecording: the heading or a cell is not of this format.
    """
    lines = csv.reader(read_text(path).splitlines(), delimiter="|")
    heading = next(lines, [])
    if not recognises("|".join(heading)):
        raise BadRecording(f"{path} is no Challenge 2019 file: its heading differs.")
    rows = []
    for line in lines:
        where = f"{path}, line {lines.line_num}"
        if len(line) != len(heading):
            raise BadRecording(f"{where}: {len(line)} cells, not {len(heading)}.")
        cells = dict(zip(heading, line, strict=True))
        values: Values = {
            vital: number(cells[column], where=f"{where}, {column}")
            for column, vital in COLUMNS.items()
            if not is_not_measured(cells.get(column, ""))
        }
        hour = number(cells[HOUR], where=f"{where}, {HOUR}")
        rows.append(Row(hour * 3600, values))
    ignored = tuple(cell for cell in heading if cell not in {HOUR, *COLUMNS})
    return Recording(path.name, "challenge2019", in_time_order(rows), ignored)
