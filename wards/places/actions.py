"""Every change of wards, rooms and beds."""

from collections.abc import Sequence
from functools import partial
from typing import Final

from django.db import transaction

from hospital.access import audit
from hospital.access.constraints import refused_by_constraints
from hospital.access.permissions import check_is_admin
from hospital.access.refusals import NotPossible
from hospital.accounts.models import User
from hospital.versions import as_detail, changes, check_unchanged
from wards.admissions.models import BedStay
from wards.events import publish_ward_changed
from wards.places.models import Bed, Room, Ward

BED_FIELDS: Final = ("label", "room", "position")


@transaction.atomic
def add_ward(*, ward: Ward, by: User) -> Ward:
    """Open a ward. ``ward`` is filled in and not yet stored; it has no rooms yet.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: a ward has that name or address already.
    """
    check_is_admin(by)
    with refused_by_constraints({Ward: "name"}):
        ward.save(force_insert=True)
    audit.record("ward.added", ward, by=by, name=ward.name, slug=ward.slug)
    return ward


@transaction.atomic
def rename_ward(*, ward: Ward, name: str, by: User) -> Ward:
    """Give a ward another name. Its address stays, so no bookmark breaks.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: another ward has that name.
    """
    check_is_admin(by)
    ward = Ward.objects.select_for_update(no_key=True).get(pk=ward.pk)
    old, ward.name = ward.name, name
    if old != name:
        with refused_by_constraints({Ward: "name"}):
            ward.save(update_fields=["name"])
        audit.record("ward.renamed", ward, by=by, old=old, new=name)
        _tell(ward.pk)
    return ward


@transaction.atomic
def add_room(*, ward: Ward, name: str, by: User) -> Room:
    """Add a room to a ward, for good: a room never moves to another ward.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: the ward has a room of that name.
    """
    check_is_admin(by)
    room = Room(ward=ward, name=name)
    with refused_by_constraints({Room: "name"}):
        room.save(force_insert=True)
    audit.record("room.added", room, by=by, ward=ward.pk, name=name)
    return room


@transaction.atomic
def rename_room(*, room: Room, name: str, by: User) -> Room:
    """Give a room another name.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: the ward has another room of that name.
    """
    check_is_admin(by)
    room = Room.objects.select_for_update(no_key=True).get(pk=room.pk)
    old, room.name = room.name, name
    if old != name:
        with refused_by_constraints({Room: "name"}):
            room.save(update_fields=["name"])
        audit.record("room.renamed", room, by=by, old=old, new=name)
        _tell(room.ward_id)
    return room


@transaction.atomic
def add_beds(*, room: Room, labels: Sequence[str], by: User) -> list[Bed]:
    """Put beds in a room, all of them or none, in use from now on.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: the ward has a bed of one of these labels; the sentence says which.
    """
    check_is_admin(by)
    taken = room.ward.beds.filter(label__in=labels).values_list("label", flat=True)
    if clash := sorted(taken):
        raise NotPossible(
            f"{room.ward} has {', '.join(clash)} already. Nothing was added.",
            field="labels",
        )
    with refused_by_constraints({Bed: "labels"}):
        beds = Bed.objects.bulk_create(
            [Bed(ward=room.ward, room=room, label=label) for label in labels]
        )
    for bed in beds:
        audit.record("bed.added", bed, by=by, room=room.pk, label=bed.label)
    _tell(room.ward_id)
    return beds


@transaction.atomic
def change_bed(*, bed: Bed, seen: str, by: User) -> Bed:
    """Store the label, room and place on the board that ``bed`` now has.

    ``seen`` is the ``version_of`` the bed its editor was looking at. The patient in
    it stays in it: the bed is the same, whatever it is called.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: somebody else changed it meanwhile, or the ward has that label.
    """
    check_is_admin(by)
    stored = Bed.objects.select_for_update(no_key=True).get(pk=bed.pk)
    check_unchanged(stored, BED_FIELDS, seen)
    if changed := changes(stored, bed, BED_FIELDS):
        with refused_by_constraints({Bed: "label"}):
            bed.save(update_fields=list(changed))
        audit.record("bed.changed", bed, by=by, **as_detail(changed))
        _tell(bed.ward_id)
    return bed


@transaction.atomic
def set_bed_in_use(*, bed: Bed, in_use: bool, by: User) -> Bed:
    """Close a bed, so that nobody is put in it, or open it again.

    To how it is already: nothing happens.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: somebody lies in the bed that is to be closed.
    """
    check_is_admin(by)
    bed = (
        Bed.objects.select_for_update(no_key=True, of=("self",))
        .select_related("ward")
        .get(pk=bed.pk)
    )
    if bed.in_use == in_use:
        return bed
    if not in_use:
        check_is_empty(bed)
    bed.in_use = in_use
    bed.save(update_fields=["in_use"])
    audit.record("bed.opened" if in_use else "bed.closed", bed, by=by)
    _tell(bed.ward_id)
    return bed


def check_is_empty(bed: Bed) -> None:
    """Let only a bed pass that nobody lies in.

    Raises:
        NotPossible: somebody does.
    """
    if BedStay.objects.open().filter(bed=bed).exists():
        raise NotPossible(
            f"{bed} on {bed.ward} is occupied. Transfer or discharge the patient "
            "first, then close the bed."
        )


def _tell(ward_id: int) -> None:
    transaction.on_commit(partial(publish_ward_changed, ward_id), robust=True)
