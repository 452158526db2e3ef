"""The invented past of the demo's patients: registered, admitted, moved, gone home.

Rows are written here and not through the rooms' actions: those act now, on behalf
of a person, while this tells what was. The constraints judge them all the same.
"""

import random
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from hospital.access import audit
from hospital.accounts.models import User
from monitoring.demo import cast
from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.devices.models import Device
from wards.patients.models import Patient
from wards.places.models import Bed

OPENED_BEFORE: Final = timedelta(days=90)
"""How long before its building the demo hospital pretends to have opened."""

_SHORTEST_STAY: Final = timedelta(hours=5)
_LONGEST_STAY: Final = timedelta(days=9)
_RELATIONS: Final = ("daughter", "son", "partner", "sister", "brother", "neighbour")


@dataclass(slots=True)
class Register:
    """Writes patients and their stays, on behalf of ``desk``, seen from ``now``.

    ``doctors`` has the doctor in charge by ward id.
    """

    desk: User
    doctors: dict[int, User]
    now: datetime
    chance: random.Random
    registered: int = 0

    def enter(self, invented: cast.Invented) -> Patient:
        """Store a patient as the admissions desk would."""
        self.registered += 1
        number = f"{self.registered:04}"
        return Patient.objects.create(
            hospital_number=f"DEMO-{number}",
            given_name=invented.given_name,
            family_name=invented.family_name,
            birth_date=self._birth_date(invented.age),
            sex=invented.sex,
            phone=f"000 0000 {number}",
            address=f"{self.registered} Nowhere Lane\nInventedtown",
            emergency_contact_name=f"Somebody {invented.family_name}",
            emergency_contact_phone=f"000 0001 {number}",
            emergency_contact_relation=self.chance.choice(_RELATIONS),
            allergies=invented.allergies,
            registered_at=self.now - OPENED_BEFORE + timedelta(hours=self.registered),
            registered_by=self.desk,
        )

    def lies_in(
        self,
        bed: Bed,
        invented: cast.Invented,
        *,
        device: Device | None,
        moved_from: Bed | None,
    ) -> Admission:
        """Store a stay that lasts, with its monitor, after an earlier bed if any."""
        since = self._some_time_ago()
        moved_at = since + (self.now - since) / 2 if moved_from else None
        admission = self._admit(invented, moved_from or bed, since, moved_at, device)
        if moved_from and moved_at:
            self._move(admission, moved_from, bed, moved_at)
        if device:
            DeviceAssignment.objects.create(
                admission=admission,
                device=device,
                started_at=since,
                started_by=self.desk,
            )
        return admission

    def has_left(self, bed: Bed, invented: cast.Invented, *, days_ago: int) -> None:
        """Store a stay of five days that ended ``days_ago``."""
        end = self.now - timedelta(days=days_ago)
        admission = self._admit(invented, bed, end - timedelta(days=5), end)
        admission.discharged_at, admission.discharged_by = end, self.desk
        admission.save(update_fields=["discharged_at", "discharged_by"])
        audit.record("admission.closed", admission, by=self.desk, at=end)

    def _admit(
        self,
        invented: cast.Invented,
        bed: Bed,
        since: datetime,
        until: datetime | None,
        device: Device | None = None,
    ) -> Admission:
        """Store an admission and its first bed stay, which lasts to ``until``."""
        patient = self.enter(invented)
        admission = Admission.objects.create(
            patient=patient,
            reason=invented.reason,
            responsible_doctor=self.doctors[bed.ward_id],
            admitted_at=since,
            admitted_by=self.desk,
        )
        self._put(admission, bed, since, until)
        audit.record(
            "admission.opened",
            admission,
            by=self.desk,
            at=since,
            patient=patient.pk,
            bed=bed.pk,
            device=device.pk if device else None,
            admitted_at=since.isoformat(),
        )
        return admission

    def _move(self, admission: Admission, left: Bed, bed: Bed, at: datetime) -> None:
        self._put(admission, bed, at)
        admission.responsible_doctor = self.doctors[bed.ward_id]
        admission.save(update_fields=["responsible_doctor"])
        audit.record(
            "admission.transferred",
            admission,
            by=self.desk,
            at=at,
            from_bed=left.pk,
            to_bed=bed.pk,
            moved_at=at.isoformat(),
        )

    def _put(
        self,
        admission: Admission,
        bed: Bed,
        since: datetime,
        until: datetime | None = None,
    ) -> None:
        BedStay.objects.create(
            admission=admission,
            bed=bed,
            started_at=since,
            started_by=self.desk,
            ended_at=until,
            ended_by=self.desk if until else None,
        )

    def _some_time_ago(self) -> datetime:
        share = self.chance.random()
        span = _SHORTEST_STAY + share * (_LONGEST_STAY - _SHORTEST_STAY)
        return (self.now - span).replace(second=0, microsecond=0)

    def _birth_date(self, age: int) -> date:
        day = self.now.date() - timedelta(days=self.chance.randrange(1, 364))
        # The 29th of February has no counterpart in most years.
        return day.replace(year=day.year - age, day=min(day.day, 28))
