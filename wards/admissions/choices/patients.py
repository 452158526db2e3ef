"""Finding the patient to be admitted."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.http import QueryDict

from wards.admissions.choices import sent as read
from wards.admissions.models import BedStay
from wards.patients.models import Patient, PatientQuerySet

PATIENTS_SHOWN: Final = 8
SHORTEST_SEARCH: Final = 2

_DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")


@dataclass(frozen=True, slots=True)
class FoundPatient:
    """A patient, and where they lie if they are here."""

    patient: Patient
    stay: BedStay | None


@dataclass(frozen=True, slots=True)
class PatientChoice:
    """Patients that match what was typed, and the one that is chosen."""

    text: str
    chosen: int | None
    found: list[FoundPatient]
    has_more: bool

    @classmethod
    def of(cls, sent: QueryDict) -> "PatientChoice":
        """Search as ``patient_text`` asks; keep ``patient`` in view."""
        text, chosen = read.text(sent, "patient_text"), read.number(sent.get("patient"))
        patients: list[Patient] = []
        if len(text) >= SHORTEST_SEARCH:
            patients = list(search_patients(text)[: PATIENTS_SHOWN + 1])
        has_more = len(patients) > PATIENTS_SHOWN
        patients = patients[:PATIENTS_SHOWN]
        if chosen and all(patient.pk != chosen for patient in patients):
            patients = [*Patient.objects.filter(pk=chosen), *patients]
        return cls(text, chosen, _with_stays(patients), has_more)

    @property
    def is_too_short(self) -> bool:
        """Whether there was too little to search for."""
        return len(self.text) < SHORTEST_SEARCH

    @property
    def sentence(self) -> str:
        """How many were found, for those who do not see it."""
        if self.is_too_short:
            return ""
        if self.has_more:
            return f"More than {PATIENTS_SHOWN} patients. Type more."
        return f"{len(self.found)} found."


def search_patients(text: str) -> PatientQuerySet:
    """Patients by name, number and day of birth, in any order of words."""
    words = text.split()
    days = [day for day in map(_day, words) if day]
    rest = " ".join(word for word in words if not _day(word))
    found = Patient.objects.all().matching(rest)
    for day in days:
        found = found.filter(birth_date=day)
    return found


def _day(word: str) -> date | None:
    """Return the day a word means, in the ways people write days."""
    for form in _DAYS:
        try:
            return datetime.strptime(word, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _with_stays(patients: list[Patient]) -> list[FoundPatient]:
    stays = {
        stay.admission.patient_id: stay
        for stay in BedStay.objects.open()
        .filter(admission__patient__in=patients)
        .select_related("admission", "bed__ward")
    }
    return [FoundPatient(patient, stays.get(patient.pk)) for patient in patients]
