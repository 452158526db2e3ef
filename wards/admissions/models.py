"""Who is here, in which bed, with which device, and since when."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Prefetch, Q, Subquery
from django.utils import timezone

from hospital.accounts.models import User
from wards.admissions.periods import ends_well, never_twice
from wards.devices.models import Device
from wards.patients.models import Patient
from wards.places.models import Bed, Ward


def _person(**options: Any) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", **options
    )


class AdmissionQuerySet(models.QuerySet["Admission"]):
    """Stays, narrowed by state and by who may see them."""

    def open(self) -> "AdmissionQuerySet":
        """Stays that have not ended."""
        return self.filter(discharged_at=None)

    def visible_to(self, user: User) -> "AdmissionQuerySet":
        """Open stays on a ward ``user`` works on as nurse or doctor."""
        return self.open().filter(
            bed_stays__ended_at=None,
            bed_stays__bed__ward__in=Ward.objects.visible_to(user),
        )

    def manageable_by(self, user: User) -> "AdmissionQuerySet":
        """Stays whose device ``user`` may change: all for admins, else as visible."""
        return self.all() if user.is_admin else self.visible_to(user)

    def for_desk(self) -> "AdmissionQuerySet":
        """Stays with all that a row of the desk prints, in one query.

        ``bed_label``, ``ward_name`` and ``ward_slug`` are of the bed
        the patient lies in, or lay in last; ``device_serial`` of the monitor held
        now, empty for none.
        """
        last = BedStay.objects.filter(admission=OuterRef("pk")).order_by(
            F("ended_at").desc(nulls_first=True), "-pk"
        )
        held = DeviceAssignment.objects.open().filter(admission=OuterRef("pk"))
        return self.select_related("patient", "responsible_doctor").annotate(
            bed_label=Subquery(last.values("bed__label")[:1]),
            ward_name=Subquery(last.values("bed__ward__name")[:1]),
            ward_slug=Subquery(last.values("bed__ward__slug")[:1]),
            device_serial=Subquery(held.values("device__serial")[:1]),
        )

    def with_history(self) -> "AdmissionQuerySet":
        """Stays with their beds and monitors, newest first, and who did it."""
        people = ("started_by", "ended_by")
        return self.select_related(
            "patient", "responsible_doctor", "admitted_by", "discharged_by"
        ).prefetch_related(
            Prefetch(
                "bed_stays",
                BedStay.objects.select_related(
                    "bed__ward", "bed__room", *people
                ).order_by("-started_at", "-pk"),
            ),
            Prefetch(
                "device_assignments",
                DeviceAssignment.objects.select_related(
                    "device__contact", *people
                ).order_by("-started_at", "-pk"),
            ),
        )


class Admission(models.Model):
    """One stay of one patient, from door to discharge.

    It holds bed stays and device assignments; a transfer ends a bed stay and starts
    another, never the admission. Rows are ended, never removed.

    ``submission`` is the number of the form that was sent, so that the same form
    sent twice makes one stay; empty for admissions made by commands.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="admissions")
    reason = models.CharField("reason for admission", max_length=200, blank=True)
    responsible_doctor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="patients_in_care",
        limit_choices_to={"role": "doctor", "is_active": True},
    )
    admitted_at = models.DateTimeField(default=timezone.now)
    admitted_by = _person()
    discharged_at = models.DateTimeField(null=True, blank=True)
    discharged_by = _person(null=True, blank=True)
    submission = models.UUIDField(null=True, blank=True, editable=False)

    objects = AdmissionQuerySet.as_manager()

    class Meta:
        ordering = ["-admitted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient"],
                condition=Q(discharged_at=None),
                name="admission_one_open_per_patient",
                violation_error_message="That patient is already admitted.",
            ),
            models.UniqueConstraint(
                fields=["submission"],
                name="admission_one_per_form",
                violation_error_message="This form has been sent already.",
            ),
            never_twice(
                "patient",
                name="admission_one_at_a_time",
                message="That patient was admitted already at that time.",
                start="admitted_at",
                end="discharged_at",
            ),
            *ends_well("admitted_at", "discharged_at", name="admission"),
        ]

    def __str__(self) -> str:
        return f"Admission {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether the patient is here."""
        return self.discharged_at is None

    @property
    def bed_stay(self) -> "BedStay | None":
        """The stay in the present bed. Costs nothing ``with_history``."""
        return next((s for s in self.bed_stays.all() if s.ended_at is None), None)

    @property
    def assignment(self) -> "DeviceAssignment | None":
        """The present monitor's assignment. Costs nothing ``with_history``."""
        held = self.device_assignments.all()
        return next((a for a in held if a.ended_at is None), None)


