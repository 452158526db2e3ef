"""Every change of who lies where and with which monitor. Pages and commands call these.

Locks come first (``locks.py``), then the clock, then the rules, then the rows. What
the rules let through, the constraints still judge; they speak the same sentences.
"""

from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from hospital.access import audit
from hospital.access.constraints import refused_by_constraints
from hospital.access.refusals import NothingToDo
from hospital.accounts.models import User
from wards.admissions import rules
from wards.admissions.locks import (
    lock_beds,
    lock_devices,
    lock_open_stay,
    lock_patient,
)
from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.devices.models import Device
from wards.events import publish_ward_changed
from wards.patients.models import Patient
from wards.places.models import Bed

_FIELDS: Final = {Admission: "patient", BedStay: "bed", DeviceAssignment: "device"}


@refused_by_constraints(_FIELDS)
def admit_patient(
    *,
    patient: Patient,
    bed: Bed,
    device: Device | None = None,
    reason: str,
    responsible_doctor: User | None,
    by: User,
    at: datetime | None = None,
    submission: UUID | None = None,
) -> Admission:
    """Open a stay of a patient in a free bed, with a free monitor or none.

    ``at`` is aware; leave it out for now. An admission entered late begins in the
    past, but its monitor counts from now: readings that came before belong to
    nobody, and a guess whose they were would be worse. ``submission`` is the
    number of the form, stored so that it makes one stay only.

    Raises:
        NotPermitted: ``by`` is not of the admissions desk.
        NotPossible: patient, bed or monitor is not free, or the time cannot be.
    """
    rules.check_is_desk(by)
    patient = lock_patient(patient.pk)
    (bed,) = lock_beds(bed)
    lock_devices(device)
    now, at = _clock(at)

    rules.check_not_admitted(patient, at)
    rules.check_bed_free(bed)
    if device:
        rules.check_device_free(device, by)

    admission = Admission.objects.create(
        patient=patient,
        reason=reason,
        responsible_doctor=responsible_doctor,
        admitted_at=at,
        admitted_by=by,
        submission=submission,
    )
    BedStay.objects.create(admission=admission, bed=bed, started_at=at, started_by=by)
    if device:
        _attach(admission, device, by, now)
    audit.record(
        "admission.opened",
        admission,
        by=by,
        at=now,
        patient=patient.pk,
        bed=bed.pk,
        device=device.pk if device else None,
        admitted_at=at.isoformat(),
    )
    _tell(bed.ward_id)
    return admission


@refused_by_constraints(_FIELDS)
def transfer_patient(
    *, admission: Admission, bed: Bed, by: User, at: datetime | None = None
) -> BedStay:
    """Move a patient to a free bed; return the stay in it. The monitor goes along.

    One bed stay ends and the next begins at the same instant, so there is no moment
    without a bed. ``at`` is aware; leave it out for now.

    Raises:
        NotPermitted: ``by`` is not of the admissions desk.
        NothingToDo: the stay has ended, or the patient is in that bed.
        NotPossible: the bed is not free, or the time cannot be.
    """
    rules.check_is_desk(by)
    admission = lock_open_stay(admission)
    stay = _open_bed_stay(admission)
    old_bed, bed = lock_beds(stay.bed, bed)
    now, at = _clock(at)

    if bed.pk == stay.bed_id:
        raise NothingToDo(f"{admission.patient} is in bed {bed} already.")
    rules.check_bed_free(bed)
    rules.check_not_before_bed(stay, at)

    _end(stay, by, at)
    new = BedStay.objects.create(
        admission=admission, bed=bed, started_at=at, started_by=by
    )
    audit.record(
        "admission.transferred",
        admission,
        by=by,
        at=now,
        from_bed=stay.bed_id,
        to_bed=bed.pk,
        moved_at=at.isoformat(),
    )
    _tell(old_bed.ward_id, bed.ward_id)
    return new


