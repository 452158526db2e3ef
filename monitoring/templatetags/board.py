"""Template filters of boards, patients' pages and readings."""

from django import template
from django.utils import timezone

from hospital import words
from monitoring.board.picture import age_in_words
from wards.patients.models import Patient

register = template.Library()

register.filter("span", words.span)


@register.filter
def age_now(patient: Patient) -> str:
    """``{{ patient|age_now }}``: the age today, as wards say it."""
    return age_in_words(patient.birth_date, on=timezone.localdate())
