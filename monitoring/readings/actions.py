"""Every change people make to readings. There is one: saying that a value is wrong."""

from datetime import datetime
from functools import partial

from django.db import connection, transaction

from hospital.access import audit
from hospital.access.constraints import refused_by_constraints
from hospital.access.refusals import NotPermitted, NotPossible
from hospital.accounts.models import User
from monitoring.readings.models import LatestValues, Reading, StruckOutValue
from monitoring.vitals import VITALS, VitalName
from wards.admissions.models import Admission
from wards.devices.models import DeviceContact
from wards.events import publish_ward_changed, wards_of_admission


@refused_by_constraints({StruckOutValue: "vital"})
def strike_out(
    *,
    admission: Admission,
    device_id: int,
    at: datetime,
    vital: VitalName,
    reason: str,
    by: User,
) -> StruckOutValue:
    """Declare one value of a reading wrong. The reading stays, marked, for good.

    Boards stop showing the value at once; its minute is summarised anew without it.
    ``at`` is the reading's own aware instant.

    Raises:
        NotPermitted: the patient does not lie on a ward of ``by``'s.
        NotPossible: there is no such value, or it is struck out already.
    """
    # The endpoint holds the same lock while it stores: what is shown stays in step.
    DeviceContact.lock(device_id)
    if not Admission.objects.visible_to(by).filter(pk=admission.pk).exists():
        raise NotPermitted("Only staff of the patient's ward may strike out a value.")
    reading = Reading.objects.filter(
        device=device_id, at=at, admission=admission
    ).first()
    value = getattr(reading, vital, None)
    if value is None:
        raise NotPossible(f"That reading has no {VITALS[vital].label.lower()}.")
    struck = StruckOutValue.objects.create(
        device_id=device_id,
        at=at,
        vital=vital,
        value=value,
        admission=admission,
        reason=reason.strip(),
        struck_out_by=by,
    )
    _take_off_screens(device_id, at, vital)
    _summarise_again(device_id, at)
    audit.record(
        "reading.value_struck_out",
        struck,
        by=by,
        at=struck.struck_out_at,
        admission=admission.pk,
        device=device_id,
        reading_at=at.isoformat(),
        vital=vital,
        value=value,
    )
    for ward_id in wards_of_admission(admission.pk):
        transaction.on_commit(partial(publish_ward_changed, ward_id), robust=True)
    return struck


def _take_off_screens(device_id: int, at: datetime, vital: VitalName) -> None:
    """Show no value until the next comes, if the wrong one is what is shown."""
    latest = LatestValues.objects.filter(pk=device_id).first()
    if latest is None or vital not in latest.values:
        return
    # Milliseconds there, microseconds here.
    if latest.values[vital][1] == round(at.timestamp() * 1000):
        del latest.values[vital]
        latest.save(update_fields=["values"])


def _summarise_again(device_id: int, at: datetime) -> None:
    """Make the reading news to whoever computes the minute summaries."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE monitoring_reading SET changed_at = clock_timestamp() "
            "WHERE device_id = %s AND at = %s",
            [device_id, at],
        )
