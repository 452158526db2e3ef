"""WFDB records of numerics in format 16: a text header and interleaved samples.

Written from the published header format (WFDB Applications Guide, header(5) and
signal(5)). Waveforms, other formats and records of several segments are refused by
name, not guessed at. The full WFDB package would bring four large libraries with it.
"""

import sys
from array import array
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from monitoring.replay.formats.wfdb_header import Header, Signal, parse_header
from monitoring.replay.recordings import (
    BadRecording,
    Recording,
    Row,
    Values,
    one_pressure,
)
from monitoring.vitals import VITALS, VitalName

HEADER_SUFFIX: Final = ".hea"
NO_VALUE: Final = -32768

# Signal names in lower case without spaces, as MIMIC's monitors and others have them.
PLAIN: Final = MappingProxyType[str, VitalName](
    {
        "hr": "heart_rate",
        "pulse": "pulse_rate",
        "resp": "respiratory_rate",
        "spo2": "spo2",
        "temp": "temperature",
        "etco2": "etco2",
    }
)
ARTERIAL: Final = MappingProxyType[str, VitalName](
    {"abpsys": "systolic", "abpdias": "diastolic", "abpmean": "mean_pressure"}
)
CUFF: Final = MappingProxyType[str, VitalName](
    {"nbpsys": "systolic", "nbpdias": "diastolic", "nbpmean": "mean_pressure"}
)
# A header without the unit says it is that of the vital. Any other is not converted.
UNITS: Final = MappingProxyType(
    {
        "/min": {"bpm", "/min", "pm", "rpm"},
        "%": {"%", "percent"},
        "mm[Hg]": {"mmhg", "mm[hg]"},
        "Cel": {"cel", "degc", "c", "°c"},
    }
)


def recognises(first_line: str) -> bool:
    """Tell nothing: a record is known by the name of its header, not by a line."""
    return False


def header_of(path: Path) -> Path:
    """Return where the header of a record lies; records go by name without suffix."""
    if path.suffix == HEADER_SUFFIX:
        return path
    return path.with_name(path.name + HEADER_SUFFIX)


def read(path: Path) -> Recording:
    """Return the recording named by its header or by its record name.

    A sample of -32768 is "not measured". A value of 0 is what these monitors write
    for a sensor that is disconnected or a cuff that failed, and is "no value".

    Raises:
        BadRecording: a file is missing, damaged, or of a kind not read here.
    """
    header = header_of(path)
    if not header.is_file():
        raise BadRecording(f"{path}: give a WFDB record by its .hea file.")
    known = parse_header(header.read_text(encoding="latin-1"), where=str(header))
    vitals = _vitals_of(known.signals, where=str(header))
    rows = []
    for index, frame in enumerate(zip(*_columns(header, known), strict=True)):
        held: dict[str, float | None] = {
            signal.key: (sample - signal.baseline) / signal.gain or None
            for signal, sample in zip(known.signals, frame, strict=True)
            if signal.key in vitals and sample != NO_VALUE
        }
        rows.append(Row(index / known.frequency, _values(held)))
    ignored = tuple(s.label for s in known.signals if s.key not in vitals)
    return Recording(path.name, "wfdb", rows, ignored, known.began)


def _vitals_of(signals: Sequence[Signal], *, where: str) -> dict[str, VitalName]:
    names = PLAIN | ARTERIAL | CUFF
    found = {s.key: names[s.key] for s in signals if s.key in names}
    for signal in signals:
        if signal.key not in found or not signal.unit:
            continue
        unit = VITALS[found[signal.key]].unit
        if signal.unit.lower() not in UNITS[unit]:
            raise BadRecording(
                f"{where}: {signal.label} is in {signal.unit}, not in {unit}, "
                "and is not converted."
            )
    return found


def _columns(path: Path, header: Header) -> list[Sequence[int]]:
    """Return the samples of every signal, in the header's order.

    Raises:
        BadRecording: a sample file is missing, or they differ in length.
    """
    columns: dict[int, Sequence[int]] = {}
    for file in {signal.file for signal in header.signals}:
        places = [i for i, signal in enumerate(header.signals) if signal.file == file]
        signals = [header.signals[place] for place in places]
        columns |= zip(places, _samples(path, file, signals, header), strict=True)
    if len({len(column) for column in columns.values()}) > 1:
        raise BadRecording(f"{path}: its sample files differ in length.")
    return [columns[place] for place in sorted(columns)]


def _samples(
    path: Path, file: str, signals: Sequence[Signal], header: Header
) -> list[Sequence[int]]:
    """Return the columns of one sample file, checked against the header's sums."""
    try:
        raw = (path.parent / file).read_bytes()[signals[0].skip :]
    except OSError as error:
        raise BadRecording(f"{path} needs {file}: {error.strerror}.") from None
    width = 2 * len(signals)
    count = len(raw) // width if header.samples is None else header.samples
    if len(raw) < count * width:
        raise BadRecording(f"{file} is cut short: {len(raw)} bytes of {count * width}.")
    samples = array("h", raw[: count * width])
    if sys.byteorder == "big":
        samples.byteswap()
    columns: list[Sequence[int]] = []
    for position, signal in enumerate(signals):
        column = samples[position :: len(signals)]
        if signal.checksum is not None and (sum(column) - signal.checksum) % 65536:
            raise BadRecording(f"{file} is damaged: {signal.label} fails its checksum.")
        columns.append(column)
    return columns


def _values(held: dict[str, float | None]) -> Values:
    def of(names: MappingProxyType[str, VitalName]) -> Values:
        return {vital: held[key] for key, vital in names.items() if key in held}

    return of(PLAIN) | one_pressure(of(ARTERIAL), of(CUFF))
