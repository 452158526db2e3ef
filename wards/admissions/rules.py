"""Who may change a stay, and when a change is possible at all.

Every rule passes silently or raises with the sentence the user reads. Ask them while
holding the locks, or the answer may be out of date before it is used.
"""

from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format

from hospital.access.refusals import NothingToDo, NotPermitted, NotPossible
from hospital.accounts.models import User
from wards.admissions.models import Admission, BedStay
from wards.devices.models import Device
from wards.patients.models import Patient
from wards.places.models import Bed, Ward

LATE_ENTRY: Final = timedelta(days=31)
"""How far back a stay may be entered late. More is taken for a slip in the date."""


def check_is_desk(by: User) -> None:
    """Refuse whoever does not run the admissions desk."""
    if not (by.is_active and by.is_admin):
        raise NotPermitted(
            "Only the admissions desk admits, transfers and discharges patients."
        )


def check_is_open(stay: Admission) -> None:
    """Refuse any change of a stay that has ended."""
    if not stay.is_open:
        raise NothingToDo(
            f"{stay.patient} has been discharged already. The stay has ended."
        )


def check_may_change_device(admission: Admission, by: User) -> None:
    """Refuse whoever neither runs the desk nor works where the patient lies."""
    if not Admission.objects.manageable_by(by).filter(pk=admission.pk).exists():
        raise NotPermitted(
            "Only the admissions desk, and nurses and doctors of the ward where the "
            "patient lies now, may change the monitor."
        )


def check_time(at: datetime, now: datetime) -> None:
    """Refuse a time to come, and one so long past that it must be a slip."""
    if at > now:
        raise NotPossible("That time is still to come.", field="at")
    if at < now - LATE_ENTRY:
        raise NotPossible(
            f"That is more than {LATE_ENTRY.days} days ago. Check the date.",
            field="at",
        )


def check_not_admitted(patient: Patient, at: datetime) -> None:
    """Refuse a patient who is here, or who still was at the time given."""
    if stay := patient.admissions.open().first():
        place = where(stay)
        raise NotPossible(
            f"{patient} is already admitted{f', in {place}' if place else ''}.",
            field="patient",
        )
    if stay := patient.admissions.filter(discharged_at__gt=at).first():
        assert stay.discharged_at
        raise NotPossible(
            f"{patient} was still admitted at that time, "
            f"until {_clock_time(stay.discharged_at)}.",
            field="at",
        )


def check_bed_free(bed: Bed) -> None:
    """Refuse a bed that is closed or has somebody in it."""
    if not bed.in_use:
        raise NotPossible(
            f"Bed {bed} is closed at the moment. Choose another bed.", field="bed"
        )
    if bed.stays.open().exists():
        raise NotPossible(
            f"Bed {bed} was taken a moment ago. Choose another bed.", field="bed"
        )


def check_device_free(device: Device, by: User) -> None:
    """Refuse a monitor out of service or with another patient.

    The other patient's bed is told only to those who may know it.
    """
    if device.status != Device.Status.IN_SERVICE:
        raise NotPossible(
            f"Monitor {device} is not in service: "
            f"{device.get_status_display().lower()}. Choose another monitor.",
            field="device",
        )
    taken = (
        BedStay.objects.open()
        .filter(
            admission__device_assignments__device=device,
            admission__device_assignments__ended_at=None,
        )
        .select_related("bed__ward")
        .first()
    )
    if taken is None:
        return
    may_know = by.is_admin or Ward.objects.visible_to(by).contains(taken.bed.ward)
    place = f", in bed {taken.bed} on {taken.bed.ward}" if may_know else ""
    raise NotPossible(
        f"Monitor {device} is with another patient{place}. Choose another monitor.",
        field="device",
    )


def check_not_before_bed(stay: BedStay, at: datetime) -> None:
    """Refuse to end a bed stay before it began."""
    if at < stay.started_at:
        raise NotPossible(
            f"The patient came to bed {stay.bed} only at "
            f"{_clock_time(stay.started_at)}.",
            field="at",
        )


def where(admission: Admission) -> str:
    """Say where a stay's patient lies now, such as ``bed N07 on North``."""
    stay = admission.bed_stays.open().select_related("bed__ward").first()
    return f"bed {stay.bed} on {stay.bed.ward}" if stay else ""


def _clock_time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "j M H:i:s")
