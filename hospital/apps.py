from typing import Any

from django import forms
from django.apps import AppConfig


def _itself(cls: type, parameter: Any) -> type:
    return cls


# The type checker wants `forms.ModelForm[Patient]`. Django can be written to so for
# managers and querysets, but not yet for these; a name in brackets changes nothing.
for _generic in (forms.ModelForm, forms.ModelChoiceField):
    if not hasattr(_generic, "__class_getitem__"):
        _generic.__class_getitem__ = classmethod(_itself)  # type: ignore[union-attr]


class HospitalConfig(AppConfig):
    """The ground every part stands on: people, access, audit, running."""

    name = "hospital"
