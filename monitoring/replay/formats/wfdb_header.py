"""The text header of a WFDB record: which samples lie where, and what they mean.

Written from the published format (WFDB Applications Guide, header(5)).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitoring.replay.recordings import BadRecording, number

DEFAULT_GAIN: Final = 200.0
DEFAULT_FREQUENCY: Final = 250.0

_RECORD: Final = re.compile(
    r"(?P<name>[^\s/]+)(?P<segments>/\d+)?\s+(?P<signals>\d+)"
    r"(?:\s+(?P<frequency>[\d.eE+-]+)(?:/\S+)?)?"
    r"(?:\s+(?P<samples>\d+))?"
    r"(?:\s+(?P<time>\d+:\d+(?::\d+(?:\.\d+)?)?))?"
    r"(?:\s+(?P<date>\d+/\d+/\d+))?\s*"
)
_SIGNAL: Final = re.compile(
    r"(?P<file>\S+)\s+(?P<format>\d+)(?P<layout>[x:]\d+\S*)?(?:\+(?P<skip>\d+))?"
    r"(?:\s+(?P<gain>[\d.eE+-]+)(?:\((?P<baseline>-?\d+)\))?(?:/(?P<unit>\S+))?)?"
    r"(?:\s+\d+)?(?:\s+(?P<zero>-?\d+))?"
    r"(?:\s+-?\d+)?(?:\s+(?P<checksum>-?\d+))?(?:\s+\d+)?(?:\s+(?P<label>.*\S))?\s*"
)


@dataclass(frozen=True, slots=True)
class Signal:
    """One column of samples: physical value = (sample - baseline) / gain."""

    label: str
    file: str
    skip: int
    gain: float
    baseline: int
    unit: str
    checksum: int | None

    @property
    def key(self) -> str:
        """The label as the tables above spell it."""
        return re.sub(r"[\s_-]", "", self.label).lower()


@dataclass(frozen=True, slots=True)
class Header:
    """What the text file says of the samples; ``frequency`` is samples a second."""

    frequency: float
    samples: int | None
    began: datetime | None
    signals: Sequence[Signal]


def parse_header(text: str, *, where: str) -> Header:
    """Return what a header says.

    Raises:
        BadRecording: it does not follow the format, or describes what is not read.
    """
    lines = [line for line in text.splitlines() if line.strip()]
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    record = _RECORD.fullmatch(lines[0]) if lines else None
    if record is None:
        raise BadRecording(f"{where} is no WFDB header.")
    if record["segments"]:
        raise BadRecording(f"{where} has several segments: give one segment's header.")
    signals = lines[1 : 1 + int(record["signals"])]
    if len(signals) != int(record["signals"]) or not signals:
        raise BadRecording(f"{where}: {len(signals)} of {record['signals']} signals.")
    frequency = number(record["frequency"] or str(DEFAULT_FREQUENCY), where=where)
    if not frequency > 0:
        raise BadRecording(f"{where}: {frequency} samples a second cannot be.")
    return Header(
        frequency,
        int(record["samples"]) if record["samples"] else None,
        _began(record["time"], record["date"]),
        [_signal(line, where=where) for line in signals],
    )


def _signal(line: str, *, where: str) -> Signal:
    match = _SIGNAL.fullmatch(line)
    if match is None:
        raise BadRecording(f"{where}: no signal line: {line!r}.")
    if match["format"] != "16" or match["layout"]:
        raise BadRecording(
            f"{where}: format {match['format']}{match['layout'] or ''} is not read, "
            "only numerics in format 16."
        )
    zero = int(match["zero"] or 0)
    return Signal(
        label=match["label"] or "",
        file=match["file"],
        skip=int(match["skip"] or 0),
        gain=number(match["gain"] or "0", where=where) or DEFAULT_GAIN,
        baseline=int(match["baseline"]) if match["baseline"] else zero,
        unit=match["unit"] or "",
        checksum=int(match["checksum"]) if match["checksum"] else None,
    )


def _began(time: str | None, date: str | None) -> datetime | None:
    if not time or not date:
        return None
    clock = time if "." in time else f"{time}.0"
    try:
        return datetime.strptime(f"{date} {clock}", "%d/%m/%Y %H:%M:%S.%f")  # noqa: DTZ007  the file has no zone
    except ValueError:
        return None
