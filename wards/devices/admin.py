"""Equipment in the Django admin. Keys are issued on the pages only, and shown once."""

from typing import Any

from django.contrib import admin
from django.db import transaction
from django.forms import ModelForm
from django.http import HttpRequest

from hospital.access.admin import AuditedAdmin
from wards.devices.models import Device, Gateway
from wards.events import publish_keys_changed


@admin.register(Device)
class DeviceAdmin(AuditedAdmin):
    """Devices. Their status is set on the pages, which know who is monitored by one."""

    list_display = ("serial", "model", "kind", "status", "expected_interval")
    list_filter = ("status", "kind")
    search_fields = ("serial", "model")
    readonly_fields = ("status", "added_at")

    def get_readonly_fields(
        self, request: HttpRequest, obj: Device | None = None
    ) -> tuple[str, ...]:
        return ("serial", "status", "added_at") if obj else ("status", "added_at")


@admin.register(Gateway)
class GatewayAdmin(AuditedAdmin):
    """Gateways, and the devices each may post for."""

    list_display = ("name", "status")
    list_filter = ("status",)
    search_fields = ("name",)
    autocomplete_fields = ("devices",)
    readonly_fields = ("status", "added_at")

    def save_related(
        self, request: HttpRequest, form: ModelForm[Any], formsets: Any, change: bool
    ) -> None:
        """Store the list of devices, and have the endpoint look at it again."""
        super().save_related(request, form, formsets, change)
        transaction.on_commit(publish_keys_changed, robust=True)
