"""Equipment as tables."""

from typing import Any, Final

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from hospital.lists import NOTHING, cell
from hospital.templatetags.words import ago
from wards.devices.models import Device, Gateway
from wards.devices.words import is_drifted, skew_in_words

TONES: Final[dict[str, str]] = {
    Device.Status.IN_SERVICE: "success",
    Device.Status.MAINTENANCE: "notice",
    Device.Status.RETIRED: "",
}
"""How each status looks beside its word."""


def badge(text: str, tone: str) -> SafeString:
    """Return a word as a badge, like ``components/badge.html``."""
    return format_html('<span class="ww-badge" data-tone="{}">{}</span>', tone, text)


class DeviceTable(tables.Table):
    """One row a device: what it is, whom it is with, how it is."""

    serial = tables.Column(attrs={"td": {"class": "ww-cell-name"}})
    model = tables.Column(attrs=cell("ww-cell-text"))
    kind = tables.Column(attrs=cell("ww-nowrap"))
    status = tables.Column(attrs=cell("ww-nowrap"))
    place = tables.Column(
        accessor="is_assigned",
        verbose_name="With",
        order_by=("-is_assigned", "ward_name", "bed_label"),
        attrs=cell("ww-nowrap"),
    )
    heard = tables.Column(
        accessor="contact__last_heard_at",
        verbose_name="Last heard",
        empty_values=(),
        attrs=cell("ww-nowrap", label="Heard"),
    )
    battery = tables.Column(
        accessor="contact__battery_percent",
        verbose_name="Battery",
        attrs=cell("text-end", "ww-nowrap", label="Battery"),
    )
    clock = tables.Column(
        accessor="contact__clock_skew",
        verbose_name="Clock",
        empty_values=(),
        attrs=cell("ww-nowrap", label="Clock"),
    )
    firmware = tables.Column(
        accessor="contact__firmware",
        verbose_name="Firmware",
        attrs=cell("ww-nowrap", label="Firmware"),
    )

    class Meta:
        order_by = "serial"

    def render_serial(self, record: Device) -> SafeString:
        return format_html(
            '<a id="device-{}" href="{}">{}</a>',
            record.pk,
            reverse("device", args=[record.pk]),
            record.serial,
        )

    def render_kind(self, record: Device) -> str:
        return record.get_kind_display()

    def render_status(self, record: Device) -> SafeString | str:
        """A badge for what is out of the ordinary only."""
        word = record.get_status_display()
        if record.status == Device.Status.IN_SERVICE:
            return word
        return badge(word, TONES[record.status])

    def render_place(self, record: Any) -> SafeString | str:
        """Where the patient lies, or only that there is one, or that it is free."""
        if record.bed_label:
            return format_html(
                "<strong>{}</strong> · {}", record.bed_label, record.ward_name
            )
        if record.is_assigned:
            return "Assigned"
        return "Free" if record.status == Device.Status.IN_SERVICE else NOTHING

    def render_heard(self, record: Device) -> SafeString:
        last = record.contact.last_heard_at
        text = ago(last, "Never")
        if record.is_silent(at=timezone.now()):
            return format_html("{} {}", text, badge("Silent", "notice"))
        return format_html("{}", text)

    def render_battery(self, record: Device) -> str:
        return f"{record.contact.battery_percent:.0f} %"

    def render_clock(self, record: Device) -> SafeString | str:
        skew = record.contact.clock_skew
        if skew is None:
            return NOTHING
        words = skew_in_words(skew)
        return badge(words, "notice") if is_drifted(skew) else words

    def order_heard(
        self, rows: QuerySet[Device], is_descending: bool
    ) -> tuple[QuerySet[Device], bool]:
        """Those never heard stand last either way: they are not the longest silent."""
        return _nulls_last(rows, "contact__last_heard_at", is_descending)

    def order_battery(
        self, rows: QuerySet[Device], is_descending: bool
    ) -> tuple[QuerySet[Device], bool]:
        return _nulls_last(rows, "contact__battery_percent", is_descending)

    def order_clock(
        self, rows: QuerySet[Device], is_descending: bool
    ) -> tuple[QuerySet[Device], bool]:
        return _nulls_last(rows, "contact__clock_skew", is_descending)


def _nulls_last(
    rows: QuerySet[Device], field: str, is_descending: bool
) -> tuple[QuerySet[Device], bool]:
    by = F(field)
    order = by.desc(nulls_last=True) if is_descending else by.asc(nulls_last=True)
    return rows.order_by(order, "serial"), True


class GatewayTable(tables.Table):
    """One row a gateway."""

    name = tables.Column(attrs={"td": {"class": "ww-cell-name"}})
    status = tables.Column(attrs=cell("ww-nowrap"))
    device_count = tables.Column(
        verbose_name="Posts for", attrs=cell("text-end", "ww-nowrap", label="Posts for")
    )
    key_used_at = tables.Column(
        verbose_name="Key last used",
        empty_values=(),
        attrs=cell("ww-nowrap", label="Key last used"),
    )

    class Meta:
        order_by = "name"

    def render_name(self, record: Gateway) -> SafeString:
        return format_html(
            '<a id="gateway-{}" href="{}">{}</a>',
            record.pk,
            reverse("gateway", args=[record.pk]),
            record.name,
        )

    def render_status(self, record: Gateway) -> SafeString | str:
        word = record.get_status_display()
        if record.status == Gateway.Status.IN_SERVICE:
            return word
        return badge(word, TONES[record.status])

    def render_device_count(self, value: int) -> str:
        return f"{value} device" if value == 1 else f"{value} devices"

    def render_key_used_at(self, record: Any) -> str | SafeString:
        if not record.has_key:
            return badge("No key", "notice")
        return ago(record.key_used_at, "Never")
