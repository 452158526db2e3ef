"""Saying that a value is wrong."""

from typing import Any

from django import forms

from hospital.forms import HouseForm
from monitoring.readings.models import StruckOutValue
from monitoring.readings.rows import Row
from monitoring.vitals import VITALS


class StrikeOutForm(HouseForm, forms.Form):
    """Which value of one reading, and why."""

    vital = forms.ChoiceField(
        label="Which value is wrong?",
        widget=forms.RadioSelect,
        error_messages={"required": "Please choose one."},
    )
    reason = forms.CharField(
        label="Why?",
        error_messages={"required": "Please give a reason: it stays with the value."},
        max_length=StruckOutValue._meta.get_field("reason").max_length,
        help_text="Such as: probe on the wrong patient, cuff slipped, test signal.",
    )

    def __init__(self, *args: Any, row: Row, **options: Any) -> None:
        super().__init__(*args, **options)
        field = self.fields["vital"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [
            (name, f"{VITALS[name].label} {cell.text} {VITALS[name].unit_label}")
            for name, cell in row.cells.items()
            if not cell.is_off and cell.struck_out is None
        ]
        if len(field.choices) == 1:
            field.initial = field.choices[0][0]
