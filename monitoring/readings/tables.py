"""A stay's readings as a table."""

from collections.abc import Sequence
from typing import Any

import django_tables2 as tables

from monitoring.readings.rows import Row
from monitoring.vitals import VITALS, VitalName

_NUMBER = {"td": {"class": "text-end"}, "th": {"class": "text-end"}}


class ReadingTable(tables.Table):
    """One row a reading, newest first; a column for every vital asked for."""

    at = tables.TemplateColumn(
        template_name="readings/cells/at.html",
        accessor="reading__at",
        verbose_name="Measured",
    )
    device = tables.Column(
        accessor="reading__device__serial",
        verbose_name="Monitor",
        attrs={"td": {"class": "ww-nowrap"}},
    )
    strike = tables.TemplateColumn(
        template_name="readings/cells/strike.html",
        verbose_name="Wrong?",
        accessor="key",
    )

    class Meta:
        orderable = False
        sequence = ("at", "...", "device", "strike")

    def __init__(
        self, rows: Sequence[Row], *, vitals: Sequence[VitalName], **options: Any
    ) -> None:
        columns = [
            (
                name,
                tables.TemplateColumn(
                    template_name="readings/cells/value.html",
                    accessor=f"cells__{name}",
                    verbose_name=f"{VITALS[name].short} {VITALS[name].unit_label}",
                    attrs=_NUMBER,
                ),
            )
            for name in vitals
        ]
        super().__init__(rows, extra_columns=columns, **options)
