"""Every change of the register of patients."""

from functools import partial

from django.db import transaction

from hospital.access import audit
from hospital.access.constraints import refused_by_constraints
from hospital.access.permissions import check_is_admin
from hospital.accounts.models import User
from hospital.versions import as_detail, changes, check_unchanged
from wards.events import publish_ward_changed, wards_of_admission
from wards.patients.models import Patient


@transaction.atomic
def register_patient(*, patient: Patient, by: User) -> Patient:
    """Add a person to the register. ``patient`` is filled in and not yet stored.

    That somebody alike is registered already is for the form to ask about
    (``PatientForm``): two people may share name and birthday, so it is no refusal.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        ValidationError: by field, what cannot be (a birthday to come).
        NotPossible: somebody has that hospital number.
    """
    check_is_admin(by)
    patient.registered_by = by
    patient.clean()
    with refused_by_constraints({Patient: "hospital_number"}):
        patient.save(force_insert=True)
    audit.record(
        "patient.registered", patient, by=by, hospital_number=patient.hospital_number
    )
    return patient


@transaction.atomic
def change_patient(*, patient: Patient, seen: str, by: User) -> Patient:
    """Store the changed record ``patient`` holds; the audit keeps old and new values.

    ``seen`` is the ``version_of`` the record its editor was looking at.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        ValidationError: by field, what cannot be (a birthday to come).
        NotPossible: somebody else changed it meanwhile, or has that hospital number.
    """
    check_is_admin(by)
    patient.clean()
    stored = Patient.objects.select_for_update(no_key=True).get(pk=patient.pk)
    check_unchanged(stored, Patient.RECORD_FIELDS, seen)
    changed = changes(stored, patient, Patient.RECORD_FIELDS)
    if not changed:
        return patient
    with refused_by_constraints({Patient: "hospital_number"}):
        patient.save(update_fields=list(changed))
    audit.record("patient.changed", patient, by=by, **as_detail(changed))
    for stay in patient.admissions.open():
        for ward_id in wards_of_admission(stay.pk):
            transaction.on_commit(partial(publish_ward_changed, ward_id), robust=True)
    return patient
