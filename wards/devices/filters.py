"""Searching and narrowing the lists of equipment."""

import django_filters as filters
from django.db.models import Q, QuerySet
from django.utils import timezone

from wards.devices.models import Device, Gateway
from wards.devices.querysets import DeviceQuerySet


class DeviceFilter(filters.FilterSet):
    """Search by serial or model; narrow by status, kind, use and signal."""

    query = filters.CharFilter(method="search", label="Serial or model", max_length=100)
    status = filters.ChoiceFilter(
        choices=Device.Status, label="Status", empty_label="Any status"
    )
    kind = filters.ChoiceFilter(
        choices=Device.Kind, label="Kind", empty_label="Any kind"
    )
    use = filters.ChoiceFilter(
        method="by_use",
        label="Use",
        empty_label="All",
        choices=[("assigned", "With a patient"), ("free", "Free")],
    )
    signal = filters.ChoiceFilter(
        method="by_signal",
        label="Signal",
        empty_label="Any",
        choices=[
            ("heard", "Posting now"),
            ("silent", "Silent"),
            ("never", "Never heard"),
        ],
    )

    class Meta:
        model = Device
        fields: list[str] = []

    def search(self, devices: DeviceQuerySet, name: str, text: str) -> DeviceQuerySet:
        for word in text.split():
            devices = devices.filter(
                Q(serial__icontains=word) | Q(model__icontains=word)
            )
        return devices

    def by_use(self, devices: DeviceQuerySet, name: str, use: str) -> DeviceQuerySet:
        return devices.assigned() if use == "assigned" else devices.free()

    def by_signal(
        self, devices: DeviceQuerySet, name: str, signal: str
    ) -> DeviceQuerySet:
        now = timezone.now()
        if signal == "heard":
            return devices.heard(at=now)
        return devices.silent(at=now) if signal == "silent" else devices.never_heard()


class GatewayFilter(filters.FilterSet):
    """Search by name, or by the serial of a device it posts for."""

    query = filters.CharFilter(
        method="search", label="Name, or serial of a device", max_length=100
    )
    status = filters.ChoiceFilter(
        choices=Gateway.Status, label="Status", empty_label="Any status"
    )

    class Meta:
        model = Gateway
        fields: list[str] = []

    def search(
        self, gateways: QuerySet[Gateway], name: str, text: str
    ) -> QuerySet[Gateway]:
        for word in text.split():
            speaks_for = Gateway.objects.filter(devices__serial__icontains=word)
            gateways = gateways.filter(
                Q(name__icontains=word) | Q(pk__in=speaks_for.values("pk"))
            )
        return gateways