class BedStayQuerySet(models.QuerySet["BedStay"]):
    """Bed stays, narrowed by time."""

    def open(self) -> "BedStayQuerySet":
        """Those that have not ended."""
        return self.filter(ended_at=None)


class BedStay(models.Model):
    """An admission's time in one bed."""

    admission = models.ForeignKey(Admission, models.PROTECT, related_name="bed_stays")
    bed = models.ForeignKey(Bed, models.PROTECT, related_name="stays")
    started_at = models.DateTimeField(default=timezone.now)
    started_by = _person()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = _person(null=True, blank=True)

    objects = BedStayQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["bed"],
                condition=Q(ended_at=None),
                name="bed_stay_one_open_per_bed",
                violation_error_message="That bed is occupied.",
            ),
            models.UniqueConstraint(
                fields=["admission"],
                condition=Q(ended_at=None),
                name="bed_stay_one_open_per_admission",
                violation_error_message="That patient is already in a bed.",
            ),
            *ends_well("started_at", "ended_at", name="bed_stay"),
            never_twice(
                "bed",
                name="bed_stay_one_patient_at_a_time",
                message="Somebody was in that bed at that time.",
            ),
            never_twice(
                "admission",
                name="bed_stay_one_bed_at_a_time",
                message="That patient was in another bed at that time.",
            ),
        ]

    def __str__(self) -> str:
        return f"Bed stay {self.pk}"


class DeviceAssignmentQuerySet(models.QuerySet["DeviceAssignment"]):
    """Assignments, narrowed by time."""

    def open(self) -> "DeviceAssignmentQuerySet":
        """Those that have not ended."""
        return self.filter(ended_at=None)

    def at(self, device: Device, moment: datetime) -> "DeviceAssignmentQuerySet":
        """The one assignment of ``device`` at an aware instant, if there was one."""
        return self.filter(device=device, started_at__lte=moment).filter(
            Q(ended_at=None) | Q(ended_at__gt=moment)
        )


class DeviceAssignment(models.Model):
    """An admission's time with one device. Decides whose readings they are."""

    admission = models.ForeignKey(
        Admission, models.PROTECT, related_name="device_assignments"
    )
    device = models.ForeignKey(Device, models.PROTECT, related_name="assignments")
    started_at = models.DateTimeField(default=timezone.now)
    started_by = _person()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = _person(null=True, blank=True)

    objects = DeviceAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["device"],
                condition=Q(ended_at=None),
                name="assignment_one_open_per_device",
                violation_error_message="That device is with another patient.",
            ),
            models.UniqueConstraint(
                fields=["admission"],
                condition=Q(ended_at=None),
                name="assignment_one_open_per_admission",
                violation_error_message="That patient already has a device.",
            ),
            *ends_well("started_at", "ended_at", name="assignment"),
            never_twice(
                "device",
                name="assignment_one_patient_at_a_time",
                message="That device was with another patient at that time.",
            ),
            never_twice(
                "admission",
                name="assignment_one_device_at_a_time",
                message="That patient had another device at that time.",
            ),
        ]
        indexes = [
            # The writer asks, for each device that posts, whose it was and when.
            models.Index(fields=["device", "started_at"], name="assignment_by_device"),
        ]

    def __str__(self) -> str:
        return f"Assignment {self.pk}"
