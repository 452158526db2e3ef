"""Noticing devices that fall silent, and that speak again."""

from typing import Final

from django.conf import settings
from django.db import connection, transaction

from wards.devices.models import Device

_SILENT_AFTER: Final = "greatest(%(intervals)s * d.expected_interval, %(at_least)s)"

_BEGIN: Final = f"""
    INSERT INTO monitoring_silence (device_id, began_at, noticed_at)
    SELECT d.id, greatest(c.last_heard_at, a.started_at), clock_timestamp()
    FROM wards_device d
    JOIN wards_devicecontact c ON c.device_id = d.id
    JOIN wards_deviceassignment a ON a.device_id = d.id AND a.ended_at IS NULL
    WHERE d.status = '{Device.Status.IN_SERVICE}'
      AND greatest(c.last_heard_at, a.started_at)
          < clock_timestamp() - make_interval(secs => {_SILENT_AFTER})
    ON CONFLICT (device_id) WHERE ended_at IS NULL DO NOTHING
    RETURNING device_id
"""
_END: Final = """
    UPDATE monitoring_silence s
    SET ended_at = greatest(s.began_at, coalesce(c.last_heard_at, clock_timestamp()))
    FROM wards_devicecontact c
    WHERE c.device_id = s.device_id AND s.ended_at IS NULL
      AND (c.last_heard_at > s.began_at
           OR NOT EXISTS (SELECT 1 FROM wards_deviceassignment a
                          WHERE a.device_id = s.device_id AND a.ended_at IS NULL))
    RETURNING s.device_id
"""
_WARDS: Final = """
    SELECT DISTINCT b.ward_id
    FROM wards_deviceassignment a
    JOIN wards_bedstay s ON s.admission_id = a.admission_id AND s.ended_at IS NULL
    JOIN wards_bed b ON b.id = s.bed_id
    WHERE a.device_id = ANY(%s) AND a.ended_at IS NULL
"""


@transaction.atomic
def note_silences() -> list[int]:
    """Begin and end silences as of now; return the wards whose boards changed.

    Only devices with a patient can be silent: a monitor in the cupboard is not. One
    that has never been heard since it was given to the patient is silent as well.
    How long is silent is the device's own matter (`wards.devices.models.stale_after`).
    """
    with connection.cursor() as cursor:
        cursor.execute(_END)
        devices = [device for (device,) in cursor.fetchall()]
        cursor.execute(
            _BEGIN,
            {
                "intervals": settings.STALE_AFTER_INTERVALS,
                "at_least": settings.STALE_AFTER_AT_LEAST_SECONDS,
            },
        )
        devices += [device for (device,) in cursor.fetchall()]
        if not devices:
            return []
        cursor.execute(_WARDS, [devices])
        return [ward for (ward,) in cursor.fetchall()]
