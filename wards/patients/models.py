"""The people who are cared for."""

import unicodedata
from datetime import date
from typing import ClassVar, Final

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import OuterRef, Q, Subquery
from django.db.models.functions import Upper
from django.utils import timezone

from hospital.accounts.models import User
from wards.places.models import Ward

EARLIEST_BIRTH: Final = date(1880, 1, 1)
BORN_TOO_EARLY: Final = "Nobody living was born before 1880."

NO_ALLERGIES: Final = frozenset(
    {"none known", "no known allergies", "nkda", "nka", "none", "no allergies"}
)
"""What is written where a patient was asked and named no allergy."""


def normal_number(text: str) -> str:
    """Return a hospital number as it is stored: no blanks around, upper case."""
    return text.strip().upper()


def tidy_name(name: str) -> str:
    """Return a name with one blank between words, letters composed (NFC)."""
    return unicodedata.normalize("NFC", " ".join(name.split()))


class PatientQuerySet(models.QuerySet["Patient"]):
    """Patients, narrowed by who may know of them."""

    def visible_to(self, user: User) -> "PatientQuerySet":
        """Patients whose signs and stay ``user`` may see.

        Nurses and doctors: those who lie on a ward of theirs now. Nobody else.
        """
        return self.filter(
            admissions__discharged_at=None,
            admissions__bed_stays__ended_at=None,
            admissions__bed_stays__bed__ward__in=Ward.objects.visible_to(user),
        )

    def in_register_of(self, user: User) -> "PatientQuerySet":
        """Patients whose administrative record ``user`` may see.

        Admins: everybody. Nurses and doctors: as ``visible_to``.
        """
        return self.all() if user.is_admin else self.visible_to(user)

    def matching(self, text: str) -> "PatientQuerySet":
        """Patients whose name or hospital number holds every word of ``text``."""
        found = self
        for word in text.split():
            found = found.filter(
                Q(family_name__icontains=word)
                | Q(given_name__icontains=word)
                | Q(hospital_number__icontains=word)
            )
        return found

    def alike(self, *, family_name: str, birth_date: date) -> "PatientQuerySet":
        """Patients who may be the same person: family name and day of birth agree."""
        return self.filter(family_name__iexact=family_name, birth_date=birth_date)

    def for_register(self) -> "PatientQuerySet":
        """With ``ward_name`` and ``bed_label`` of where each lies now, if anywhere."""
        from wards.admissions.models import BedStay

        here = BedStay.objects.open().filter(
            admission__patient=OuterRef("pk"), admission__discharged_at=None
        )
        return self.annotate(
            ward_name=Subquery(here.values("bed__ward__name")[:1]),
            bed_label=Subquery(here.values("bed__label")[:1]),
        )

    def admitted(self) -> "PatientQuerySet":
        """Patients who are here now."""
        from wards.admissions.models import Admission

        return self.filter(pk__in=Admission.objects.open().values("patient_id"))

    def lying_on(self, ward: Ward) -> "PatientQuerySet":
        """Patients who lie on a ward now."""
        return self.filter(
            admissions__discharged_at=None,
            admissions__bed_stays__ended_at=None,
            admissions__bed_stays__bed__ward=ward,
        )


class Patient(models.Model):
    """A person known to the hospital, admitted or not. Never deleted."""

    class Sex(models.TextChoices):
        """Administrative sex: the codes of HL7 FHIR R4 AdministrativeGender."""

        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Other"
        UNKNOWN = "unknown", "Unknown"

    RECORD_FIELDS: ClassVar[tuple[str, ...]] = (
        "hospital_number",
        "family_name",
        "given_name",
        "birth_date",
        "sex",
        "phone",
        "email",
        "address",
        "emergency_contact_name",
        "emergency_contact_phone",
        "emergency_contact_relation",
        "allergies",
    )
    """What the admissions desk writes down, in the order it asks."""

    hospital_number = models.CharField(
        max_length=20, unique=True, help_text="Unique in this hospital."
    )
    given_name = models.CharField(max_length=80)
    family_name = models.CharField(max_length=80)
    birth_date = models.DateField("date of birth")
    sex = models.CharField(max_length=10, choices=Sex)
    phone = models.CharField(max_length=40, blank=True)
    email = models.EmailField(blank=True)
    address = models.TextField(blank=True)
    emergency_contact_name = models.CharField(max_length=120, blank=True)
    emergency_contact_phone = models.CharField(max_length=40, blank=True)
    emergency_contact_relation = models.CharField(
        "relation to the patient", max_length=40, blank=True
    )
    allergies = models.TextField(
        blank=True,
        help_text='What is known. Write "none known" if asked and none; '
        "empty means nobody has asked yet.",
    )
    registered_at = models.DateTimeField(default=timezone.now, editable=False)
    registered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", editable=False
    )

    objects = PatientQuerySet.as_manager()

    class Meta:
        ordering = ["family_name", "given_name", "hospital_number"]
        constraints = [
            models.UniqueConstraint(
                Upper("hospital_number"),
                name="patient_number_unique_whatever_case",
                violation_error_message="A patient has that hospital number already.",
            ),
            models.CheckConstraint(
                condition=Q(birth_date__gte=EARLIEST_BIRTH),
                name="patient_birth_is_plausible",
                violation_error_message=BORN_TOO_EARLY,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"

    def clean(self) -> None:
        """Write numbers and names one way, and refuse what cannot be.

        Raises:
            ValidationError: by field, with the sentences for the form.
        """
        self.hospital_number = normal_number(self.hospital_number)
        for name in ("family_name", "given_name", "emergency_contact_name"):
            setattr(self, name, tidy_name(getattr(self, name)))
        for name in ("address", "allergies"):
            setattr(self, name, getattr(self, name).replace("\r\n", "\n").strip())
        wrong: dict[str, str] = {}
        if isinstance(self.birth_date, date):
            if self.birth_date > timezone.localdate():
                wrong["birth_date"] = "That day is still to come."
            elif self.birth_date < EARLIEST_BIRTH:
                wrong["birth_date"] = BORN_TOO_EARLY
        for name in ("phone", "emergency_contact_phone"):
            number = getattr(self, name)
            if number and not any(character.isdigit() for character in number):
                wrong[name] = "A phone number has digits."
        if wrong:
            raise ValidationError(wrong)

    @property
    def allergies_known(self) -> bool | None:
        """Whether there are allergies: None while nobody has asked.

        "None known" is an answer, an empty field is not; the two must never look
        alike.
        """
        text = self.allergies.strip().rstrip(".!").lower()
        return (text not in NO_ALLERGIES) if text else None

    def age(self, *, on: date | None = None) -> int:
        """Whole years lived on a day, today in the hospital's zone unless given."""
        day = on or timezone.localdate()
        birthday_to_come = (day.month, day.day) < (
            self.birth_date.month,
            self.birth_date.day,
        )
        return day.year - self.birth_date.year - birthday_to_come

    @property
    def initials(self) -> str:
        """What the privacy mode shows: first letters, family name first."""
        return f"{self.family_name[:1]}{self.given_name[:1]}".upper()
