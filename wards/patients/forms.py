"""Forms of the register of patients."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone

from hospital.forms import VersionedForm
from wards.patients.models import EARLIEST_BIRTH, Patient, normal_number, tidy_name


class PatientForm(VersionedForm, forms.ModelForm[Patient]):
    """A patient's record, new or changed. Saved by the actions, never by ``save()``.

    A new one that looks like somebody registered already is not valid until its
    sender has said it is nobody of ``lookalikes``; ``patients/lookalikes.html`` shows
    them and asks.
    """

    not_these = forms.CharField(required=False, widget=forms.HiddenInput)
    """Ids of those the sender has looked at and told apart from this person."""

    lookalikes: Sequence[Patient] = ()
    versioned = Patient.RECORD_FIELDS

    class Meta:
        model = Patient
        fields = Patient.RECORD_FIELDS
        widgets = {
            "birth_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "phone": forms.TextInput(attrs={"inputmode": "tel"}),
            "emergency_contact_phone": forms.TextInput(attrs={"inputmode": "tel"}),
            "address": forms.Textarea(attrs={"rows": 3}),
            "allergies": forms.Textarea(attrs={"rows": 3}),
        }
        labels = {
            "emergency_contact_name": "Name",
            "emergency_contact_phone": "Phone",
            "emergency_contact_relation": "Relation to the patient",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["birth_date"].widget.attrs |= {
            "min": EARLIEST_BIRTH.isoformat(),
            "max": timezone.localdate().isoformat(),
        }
        sex = self.fields["sex"]
        assert isinstance(sex, forms.ChoiceField)
        sex.choices = [("", "Please choose"), *Patient.Sex.choices]
        for name in ("hospital_number", "family_name", "given_name"):
            self.fields[name].widget.attrs["spellcheck"] = "false"

    def clean_hospital_number(self) -> str:
        """Say beside the field what the constraint would say above the form."""
        number = normal_number(self.cleaned_data["hospital_number"])
        others = Patient.objects.exclude(pk=self.instance.pk)
        if others.filter(hospital_number__iexact=number).exists():
            raise forms.ValidationError("A patient has that hospital number already.")
        return number

    def clean(self) -> dict[str, Any] | None:
        data = super().clean() or self.cleaned_data
        name, born = data.get("family_name"), data.get("birth_date")
        if self.instance.pk or not (name and born):
            return data
        alike = list(
            Patient.objects.alike(
                family_name=tidy_name(name), birth_date=born
            ).order_by("pk")
        )
        told_apart = set(data.get("not_these", "").split(","))
        if any(str(patient.pk) not in told_apart for patient in alike):
            self.lookalikes = alike
            raise forms.ValidationError(
                "Somebody of that name and date of birth is registered already. "
                "Is it the same person?",
                code="alike",
            )
        return data

    @property
    def lookalike_ids(self) -> str:
        """What ``not_these`` must say to tell the new person apart from them."""
        return ",".join(str(patient.pk) for patient in self.lookalikes)
