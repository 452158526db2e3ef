"""What one ward's board shows: read from the database, then kept by messages.

The page and the live sockets show the same picture. The database is the truth;
messages only bring it sooner, and any doubt is settled by reading it again.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from django.utils import timezone

from monitoring.board.states import (
    TREND_BEFORE_MINUTES,
    TREND_RECENT_MINUTES,
    Trend,
    Value,
    trend_of,
)
from monitoring.readings.models import LatestValues, MinuteSummary
from monitoring.vitals import VITAL_NAMES, VITALS, VitalName
from wards.admissions.models import BedStay, DeviceAssignment
from wards.patients.models import Patient
from wards.places.models import Bed, Ward

SEX_SHORT: Final = {
    Patient.Sex.FEMALE: "F",
    Patient.Sex.MALE: "M",
    Patient.Sex.OTHER: "other",
    Patient.Sex.UNKNOWN: "sex unknown",
}


@dataclass(frozen=True, slots=True)
class BedFacts:
    """A bed as the wall names it."""

    id: int
    label: str
    room: str
    in_use: bool


@dataclass(frozen=True, slots=True)
class Occupant:
    """Who lies in a bed, as a ward names people."""

    admission_id: int
    patient_id: int
    family_name: str
    given_name: str
    initials: str
    age: str
    sex: str
    hospital_number: str


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """The device a patient has, and how often it should be heard from, in seconds.

    ``since`` is when this patient got it, in milliseconds since 1970 UTC.
    """

    id: int
    serial: str
    model: str
    in_service: bool
    status: str
    interval: float
    episodic_interval: float
    silent_after: float
    since: int

    def interval_of(self, name: VitalName) -> float:
        """How often this device is expected to bring a vital."""
        return self.episodic_interval if VITALS[name].episodic else self.interval


@dataclass(slots=True)
class Contact:
    """What the device last told of itself; ``heard`` in milliseconds since 1970 UTC.

    ``heard`` is None until it has posted for this very patient.
    """

    heard: int | None = None
    battery: float | None = None
    skew: float | None = None


@dataclass(slots=True)
class Tile:
    """One bed of the board. All that changes with a reading is in the last three."""

    bed: BedFacts
    occupant: Occupant | None = None
    device: DeviceFacts | None = None
    contact: Contact = field(default_factory=Contact)
    values: dict[VitalName, Value] = field(default_factory=dict)
    trends: dict[VitalName, Trend] = field(default_factory=dict)

    @property
    def facts(self) -> tuple[BedFacts, Occupant | None, DeviceFacts | None]:
        """What needs the whole board drawn again when it changes."""
        return self.bed, self.occupant, self.device

    @property
    def signal(self) -> tuple[Contact, dict[VitalName, Value], dict[VitalName, Trend]]:
        """What needs only the tile's numbers drawn again."""
        return self.contact, self.values, self.trends


@dataclass(slots=True)
class WardPicture:
    """A ward's beds in board order, as they were at ``taken_at``."""

    ward_id: int
    name: str
    slug: str
    taken_at: datetime
    tiles: list[Tile]
    by_device: dict[int, Tile] = field(init=False)
    by_admission: dict[int, Tile] = field(init=False)

    def __post_init__(self) -> None:
        self.by_device = {tile.device.id: tile for tile in self.tiles if tile.device}
        self.by_admission = {
            tile.occupant.admission_id: tile for tile in self.tiles if tile.occupant
        }

    def apply(self, items: Iterable[Sequence[Any]]) -> "Applied":
        """Take in the items of a ``values.arrived`` message.

        An item of a device that this picture knows with another patient, or not at
        all, is left out and makes the picture ``doubtful``: read the database.
        """
        applied = Applied()
        for device_id, admission_id, heard, values, battery, skew in items:
            tile = self.by_device.get(device_id)
            if (
                tile is None
                or tile.occupant is None
                or tile.occupant.admission_id != admission_id
            ):
                # Readings from before or after somebody's stay are nobody's.
                applied.doubtful |= admission_id is not None
                continue
            _take_in(tile, heard, values, battery, skew)
            applied.changed.append(tile)
        return applied


@dataclass(slots=True)
class Applied:
    """What a message did to a picture."""

    changed: list[Tile] = field(default_factory=list)
    doubtful: bool = False


def _take_in(
    tile: Tile,
    heard: int,
    values: dict[str, Sequence[Any]],
    battery: float | None,
    skew: float | None,
) -> None:
    contact = tile.contact
    contact.heard = max(heard, contact.heard or 0)
    contact.battery = battery if battery is not None else contact.battery
    contact.skew = skew if skew is not None else contact.skew
    for name, triple in values.items():
        if name in VITALS:
            value = Value(*triple)
            if value.is_newer_than(tile.values.get(name)):  # type: ignore[call-overload]
                tile.values[name] = value  # type: ignore[index]


