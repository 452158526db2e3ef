"""Readings as CSV, streamed however many there are."""

import csv
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

from channels.db import database_sync_to_async
from django.utils import timezone

from monitoring.readings.filters import older_than
from monitoring.readings.models import ReadingQuerySet
from monitoring.readings.rows import Row, rows_of
from monitoring.vitals import VITALS, VitalName

BATCH: Final = 2000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


async def csv_lines(
    readings: ReadingQuerySet, vitals: Sequence[VitalName]
) -> AsyncIterator[str]:
    """Yield a header and a line a reading, newest first.

    Times are ISO 8601 with the hospital's offset, values in the units of the header.
    A value that was struck out stands in the last column with who, when and why, and
    not among the values.
    """
    writer: Any = csv.writer(_Echo())
    yield writer.writerow(
        [
            "at",
            "received_at",
            "monitor",
            "late",
            *(f"{name} ({VITALS[name].unit_label})" for name in vitals),
            "sensor_off",
            "struck_out",
        ]
    )
    mark: tuple[datetime, int] | None = None
    while True:
        batch = await _read(readings, mark)
        yield "".join(writer.writerow(_line(row, vitals)) for row in batch)
        if len(batch) < BATCH:
            return
        last = batch[-1].reading
        mark = last.at, last.device_id


@database_sync_to_async
def _read(readings: ReadingQuerySet, mark: tuple[datetime, int] | None) -> list[Row]:
    return rows_of(list(older_than(readings, mark)[:BATCH]))


def _line(row: Row, vitals: Sequence[VitalName]) -> list[str]:
    shown = {name: row.cells[name] for name in vitals if name in row.cells}
    return [
        timezone.localtime(row.reading.at).isoformat(),
        timezone.localtime(row.reading.received_at).isoformat(),
        safe(row.reading.device.serial),
        "yes" if row.reading.is_late else "no",
        *(
            shown[name].text
            if name in shown and not shown[name].is_off and not shown[name].struck_out
            else ""
            for name in vitals
        ),
        " ".join(name for name, cell in shown.items() if cell.is_off),
        safe("; ".join(_said(name, row) for name in shown if _said(name, row))),
    ]


def _said(name: VitalName, row: Row) -> str:
    said = row.cells[name].struck_out
    if said is None:
        return ""
    when = timezone.localtime(said.struck_out_at).isoformat(timespec="seconds")
    return (
        f"{name} {row.cells[name].text}: {said.reason} ({said.struck_out_by}, {when})"
    )


def safe(text: str) -> str:
    """Return text that no spreadsheet takes for a formula.

    >>> safe("=1+1"), safe("SIM-N01")
    ("'=1+1", 'SIM-N01')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
