"""Wards, rooms and beds change by actions, each written down."""

import pytest

from hospital.access.models import AuditEvent
from hospital.access.refusals import NotPermitted, NotPossible
from hospital.versions import version_of
from tests.factories import BedFactory, RoomFactory, WardFactory, admit
from wards.places import actions
from wards.places.models import Bed, Ward


def audited(kind):
    return AuditEvent.objects.get(kind=kind)


def test_ward_opens(admin):
    ward = actions.add_ward(ward=Ward(name="East", slug="east"), by=admin)

    event = audited("ward.added")
    assert (event.actor, event.subject) == (admin, f"ward:{ward.pk}")
    assert event.detail == {"name": "East", "slug": "east"}


def test_ward_of_a_taken_name_is_refused(admin, ward):
    with pytest.raises(NotPossible) as refused:
        actions.add_ward(ward=Ward(name=ward.name, slug="other"), by=admin)

    assert refused.value.field == "name"


def test_renaming_keeps_the_address_and_both_names(admin, ward):
    ward = actions.rename_ward(ward=ward, name="North wing", by=admin)

    assert (ward.name, ward.slug) == ("North wing", "north")
    assert audited("ward.renamed").detail == {"old": "North", "new": "North wing"}


def test_renaming_to_the_same_writes_nothing(admin, ward):
    actions.rename_ward(ward=ward, name=ward.name, by=admin)

    assert not AuditEvent.objects.exists()


def test_beds_are_added_all_or_none(admin, ward):
    room = RoomFactory(ward=ward)
    BedFactory(ward=ward, room=room, label="N02")

    with pytest.raises(NotPossible, match="North has N02 already") as refused:
        actions.add_beds(room=room, labels=["N01", "N02", "N03"], by=admin)

    assert refused.value.field == "labels"
    assert ward.beds.count() == 1


def test_added_beds_are_free_and_written_down_one_by_one(admin, ward):
    room = RoomFactory(ward=ward)

    actions.add_beds(room=room, labels=["N01", "N02"], by=admin)

    assert [bed.label for bed in Bed.objects.free()] == ["N01", "N02"]
    assert AuditEvent.objects.filter(kind="bed.added").count() == 2


def test_the_same_label_is_fine_on_another_ward(admin, ward):
    BedFactory(label="N01")

    actions.add_beds(room=RoomFactory(ward=ward), labels=["N01"], by=admin)


def test_occupied_bed_cannot_be_closed(admin):
    bed = BedFactory(label="N07", ward__name="North")
    admit(bed=bed)

    with pytest.raises(NotPossible, match="N07 on North is occupied"):
        actions.set_bed_in_use(bed=bed, in_use=False, by=admin)

    bed.refresh_from_db()
    assert bed.in_use


def test_free_bed_closes_and_opens_again(admin):
    bed = BedFactory()

    actions.set_bed_in_use(bed=bed, in_use=False, by=admin)
    assert not Bed.objects.free().exists()
    actions.set_bed_in_use(bed=bed, in_use=False, by=admin)
    actions.set_bed_in_use(bed=bed, in_use=True, by=admin)

    assert Bed.objects.free().get() == bed
    assert [e.kind for e in AuditEvent.objects.order_by("pk")] == [
        "bed.closed",
        "bed.opened",
    ]


def test_bed_moves_to_another_room_with_its_patient(admin):
    bed = BedFactory()
    admission = admit(bed=bed)
    seen = version_of(bed, actions.BED_FIELDS)
    bed.room = RoomFactory(ward=bed.ward)

    actions.change_bed(bed=bed, seen=seen, by=admin)

    assert admission.bed_stays.get().bed.room == bed.room


def test_second_editor_of_a_bed_is_told(admin):
    bed = BedFactory(label="N01")
    seen = version_of(bed, actions.BED_FIELDS)
    Bed.objects.filter(pk=bed.pk).update(label="N02")
    bed.label = "N03"

    with pytest.raises(NotPossible, match="Somebody else changed"):
        actions.change_bed(bed=bed, seen=seen, by=admin)


def test_rooms_of_one_ward_have_different_names(admin, ward):
    first = actions.add_room(ward=ward, name="Bay 1", by=admin)
    actions.add_room(ward=WardFactory(), name="Bay 1", by=admin)

    with pytest.raises(NotPossible, match="room of that name"):
        actions.add_room(ward=ward, name="Bay 1", by=admin)
    second = actions.add_room(ward=ward, name="Bay 2", by=admin)
    with pytest.raises(NotPossible, match="room of that name"):
        actions.rename_room(room=second, name=first.name, by=admin)


@pytest.mark.parametrize("who", ["nurse", "doctor", "stranger"])
def test_only_the_desk_may(request, who, ward):
    by = request.getfixturevalue(who)
    room = RoomFactory(ward=ward)
    bed = BedFactory(ward=ward, room=room)
    attempts = [
        lambda: actions.add_ward(ward=Ward(name="X", slug="x"), by=by),
        lambda: actions.rename_ward(ward=ward, name="X", by=by),
        lambda: actions.add_room(ward=ward, name="X", by=by),
        lambda: actions.rename_room(room=room, name="X", by=by),
        lambda: actions.add_beds(room=room, labels=["X"], by=by),
        lambda: actions.change_bed(bed=bed, seen="", by=by),
        lambda: actions.set_bed_in_use(bed=bed, in_use=False, by=by),
    ]

    for attempt in attempts:
        with pytest.raises(NotPermitted):
            attempt()


def test_changes_are_told_to_the_boards(admin, ward, monkeypatch, request):
    told = []
    monkeypatch.setattr(actions, "publish_ward_changed", told.append)
    capture = request.getfixturevalue("django_capture_on_commit_callbacks")
    room = RoomFactory(ward=ward)

    with capture(execute=True):
        [bed] = actions.add_beds(room=room, labels=["N01"], by=admin)
        actions.set_bed_in_use(bed=bed, in_use=False, by=admin)
        actions.rename_ward(ward=ward, name="X", by=admin)

    assert told == [ward.pk] * 3
