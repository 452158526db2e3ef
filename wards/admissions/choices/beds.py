"""Free beds: to choose from, and counted by ward."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db.models import Count, Q
from django.http import QueryDict

from wards.admissions.choices import sent as read
from wards.places.models import Bed, Ward

BEDS_LYING_OPEN: Final = 48


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
        ward, text = sent.get("bed_ward", ""), read.text(sent, "bed_text")
        chosen = read.number(sent.get("bed"))
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
            version=read.fingerprint([bed.pk for bed in shown], counts, taken),
        )

    @property
    def are_many(self) -> bool:
        """Whether there are too many to lie open in the middle of a form."""
        return self.shown > BEDS_LYING_OPEN

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