def load_ward(ward: Ward, *, now: datetime | None = None) -> WardPicture:
    """Read a ward's picture. Four queries: beds, patients, devices, minute means."""
    taken_at = now or timezone.now()
    tiles = {
        bed.pk: Tile(BedFacts(bed.pk, bed.label, bed.room.name, bed.in_use))
        for bed in Bed.objects.filter(ward=ward).select_related("room").in_board_order()
    }
    occupied: dict[int, Tile] = {}
    stays = BedStay.objects.open().filter(bed__ward=ward)
    for stay in stays.select_related("admission__patient"):
        if stay.bed_id in tiles:  # else a bed added since the query before
            occupied[stay.admission_id] = tiles[stay.bed_id]
            tiles[stay.bed_id].occupant = _occupant(stay)
    _attach_devices(occupied)
    _attach_trends(occupied, now=taken_at)
    return WardPicture(ward.pk, ward.name, ward.slug, taken_at, list(tiles.values()))


def _occupant(stay: BedStay) -> Occupant:
    patient = stay.admission.patient
    return Occupant(
        admission_id=stay.admission_id,
        patient_id=patient.pk,
        family_name=patient.family_name,
        given_name=patient.given_name,
        initials=patient.initials,
        age=age_in_words(patient.birth_date, on=timezone.localdate()),
        sex=SEX_SHORT[Patient.Sex(patient.sex)],
        hospital_number=patient.hospital_number,
    )


def age_in_words(birth_date: date, *, on: date) -> str:
    """Return a person's age as wards say it: days, then months, then years."""
    days = (on - birth_date).days
    if days < 28:
        return f"{days} d"
    months = (on.year - birth_date.year) * 12 + on.month - birth_date.month
    months -= on.day < birth_date.day
    return f"{months} mo" if months < 24 else f"{months // 12} y"


def _attach_devices(occupied: dict[int, Tile]) -> None:
    assignments = (
        DeviceAssignment.objects.open()
        .filter(admission__in=list(occupied))
        .select_related("device__contact", "device__latest")
    )
    for assignment in assignments:
        tile = occupied[assignment.admission_id]
        tile.device = _device(assignment)
        contact = assignment.device.contact
        tile.contact = Contact(
            heard=_milliseconds(contact.last_heard_at),
            battery=contact.battery_percent,
            skew=contact.clock_skew,
        )
        # What it told before this patient had it was not told of this patient.
        if tile.contact.heard and tile.contact.heard < tile.device.since:
            tile.contact.heard = None
        latest: LatestValues | None = getattr(assignment.device, "latest", None)
        # Values of another stay are another patient's: never shown here.
        if latest and latest.admission_id == assignment.admission_id:
            tile.values = {
                name: Value(*latest.values[name])
                for name in VITAL_NAMES
                if name in latest.values
            }


def _device(assignment: DeviceAssignment) -> DeviceFacts:
    device = assignment.device
    return DeviceFacts(
        id=device.pk,
        serial=device.serial,
        model=device.model,
        in_service=device.status == device.Status.IN_SERVICE,
        status=device.get_status_display(),
        interval=device.expected_interval,
        episodic_interval=device.episodic_interval,
        silent_after=device.silent_after,
        since=int(assignment.started_at.timestamp() * 1000),
    )


def _attach_trends(occupied: dict[int, Tile], *, now: datetime) -> None:
    minute = int(now.timestamp() // 60)
    first = minute - TREND_RECENT_MINUTES - TREND_BEFORE_MINUTES
    rows = MinuteSummary.objects.filter(  # type: ignore[attr-defined]
        admission__in=list(occupied),
        minute__gte=datetime.fromtimestamp(first * 60, UTC),
        minute__lt=datetime.fromtimestamp(minute * 60, UTC),
    ).values_list("admission_id", "minute", *(f"{name}_mean" for name in _CONTINUOUS))
    means: dict[tuple[int, VitalName], dict[int, float]] = {}
    for admission_id, start, *values in rows:
        for name, mean in zip(_CONTINUOUS, values, strict=True):
            if mean is not None:
                key = int(start.timestamp() // 60)
                means.setdefault((admission_id, name), {})[key] = mean
    for (admission_id, name), by_minute in means.items():
        trend = trend_of(name, by_minute, minute=minute)
        if trend:
            occupied[admission_id].trends[name] = trend


# Five minutes say nothing about what is measured once an hour.
_CONTINUOUS: Final = [name for name in VITAL_NAMES if not VITALS[name].episodic]


def _milliseconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp() * 1000)
