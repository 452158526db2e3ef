"""Which readings of a stay are shown: by vital, device and time."""

from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import F, Q, QuerySet
from django.forms import DateTimeInput
from django.utils import timezone
from django_filters import ChoiceFilter, DateTimeFilter, FilterSet, ModelChoiceFilter

from monitoring.readings.models import Reading, ReadingQuerySet
from monitoring.vitals import VITALS, VitalName, off_bit
from wards.devices.models import Device

PERIODS: Final = {
    "1h": ("Last hour", timedelta(hours=1)),
    "4h": ("Last 4 hours", timedelta(hours=4)),
    "24h": ("Last 24 hours", timedelta(hours=24)),
}
ALL: Final = "all"
DEFAULT_PERIOD: Final = "4h"


def _minutes() -> DateTimeInput:
    return DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")


class ReadingFilter(FilterSet):
    """Readings of the last four hours unless told otherwise.

    From and to, if given, count instead of the period. ``devices`` are those to
    choose from.
    """

    period = ChoiceFilter(
        method="in_period",
        label="Period",
        empty_label=None,
        choices=[
            *((key, label) for key, (label, _) in PERIODS.items()),
            (ALL, "All that is kept"),
        ],
    )
    vital = ChoiceFilter(
        method="with_vital",
        label="Vital",
        empty_label="All vitals",
        choices=[(vital.name, vital.label) for vital in VITALS.values()],
    )
    device = ModelChoiceFilter(
        queryset=Device.objects.none(), label="Monitor", empty_label="All monitors"
    )
    since = DateTimeFilter(
        field_name="at", lookup_expr="gte", label="From", widget=_minutes()
    )
    until = DateTimeFilter(
        field_name="at", lookup_expr="lt", label="To", widget=_minutes()
    )

    class Meta:
        model = Reading
        fields: list[str] = []

    def __init__(self, data: Any, *, devices: QuerySet[Device], **options: Any) -> None:
        data = data.copy()
        data.setdefault("period", DEFAULT_PERIOD)
        super().__init__(data, **options)
        self.filters["device"].queryset = devices

    def in_period(
        self, readings: ReadingQuerySet, name: str, period: str
    ) -> ReadingQuerySet:
        has_times = self.data.get("since") or self.data.get("until")
        if period == ALL or has_times:
            return readings
        return readings.filter(at__gte=timezone.now() - PERIODS[period][1])

    def with_vital(
        self, readings: ReadingQuerySet, name: str, vital: VitalName
    ) -> ReadingQuerySet:
        is_off = F("off").bitand(off_bit(vital))
        return readings.alias(is_off=is_off).filter(
            Q(**{f"{vital}__isnull": False}) | ~Q(is_off=0)
        )

    @property
    def only_vital(self) -> VitalName | None:
        """The one vital asked for, or None for all."""
        chosen = self.form.cleaned_data.get("vital") if self.is_valid() else None
        return chosen or None

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but the usual is asked for."""
        return any(
            self.data.get(name)
            for name in self.form.fields
            if (name, self.data.get(name)) != ("period", DEFAULT_PERIOD)
        )


def older_than(
    readings: ReadingQuerySet, mark: tuple[datetime, int] | None
) -> ReadingQuerySet:
    """Readings in table order, newest first, from just after ``mark`` on.

    ``mark`` is instant and device of a reading already shown; None begins at the
    newest. A page found so costs the same however many come before it.
    """
    ordered = readings.order_by("-at", "-device_id")
    if mark is None:
        return ordered
    at, device_id = mark
    return ordered.filter(at__lte=at).filter(Q(at__lt=at) | Q(device_id__lt=device_id))
