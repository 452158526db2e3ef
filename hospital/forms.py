"""What all forms of ours share."""

from typing import Any

from django import forms

from hospital.access.refusals import NotPossible
from hospital.versions import version_of


class HouseForm(forms.BaseForm):
    """Mixed into every form of ours, before ``forms.Form`` or ``forms.ModelForm``.

    Shared ward computers must not offer one patient's data while the next is typed,
    so fields turn the browser's memory off unless they ask for it by name.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            attrs = field.widget.attrs
            attrs.setdefault("autocomplete", "off")
            if isinstance(field, forms.IntegerField | forms.FloatField):
                whole = not isinstance(field, forms.FloatField | forms.DecimalField)
                attrs.setdefault("inputmode", "numeric" if whole else "decimal")
            elif isinstance(field, forms.EmailField):
                attrs.setdefault("inputmode", "email")

    def add_refusal(self, refusal: NotPossible) -> None:
        """Show an action's refusal beside the field it names, else above the form."""
        field = refusal.field if refusal.field in self.fields else None
        self.add_error(field, refusal.message)


class VersionedForm(HouseForm):
    """A form that knows which version of its record it was shown with.

    ``cleaned_data["seen"]`` goes to the action, which refuses if it is no longer so.
    ``versioned`` names the fields that make up the version.
    """

    versioned: tuple[str, ...]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["seen"] = forms.CharField(required=False, widget=forms.HiddenInput)
        record = getattr(self, "instance", None)
        if record is not None and record.pk:
            self.initial["seen"] = version_of(record, self.versioned)