@refused_by_constraints(_FIELDS)
def swap_device(
    *, admission: Admission, device: Device | None, by: User
) -> DeviceAssignment | None:
    """Give a patient a monitor, another one, or none; return the new assignment.

    Always from now on: readings that were stored stay with whom they were stored
    for.

    Raises:
        NotPermitted: ``by`` is neither of the desk nor of the patient's ward.
        NothingToDo: the stay has ended, or the patient has that monitor.
        NotPossible: the monitor is not free.
    """
    rules.check_may_change_device(admission, by)
    admission = lock_open_stay(admission)
    # Asked again under the lock: a transfer may have taken the patient elsewhere.
    rules.check_may_change_device(admission, by)
    held = _open_assignment(admission)
    lock_devices(held.device if held else None, device)
    now = timezone.now()

    if (held.device if held else None) == device:
        state = f"has monitor {device}" if device else "is without a monitor"
        raise NothingToDo(f"{admission.patient} {state} already.")
    if device:
        rules.check_device_free(device, by)

    if held:
        _end(held, by, now)
    new = _attach(admission, device, by, now) if device else None
    audit.record(
        "admission.device_changed",
        admission,
        by=by,
        at=now,
        from_device=held.device_id if held else None,
        to_device=device.pk if device else None,
    )
    _tell(_open_bed_stay(admission).bed.ward_id)
    return new


@refused_by_constraints(_FIELDS)
def discharge_patient(
    *, admission: Admission, by: User, at: datetime | None = None
) -> Admission:
    """End a stay; its bed and its monitor are free afterwards.

    ``at`` is aware; leave it out for now. A discharge entered late ends the stay in
    the past, but the monitor is let go now, for its readings were stored until now.

    Raises:
        NotPermitted: ``by`` is not of the admissions desk.
        NothingToDo: the stay has ended already.
        NotPossible: the time cannot be.
    """
    rules.check_is_desk(by)
    admission = lock_open_stay(admission)
    stay = _open_bed_stay(admission)
    held = _open_assignment(admission)
    lock_beds(stay.bed)
    lock_devices(held.device if held else None)
    now, at = _clock(at)

    rules.check_not_before_bed(stay, at)

    _end(stay, by, at)
    if held:
        _end(held, by, now)
    admission.discharged_at = at
    admission.discharged_by = by
    admission.save(update_fields=["discharged_at", "discharged_by"])
    audit.record(
        "admission.closed",
        admission,
        by=by,
        at=now,
        bed=stay.bed_id,
        device=held.device_id if held else None,
        discharged_at=at.isoformat(),
    )
    _tell(stay.bed.ward_id)
    return admission


def _clock(at: datetime | None) -> tuple[datetime, datetime]:
    """Return now, and the instant the change takes effect. Ask after all locks."""
    now = timezone.now()
    if at is None:
        return now, now
    rules.check_time(at, now)
    return now, at


def _open_bed_stay(admission: Admission) -> BedStay:
    """Return the bed stay of an open, locked admission."""
    return admission.bed_stays.open().select_related("bed__ward", "bed__room").get()


def _open_assignment(admission: Admission) -> DeviceAssignment | None:
    return admission.device_assignments.open().select_related("device").first()


def _attach(
    admission: Admission, device: Device, by: User, now: datetime
) -> DeviceAssignment:
    return DeviceAssignment.objects.create(
        admission=admission, device=device, started_at=now, started_by=by
    )


def _end(row: BedStay | DeviceAssignment, by: User, at: datetime) -> None:
    row.ended_at = at
    row.ended_by = by
    row.save(update_fields=["ended_at", "ended_by"])


def _tell(*ward_ids: int) -> None:
    """Tell the boards of these wards once the change is committed.

    A lost channel layer must not make the clerk try again: the change stands.
    """
    for ward_id in sorted(set(ward_ids)):
        transaction.on_commit(partial(publish_ward_changed, ward_id), robust=True)
