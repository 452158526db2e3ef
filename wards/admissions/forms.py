"""The desk's forms. What may be chosen is shown by ``choices.py``."""

from typing import Any
from uuid import UUID, uuid4

from django import forms
from django.db import transaction
from django.http import QueryDict

from hospital.access.refusals import NotPossible
from hospital.accounts.models import User
from hospital.forms import HouseForm
from wards.admissions.actions import admit_patient
from wards.admissions.models import Admission
from wards.devices.models import Device
from wards.patients.actions import register_patient
from wards.patients.forms import PatientForm
from wards.patients.models import Patient, normal_number
from wards.places.models import Bed

NO_DEVICE = "none"
"""What the form sends for "without a monitor": an answer, unlike an empty field."""


class DeviceField(forms.ModelChoiceField[Device]):
    """A monitor, or the answer that there is none (cleaned: None)."""

    def __init__(self) -> None:
        super().__init__(
            Device.objects.all(),
            label="Monitor",
            error_messages={
                "required": "Choose a monitor, or say that there is none.",
                "invalid_choice": "That monitor does not exist. Choose another.",
            },
        )

    def clean(self, value: Any) -> Device | None:
        return None if value == NO_DEVICE else super().clean(value)


class BedField(forms.ModelChoiceField[Bed]):
    """A bed. Whether it is free is for the action to say, under its lock."""

    def __init__(self) -> None:
        super().__init__(
            Bed.objects.select_related("ward", "room"),
            label="Bed",
            error_messages={
                "required": "Choose a bed.",
                "invalid_choice": "That bed no longer exists. Choose another bed.",
            },
        )


class MomentField(forms.DateTimeField):
    """An instant that is over; empty means now. Typed in the hospital's time zone."""

    def __init__(self, label: str) -> None:
        super().__init__(
            label=label,
            required=False,
            widget=forms.DateTimeInput(
                attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"
            ),
            error_messages={"invalid": "Give a day and a time, or leave it empty."},
        )


class AdmissionForm(HouseForm, forms.Form):
    """Everything an admission needs, the new patient's record included.

    ``record`` is the form of a patient to be registered; it counts only where
    ``who`` says so. ``submission`` is this form's number, given when it is shown.
    """

    FIND, REGISTER = "find", "register"

    submission = forms.UUIDField(widget=forms.HiddenInput)
    who = forms.ChoiceField(
        choices=[(FIND, "Find a patient"), (REGISTER, "Register a new patient")],
        required=False,
    )
    patient = forms.ModelChoiceField(
        Patient.objects.all(),
        required=False,
        error_messages={"invalid_choice": "That patient does not exist."},
    )
    bed = BedField()
    device = DeviceField()
    reason = forms.CharField(
        label="Reason for admission", max_length=200, required=False
    )
    responsible_doctor = forms.ModelChoiceField(
        User.objects.filter(role=User.Role.DOCTOR, is_active=True),
        required=False,
        empty_label="Not named yet",
    )
    at = MomentField("Admitted at")

    def __init__(self, data: QueryDict | None = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.record = PatientForm(
            data if self.is_registering else None, prefix="new", initial=self.initial
        )

    @classmethod
    def blank(cls, sent: QueryDict) -> "AdmissionForm":
        """A form that has not been judged, holding what was chosen or typed so far."""
        typed = {name: value for name, value in sent.items() if value}
        record = {name.removeprefix("new-"): value for name, value in typed.items()}
        return cls(initial=record | typed | {"submission": uuid4()})

    @property
    def is_registering(self) -> bool:
        """Whether the patient is new, rather than one who was found."""
        return self["who"].value() == self.REGISTER

    def is_valid(self) -> bool:
        """Judge both forms, so that every error is shown at once."""
        valid = super().is_valid()
        return (not self.is_registering or self.record.is_valid()) and valid

    def clean(self) -> dict[str, Any]:
        if (
            not self.is_registering
            and not self.cleaned_data.get("patient")
            and "patient" not in self.errors
        ):
            self.add_error("patient", "Choose a patient, or register a new one.")
        return self.cleaned_data

    def add_refusal(self, refusal: NotPossible) -> None:
        """Show an action's refusal beside its field, in whichever form that is."""
        if self.is_registering and refusal.field in self.record.fields:
            self.record.add_refusal(refusal)
        else:
            super().add_refusal(refusal)

    @transaction.atomic
    def admit(self, *, by: User) -> Admission:
        """Do all of it or nothing: register where asked, then admit.

        Raises:
            NotPossible: as ``register_patient`` and ``admit_patient``.
        """
        data = self.cleaned_data
        patient = data["patient"]
        if self.is_registering:
            patient = register_patient(patient=self.record.instance, by=by)
        return admit_patient(
            patient=patient,
            bed=data["bed"],
            device=data["device"],
            reason=data["reason"],
            responsible_doctor=data["responsible_doctor"],
            by=by,
            at=data["at"],
            submission=data["submission"],
        )

    def earlier(self) -> Admission | None:
        """The stay this very form has made already, if it was sent before."""
        try:
            number = UUID(self.data.get("submission", ""))
        except ValueError:
            return None
        return (
            Admission.objects.filter(submission=number)
            .select_related("patient")
            .first()
        )

    def is_about(self, patient: Patient) -> bool:
        """Whether the form names this patient, found or newly registered."""
        if not self.is_registering:
            return self.data.get("patient") == str(patient.pk)
        number = self.data.get("new-hospital_number", "")
        return normal_number(number) == patient.hospital_number

    def renumber(self) -> None:
        """Make this another form than the one that was sent."""
        self.data = {**dict(self.data.items()), "submission": str(uuid4())}


class TransferForm(HouseForm, forms.Form):
    """Which bed next, and since when."""

    bed = BedField()
    at = MomentField("Moved at")


class DeviceForm(HouseForm, forms.Form):
    """Which monitor from now on."""

    device = DeviceField()


class DischargeForm(HouseForm, forms.Form):
    """When the patient left."""

    at = MomentField("Left at")
