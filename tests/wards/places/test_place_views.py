"""The pages of places: for the desk, and true whatever is typed."""

import pytest
from django.urls import reverse

from hospital.versions import version_of
from tests.factories import BedFactory, RoomFactory, WardFactory, admit
from wards.places.actions import BED_FIELDS
from wards.places.models import Bed, Ward

pytestmark = pytest.mark.django_db

PLACES = reverse("places")


@pytest.fixture
def desk(sign_in, admin):
    """A browser somebody at the desk is signed in on."""
    return sign_in(admin)


def pages(bed):
    """Every page of places, for a ward with a bed."""
    slug = bed.ward.slug
    return [
        PLACES,
        reverse("ward_new"),
        reverse("ward_places", args=[slug]),
        reverse("ward_edit", args=[slug]),
        reverse("room_new", args=[slug]),
        reverse("beds_new", args=[slug]),
        reverse("room_edit", args=[bed.room_id]),
        reverse("bed_edit", args=[bed.pk]),
        reverse("bed_in_use", args=[bed.pk]),
    ]


@pytest.mark.parametrize(
    ("who", "status"), [("admin", 200), ("nurse", 403), ("doctor", 403)]
)
def test_places_are_for_the_desk(request, sign_in, who, status):
    client = sign_in(request.getfixturevalue(who))

    for url in pages(BedFactory()):
        assert client.get(url).status_code == status, url


@pytest.mark.parametrize("wards", [1, 12])
def test_list_asks_the_database_no_more_for_more_wards(
    desk, wards, django_assert_num_queries
):
    for _ in range(wards):
        admit(bed=BedFactory())

    # session, user, how many wards, the wards with their counts, demo or not
    with django_assert_num_queries(5):
        desk.get(PLACES)


@pytest.mark.parametrize("beds", [1, 12])
def test_ward_asks_the_database_no_more_for_more_beds(
    desk, ward, beds, django_assert_num_queries
):
    room = RoomFactory(ward=ward)
    for bed in BedFactory.create_batch(beds, ward=ward, room=room):
        admit(bed=bed)

    # session, user, ward, stays with patients, rooms, beds, demo or not
    with django_assert_num_queries(7):
        desk.get(reverse("ward_places", args=[ward.slug]))


def test_list_counts_beds_by_how_they_are(desk, ward):
    rooms = RoomFactory.create_batch(2, ward=ward)
    admit(bed=BedFactory(ward=ward, room=rooms[0]))
    BedFactory.create_batch(2, ward=ward, room=rooms[1])
    BedFactory(ward=ward, room=rooms[1], in_use=False)

    counted = Ward.objects.for_places().get()

    assert counted.room_count == 2
    assert counted.bed_count == 3
    assert counted.taken_count == 1
    assert counted.closed_count == 1


def test_search_finds_the_ward_of_a_bed(desk):
    bed = BedFactory(label="N07", ward__name="North")
    WardFactory(name="East")

    partial = desk.get(PLACES, {"query": "n07"}, headers={"HX-Request": "true"})

    assert "<html" not in partial.text
    assert bed.ward.name in partial.text
    assert "East" not in partial.text
    assert 'data-announce="1 of 2 wards"' in partial.text
    assert "HX-Request" in partial["Vary"]


def test_empty_list_says_what_to_do(desk):
    page = desk.get(PLACES).text

    assert "No wards yet" in page
    assert reverse("ward_new") in page


@pytest.mark.parametrize(
    ("name", "link"), [("Stroke unit", "stroke-unit"), ("Élan", "elan")]
)
def test_a_ward_is_named_in_links_as_it_is_called(desk, name, link):
    response = desk.post(reverse("ward_new"), {"name": name}, follow=True)

    assert Ward.objects.get().slug == link
    assert "who works there" in response.text


def test_a_ward_whose_name_makes_no_link_asks_for_one(desk):
    response = desk.post(reverse("ward_new"), {"name": "中"})

    assert "the name that links shall have" in response.text
    assert not Ward.objects.exists()


def test_a_ward_is_set_up_from_nothing(desk):
    desk.post(reverse("ward_new"), {"name": "East", "slug": "East"})
    desk.post(reverse("room_new", args=["east"]), {"name": "Bay 1"})
    ward = Ward.objects.get(slug="east")
    room = ward.rooms.get()

    response = desk.post(
        reverse("beds_new", args=["east"]),
        {"labels": "E01-E12, Side", "room": room.pk},
        follow=True,
    )

    assert ward.beds.count() == 13
    assert "E12" in response.text


def test_refusal_of_an_action_stands_beside_the_field(desk, ward):
    bed = BedFactory(ward=ward, label="N01")

    response = desk.post(
        reverse("beds_new", args=[ward.slug]),
        {"labels": "N01-N03", "room": bed.room_id},
    )

    assert response.status_code == 422
    assert response.context["form"].errors["labels"] == [
        "North has N01 already. Nothing was added."
    ]


def test_room_of_another_ward_is_no_choice(desk, ward):
    elsewhere = RoomFactory()

    response = desk.post(
        reverse("beds_new", args=[ward.slug]), {"labels": "N1", "room": elsewhere.pk}
    )

    assert response.status_code == 422
    assert not Bed.objects.exists()


def test_renaming_a_ward_to_itself_is_no_error(desk, ward):
    response = desk.post(reverse("ward_edit", args=[ward.slug]), {"name": ward.name})

    assert response.status_code == 302


def test_bed_changes_label_and_order(desk, ward):
    bed = BedFactory(ward=ward, label="N01")

    desk.post(
        reverse("bed_edit", args=[bed.pk]),
        {
            "label": "N09",
            "room": bed.room_id,
            "position": 4,
            "seen": version_of(bed, BED_FIELDS),
        },
    )

    bed.refresh_from_db()
    assert (bed.label, bed.position) == ("N09", 4)


def test_taken_label_is_refused_in_words(desk, ward):
    first = BedFactory(ward=ward, label="N01")
    second = BedFactory(ward=ward, room=first.room, label="N02")

    response = desk.post(
        reverse("bed_edit", args=[second.pk]),
        {
            "label": "N01",
            "room": second.room_id,
            "position": 0,
            "seen": version_of(second, BED_FIELDS),
        },
    )

    assert response.status_code == 422
    assert "That ward has a bed of that label already." in response.text


def test_occupied_bed_is_refused_before_and_after_asking(desk):
    bed = BedFactory()
    admit(bed=bed)
    url = reverse("bed_in_use", args=[bed.pk])

    asked = desk.get(url)
    assert "is occupied" in asked.text
    assert "<button class" not in asked.text.split("<main")[1]
    sent = desk.post(url, {"to": "closed"})

    assert sent.status_code == 409
    assert "is occupied" in sent.text


def test_closing_a_closed_bed_twice_does_not_open_it(desk):
    bed = BedFactory()
    url = reverse("bed_in_use", args=[bed.pk])

    desk.post(url, {"to": "closed"})
    desk.post(url, {"to": "closed"})

    bed.refresh_from_db()
    assert not bed.in_use
