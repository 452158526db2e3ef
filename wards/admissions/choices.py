"""What the desk chooses from: patients, free beds, free monitors."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import blake2b
from typing import Final

from django.db.models import Count, F, Q
from django.http import QueryDict
from django.utils import timezone

from wards.admissions.models import BedStay
from wards.devices.models import Device
from wards.patients.models import Patient, PatientQuerySet
from wards.places.models import Bed, Ward

PATIENTS_SHOWN: Final = 8
DEVICES_SHOWN: Final = 12
SHORTEST_SEARCH: Final = 2
LOW_BATTERY: Final = 20.0

_DAYS: Final = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y")


def _number(text: str | None) -> int | None:
    """Return a row's number as a form sends it, None for anything else."""
    return int(text) if text and text.isascii() and text.isdigit() else None


def _text(sent: QueryDict, name: str) -> str:
    """Return what was typed, without what no database can hold."""
    return sent.get(name, "").replace("\x00", "").strip()


def _fingerprint(*parts: object) -> str:
    """Short text that differs when what is shown would differ."""
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()


# -- patients --------------------------------------------------------------------


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
        text, chosen = _text(sent, "patient_text"), _number(sent.get("patient"))
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


# -- beds ------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WardOfBeds:
    """One ward's free beds that match, by room."""

    ward: Ward
    rooms: list[tuple[str, list[Bed]]]


@dataclass(frozen=True, slots=True)
class BedChoice:
    """The free beds that match a ward and a text, and the one that is chosen.

    ``taken`` is the chosen bed if it is free no longer. ``counts`` has every ward
    with a free bed and how many, whatever is typed.
    """

    ward: str
    text: str
    chosen: int | None
    taken: Bed | None
    wards: list[WardOfBeds]
    counts: list[tuple[Ward, int]]
    shown: int
    free: int
    version: str

    @classmethod
    def of(cls, sent: QueryDict) -> "BedChoice":
        """Narrow as ``bed_ward`` and ``bed_text`` ask; keep ``bed`` in view."""
        ward, text = sent.get("bed_ward", ""), _text(sent, "bed_text")
        chosen = _number(sent.get("bed"))
        free = list(Bed.objects.free().select_related("ward", "room").in_board_order())
        shown = [
            bed
            for bed in free
            if bed.pk == chosen or (ward in ("", bed.ward.slug) and _holds(bed, text))
        ]
        taken = None
        if chosen and all(bed.pk != chosen for bed in free):
            taken = Bed.objects.filter(pk=chosen).first()
        counts: dict[Ward, int] = {}
        for bed in free:
            counts[bed.ward] = counts.get(bed.ward, 0) + 1
        return cls(
            ward=ward,
            text=text,
            chosen=chosen,
            taken=taken,
            wards=_by_ward_and_room(shown),
            counts=list(counts.items()),
            shown=len(shown),
            free=len(free),
            version=_fingerprint([bed.pk for bed in shown], len(free), taken),
        )

    @property
    def sentence(self) -> str:
        """What changed, for those who do not see it."""
        if self.taken:
            return self.taken_sentence
        if self.shown == self.free:
            return f"{self.free} free beds."
        return f"{self.shown} of {self.free} free beds shown."

    @property
    def taken_sentence(self) -> str:
        """What is said when the chosen bed is free no longer."""
        return f"Bed {self.taken} was taken a moment ago. Choose another bed."


def _holds(bed: Bed, text: str) -> bool:
    text = text.casefold()
    return text in bed.label.casefold() or text in bed.room.name.casefold()


def _by_ward_and_room(beds: Iterable[Bed]) -> list[WardOfBeds]:
    wards: dict[Ward, dict[str, list[Bed]]] = {}
    for bed in beds:
        wards.setdefault(bed.ward, {}).setdefault(bed.room.name, []).append(bed)
    return [WardOfBeds(ward, list(rooms.items())) for ward, rooms in wards.items()]


@dataclass(frozen=True, slots=True)
class WardOccupancy:
    """How many of a ward's beds are free and taken; closed beds count as neither."""

    name: str
    slug: str
    free: int
    taken: int

    @property
    def beds(self) -> int:
        """Beds in use on the ward."""
        return self.free + self.taken


