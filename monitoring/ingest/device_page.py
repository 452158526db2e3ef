"""What a key may learn: its own devices' state, and nothing of any patient."""

from datetime import UTC, datetime
from typing import Any

from asgiref.sync import sync_to_async
from django.db.models import Exists, OuterRef

from monitoring.ingest.keys import Caller
from wards.admissions.models import DeviceAssignment
from wards.devices.models import Device


async def describe(caller: Caller) -> dict[str, Any]:
    """Return the answer of ``GET /api/v1/device``.

    A device key gets its device. A gateway key gets its name and a list of its
    devices. ``server_time`` is UTC, for devices that set their clock by it.

    Raises:
        django.db.Error, PoolTimeout: the database cannot be asked.
    """
    devices = await sync_to_async(_devices)(list(caller.devices.values()))
    server_time = datetime.now(UTC).isoformat(timespec="milliseconds")
    if caller.device_id is not None:
        return {**devices[0], "server_time": server_time}
    return {
        "gateway": caller.gateway,
        "server_time": server_time,
        "devices": devices,
    }


def _devices(ids: list[int]) -> list[dict[str, Any]]:
    found = (
        Device.objects.filter(pk__in=ids)
        .annotate(
            assigned=Exists(
                DeviceAssignment.objects.open().filter(device=OuterRef("pk"))
            )
        )
        .order_by("serial")
        .values("serial", "model", "status", "expected_interval", "assigned")
    )
    return [dict(device) for device in found]
