"""Every format a recording may come in, and which one a file is."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from monitoring.replay.formats import bidmc, challenge2012, challenge2019, table, wfdb
from monitoring.replay.recordings import BadRecording, Recording, read_text


@dataclass(frozen=True, slots=True)
class Format:
    """How a format is told from others by its first line, and how it is read."""

    description: str
    recognises: Callable[[str], bool]
    read: Callable[[Path], Recording]


# Generic tables are not here: nothing can be known of them without --columns.
FORMATS: Final = MappingProxyType(
    {
        "bidmc": Format(
            "BIDMC numerics, one row a second (.csv)", bidmc.recognises, bidmc.read
        ),
        "challenge2012": Format(
            "PhysioNet Challenge 2012, long form (.txt)",
            challenge2012.recognises,
            challenge2012.read,
        ),
        "challenge2019": Format(
            "PhysioNet Challenge 2019, one row an hour (.psv)",
            challenge2019.recognises,
            challenge2019.read,
        ),
        "wfdb": Format("WFDB numerics, format 16 (.hea)", wfdb.recognises, wfdb.read),
    }
)
TABLE: Final = "csv"
NAMES: Final = (*FORMATS, TABLE)


def read(
    path: Path, format_name: str | None = None, *, table_as: table.Layout | None = None
) -> Recording:
    """Return the recording in a file; ``format_name`` is found out where not given.

    ``table_as`` says how to read a table of unknown make and is needed for that alone.

    Raises:
        BadRecording: the file is missing, of no known format, or breaks its format.
    """
    name = format_name or (TABLE if table_as else detect(path))
    if name == TABLE:
        if table_as is None:
            raise BadRecording(
                "For a table say which column is what, for example --columns "
                '"time=Time [s],heart_rate=HR,spo2=SpO2".'
            )
        return table.read(path, table_as)
    if table_as is not None:
        raise BadRecording(f"--columns is for --format {TABLE}; {name} has its own.")
    if name not in FORMATS:
        raise BadRecording(f"There is no format {name!r}. {_choices()}")
    return FORMATS[name].read(path)


def detect(path: Path) -> str:
    """Return the name of the only format that recognises the file.

    Raises:
        BadRecording: no format or more than one does; the text lists them all.
    """
    if path.suffix == wfdb.HEADER_SUFFIX or wfdb.header_of(path).is_file():
        return "wfdb"
    lines = read_text(path).splitlines()
    first = lines[0] if lines else ""
    found = [name for name, known in FORMATS.items() if known.recognises(first)]
    if len(found) != 1:
        raise BadRecording(
            f"{path} begins like {'no' if not found else 'more than one'} known "
            f"format. {_choices()}"
        )
    return found[0]


def _choices() -> str:
    known = "; ".join(f"{name}: {known.description}" for name, known in FORMATS.items())
    return (
        f"Give one with --format ({known}), or describe any other table with --columns."
    )