def ward_occupancy() -> list[WardOccupancy]:
    """Every ward that has beds, with how many are free, in one query."""
    # A closed bed in which somebody still lies is taken all the same.
    taken = Q(beds__stays__isnull=False, beds__stays__ended_at=None)
    usable = Q(beds__in_use=True) | taken
    counted = (
        Ward.objects.filter(beds__isnull=False)
        .annotate(
            taken=Count("beds", filter=taken, distinct=True),
            usable=Count("beds", filter=usable, distinct=True),
        )
        .order_by("name")
        .values_list("name", "slug", "taken", "usable")
    )
    return [
        WardOccupancy(name, slug, free=usable - taken, taken=taken)
        for name, slug, taken, usable in counted
    ]


# -- monitors ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FreeDevice:
    """A free monitor and what it last told of itself."""

    device: Device
    age: float | None

    @property
    def battery(self) -> float | None:
        """Percent, or None where it never said."""
        return self.device.contact.battery_percent

    @property
    def is_low(self) -> bool:
        """Whether the battery will soon be empty."""
        return self.battery is not None and self.battery < LOW_BATTERY

    @property
    def is_sending(self) -> bool:
        """Whether it has posted as lately as it should."""
        return self.age is not None and self.age <= self.device.silent_after

    @property
    def heard(self) -> str:
        """When it was last heard, roughly, so that the text seldom changes."""
        if self.age is None:
            return "never heard"
        if self.is_sending:
            return "sending now"
        minutes = int(self.age // 60)
        if minutes < 1:
            return "silent for less than a minute"
        if minutes < 60:
            return f"silent for {minutes} min"
        hours = minutes // 60
        return f"silent for {hours} h" if hours < 48 else f"silent for {hours // 24} d"


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """Free monitors that match what was typed, and the choice: a number or none.

    ``chosen`` is a device's number, ``"none"`` for no monitor, or empty.
    """

    text: str
    chosen: str
    taken: Device | None
    found: list[FreeDevice]
    matching: int
    version: str

    @classmethod
    def of(cls, sent: QueryDict) -> "DeviceChoice":
        """Search as ``device_text`` asks; keep ``device`` in view."""
        text, chosen = _text(sent, "device_text"), sent.get("device", "")
        free = Device.objects.free().select_related("contact")
        fitting = free.filter(Q(serial__icontains=text) | Q(model__icontains=text))
        # Those heard last come first: they are switched on and at hand.
        fitting = fitting.order_by(
            F("contact__last_heard_at").desc(nulls_last=True), "serial"
        )
        devices = list(fitting[: DEVICES_SHOWN + 1])
        matching = fitting.count() if len(devices) > DEVICES_SHOWN else len(devices)
        devices = devices[:DEVICES_SHOWN]
        number, taken = _number(chosen), None
        if number and all(device.pk != number for device in devices):
            pinned = list(free.filter(pk=number))
            devices = [*pinned, *devices]
            taken = None if pinned else Device.objects.filter(pk=number).first()
        now = timezone.now()
        found = [FreeDevice(device, _age(device, now)) for device in devices]
        return cls(
            text=text,
            chosen=chosen,
            taken=taken,
            found=found,
            matching=matching,
            version=_fingerprint(
                [(d.device.pk, d.heard, d.battery) for d in found], matching, taken
            ),
        )

    @property
    def sentence(self) -> str:
        """What changed, for those who do not see it."""
        if self.taken:
            return self.taken_sentence
        if self.matching > DEVICES_SHOWN:
            return f"{DEVICES_SHOWN} of {self.matching} free monitors shown."
        return f"{self.matching} free monitors."

    @property
    def has_more(self) -> bool:
        """Whether more match than are shown."""
        return self.matching > DEVICES_SHOWN

    @property
    def taken_sentence(self) -> str:
        """What is said when the chosen monitor is free no longer."""
        return f"Monitor {self.taken} was taken a moment ago. Choose another monitor."


def _age(device: Device, now: datetime) -> float | None:
    heard = device.contact.last_heard_at
    return (now - heard).total_seconds() if heard else None
