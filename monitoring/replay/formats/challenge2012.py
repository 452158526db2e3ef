"""PhysioNet/CinC Challenge 2012 (Silva et al.), chart events in long form.

``Time,Parameter,Value``: one value a line, ``hh:mm`` since ICU admission. What shares
a minute becomes one reading. Six descriptors stand at 00:00, ``-1`` where unknown.
``Glucose`` is a laboratory result in mg/dL, no bedside strip, and is left out.
"""

import csv
import re
from collections import defaultdict
from pathlib import Path
from types import MappingProxyType
from typing import Final

from monitoring.replay.recordings import (
    BadRecording,
    Recording,
    Row,
    Values,
    in_time_order,
    number,
    one_pressure,
    read_text,
)
from monitoring.vitals import VitalName

HEADING: Final = "Time,Parameter,Value"
PLAIN: Final = MappingProxyType[str, VitalName](
    {
        "HR": "heart_rate",
        "RespRate": "respiratory_rate",
        "SaO2": "spo2",
        "Temp": "temperature",
        "Weight": "weight",
    }
)
ARTERIAL: Final = MappingProxyType[str, VitalName](
    {"SysABP": "systolic", "DiasABP": "diastolic", "MAP": "mean_pressure"}
)
CUFF: Final = MappingProxyType[str, VitalName](
    {"NISysABP": "systolic", "NIDiasABP": "diastolic", "NIMAP": "mean_pressure"}
)
UNKNOWN: Final = -1
_TIME: Final = re.compile(r"(\d+):([0-5]\d)")


def recognises(first_line: str) -> bool:
    """Tell whether a file that begins so is of this format."""
    return first_line.strip() == HEADING


def read(path: Path) -> Recording:
    """Return the recording, with a row for every minute that has a vital.

    A cuff pressure of 0 is a failed measurement and comes as "no value". Where a
    parameter stands twice in one minute, its last value counts.

    Raises:
        BadRecording: the heading or a line is not of this format.
    """
    lines = csv.reader(read_text(path).splitlines())
    if not recognises(",".join(next(lines, []))):
        raise BadRecording(f"{path} is no Challenge 2012 file: it lacks {HEADING!r}.")
    moments: defaultdict[int, dict[str, float]] = defaultdict(dict)
    ignored = set()
    for line in lines:
        where = f"{path}, line {lines.line_num}"
        if len(line) != 3:
            raise BadRecording(f"{where}: {len(line)} cells, not 3.")
        time, parameter, text = line
        if parameter not in PLAIN | ARTERIAL | CUFF:
            ignored.add(parameter)
            continue
        value = number(text, where=f"{where}, {parameter}")
        if value != UNKNOWN:
            moments[_seconds(time, where=where)][parameter] = value
    rows = (Row(float(seconds), _values(held)) for seconds, held in moments.items())
    return Recording(
        path.name, "challenge2012", in_time_order(rows), tuple(sorted(ignored))
    )


def _seconds(text: str, *, where: str) -> int:
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise BadRecording(f"{where}: {text!r} is not a time as hh:mm.")
    return int(match[1]) * 3600 + int(match[2]) * 60


def _values(held: dict[str, float]) -> Values:
    plain: Values = {vital: held[name] for name, vital in PLAIN.items() if name in held}
    arterial: Values = {
        vital: held[name] for name, vital in ARTERIAL.items() if name in held
    }
    cuff: Values = {
        vital: held[name] or None for name, vital in CUFF.items() if name in held
    }
    return plain | one_pressure(arterial, cuff)
