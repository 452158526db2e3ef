"""The demo's last day of readings, as if its monitors had posted all along.

One reading a minute, from the simulator's own curves, so that what it posts from
now on goes on where this ends. Minute summaries are not written: the clock makes
them from readings it has not seen, these included.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection

from monitoring.demo import cast
from monitoring.ingest.schema import LATE_AFTER
from monitoring.readings.models import LatestValues
from monitoring.simulator.device import Measurement, history
from monitoring.simulator.profiles import PROFILES
from monitoring.vitals import VITAL_NAMES, off_bit
from wards.admissions.models import DeviceAssignment
from wards.devices.models import DeviceContact

REACH: Final = timedelta(days=1)
STEP: Final = timedelta(minutes=1)

# Not on the minute, where whoever tries the endpoint is likely to post: a second
# reading of the same instant would be compared with this one, not stored.
_OFFSET: Final = timedelta(seconds=17, milliseconds=417)

_COPY: Final = (
    "COPY monitoring_reading (device_id, at, received_at, changed_at, admission_id, "
    f"is_late, off, {', '.join(VITAL_NAMES)}) FROM STDIN"
)


def write_history(*, now: datetime) -> None:
    """Store the readings of the day before ``now`` for every monitor with a patient."""
    # Read to the end first: nothing else can be asked while a copy is open.
    assignments = list(DeviceAssignment.objects.open().select_related("device"))
    contacts, latest = [], []
    with connection.cursor() as cursor, cursor.copy(_COPY) as copy:
        for assignment in assignments:
            newest: dict[str, list[Any]] = {}
            received = None
            for measurement, received in _past_of(assignment, now):
                copy.write_row(_row(assignment, measurement, received, now))
                stamps = [_milliseconds(measurement.at), _milliseconds(received)]
                for name, value in measurement.values.items():
                    newest[name] = [value, *stamps]
            if received is None:
                continue
            device, admission = assignment.device_id, assignment.admission_id
            contacts.append(
                DeviceContact(
                    device_id=device, last_heard_at=received, last_reading_at=received
                )
            )
            latest.append(
                LatestValues(device_id=device, admission_id=admission, values=newest)
            )
    LatestValues.objects.bulk_create(latest)
    DeviceContact.objects.bulk_update(contacts, ["last_heard_at", "last_reading_at"])


def _past_of(
    assignment: DeviceAssignment, now: datetime
) -> Iterator[tuple[Measurement, datetime]]:
    """Yield what the monitor measured for its patient, and when it was received."""
    serial = assignment.device.serial
    profile = cast.profile_of(serial)
    error = timedelta(seconds=PROFILES[profile].clock_error)
    start = max(assignment.started_at, now - REACH).replace(second=0, microsecond=0)
    for measurement in history(
        serial, profile, start=start + STEP + _OFFSET, end=now + error, step=STEP
    ):
        yield measurement, measurement.at - error


def _row(
    assignment: DeviceAssignment,
    measurement: Measurement,
    received: datetime,
    now: datetime,
) -> tuple[Any, ...]:
    values = measurement.values
    off = sum(off_bit(name) for name, value in values.items() if value is None)
    return (
        assignment.device_id,
        measurement.at,
        received,
        now,
        assignment.admission_id,
        received - measurement.at > LATE_AFTER,
        off,
        *(values.get(name) for name in VITAL_NAMES),
    )


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
