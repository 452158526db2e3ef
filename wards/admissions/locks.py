"""The one order in which admissions take their locks, so that none can deadlock.

Patient, then admission, then beds by number, then the signal of devices by number.
Rows that others merely refer to are held with ``no_key``: readings and new rows may
go on referring to them.
"""

from hospital.access.refusals import NotPossible
from wards.admissions.models import Admission
from wards.admissions.rules import check_is_open
from wards.devices.models import Device, DeviceContact
from wards.patients.models import Patient
from wards.places.models import Bed


def lock_patient(patient_id: int) -> Patient:
    """Hold a patient until the end of the transaction."""
    return Patient.objects.select_for_update(no_key=True).get(pk=patient_id)


def lock_open_stay(admission: Admission) -> Admission:
    """Hold a stay and its patient, as they are now.

    Raises:
        NothingToDo: the stay has ended.
    """
    patient = lock_patient(admission.patient_id)
    stay = Admission.objects.select_for_update(no_key=True).get(pk=admission.pk)
    stay.patient = patient
    check_is_open(stay)
    return stay


def lock_beds(*beds: Bed) -> list[Bed]:
    """Hold beds and return them as they are now, in the order given.

    Raises:
        NotPossible: somebody has removed one from the plan of the ward.
    """
    locked = (
        Bed.objects.select_for_update(no_key=True, of=("self",))
        .select_related("ward", "room")
        .filter(pk__in=[bed.pk for bed in beds])
        .order_by("pk")
    )
    by_id = {bed.pk: bed for bed in locked}
    for bed in beds:
        if bed.pk not in by_id:
            raise NotPossible(f"Bed {bed} no longer exists.", field="bed")
    return [by_id[bed.pk] for bed in beds]


def lock_devices(*devices: Device | None) -> None:
    """Hold the signal of devices, and read what may be done with them afresh.

    No reading of theirs is stored until the transaction ends, so the clock read
    after this divides one patient's readings from the next one's exactly.
    """
    present = [device for device in devices if device is not None]
    DeviceContact.lock(*(device.pk for device in present))
    for device in present:
        device.refresh_from_db(fields=["status"])
