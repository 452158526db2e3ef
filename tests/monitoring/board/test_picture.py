from datetime import date, timedelta

import pytest
from django.utils import timezone

from monitoring.board.picture import age_in_words, load_ward
from monitoring.board.states import Value
from monitoring.readings.models import MinuteSummary
from tests.factories import BedFactory, DeviceAssignmentFactory, DeviceFactory, admit
from tests.monitoring.board.conftest import arrived, now_ms, remember

pytestmark = pytest.mark.django_db


def test_beds_stand_in_the_order_the_ward_walks_past_them(ward):
    BedFactory(ward=ward, label="B", position=1)
    BedFactory(ward=ward, label="A", position=2)
    BedFactory(ward=ward, label="C", position=1)

    assert [tile.bed.label for tile in load_ward(ward).tiles] == ["B", "C", "A"]


def test_only_those_who_lie_here_now_are_in_the_picture(ward, stay):
    gone = admit(ward=ward)
    gone.bed_stays.update(ended_at=timezone.now(), ended_by=gone.admitted_by)
    admit()

    assert list(load_ward(ward).by_admission) == [stay.pk]


def test_one_patients_numbers_are_never_shown_as_anothers(ward, stay):
    device = stay.device_assignments.get().device
    stay.device_assignments.update(ended_at=timezone.now(), ended_by=stay.admitted_by)
    other = admit(ward=ward, device=DeviceFactory())
    other.device_assignments.all().delete()
    DeviceAssignmentFactory(admission=other, device=device, started_at=timezone.now())

    tile = load_ward(ward).by_admission[other.pk]

    assert tile.device.id == device.pk
    assert tile.values == {}
    assert tile.contact.heard is None


@pytest.mark.parametrize("patients", [1, 12])
def test_reading_a_ward_takes_four_queries_however_many_lie_there(
    ward, patients, django_assert_num_queries
):
    for _ in range(patients):
        remember(admit(ward=ward), heart_rate=70)

    # beds, stays, devices, minute means
    with django_assert_num_queries(4):
        picture = load_ward(ward)

    assert len(picture.by_admission) == patients


def test_an_arrow_comes_from_the_last_minutes(ward, stay):
    device = stay.device_assignments.get().device
    minute = timezone.now().replace(second=0, microsecond=0)
    for ago in range(1, 16):
        MinuteSummary.objects.create(
            device=device,
            admission=stay,
            minute=minute - timedelta(minutes=ago),
            heart_rate_mean=90 if ago <= 5 else 80,
            heart_rate_count=60,
        )

    assert load_ward(ward).by_admission[stay.pk].trends == {"heart_rate": "up"}


def test_a_message_brings_newer_values_only(ward, stay):
    picture = load_ward(ward)
    tile = picture.by_admission[stay.pk]
    newer, older = now_ms() + 1000, now_ms() - 60_000

    picture.apply(arrived(ward, stay, 1, at=newer, heart_rate=80)["items"])
    applied = picture.apply(
        arrived(ward, stay, 2, at=older, heart_rate=99, spo2=None)["items"]
    )

    assert tile.values["heart_rate"].value == 80
    assert tile.values["spo2"] == Value(None, older, older)
    assert applied.changed == [tile]
    assert not applied.doubtful


def test_a_message_about_another_stay_is_left_out_and_raises_doubt(ward, stay):
    picture = load_ward(ward)
    message = arrived(ward, stay, 1, heart_rate=99)["items"]
    message[0][1] += 1000

    applied = picture.apply(message)

    assert picture.by_admission[stay.pk].values["heart_rate"].value == 78
    assert applied.changed == []
    assert applied.doubtful


@pytest.mark.parametrize(
    ("born", "words"),
    [
        (date(2026, 11, 18), "3 d"),
        (date(2026, 9, 22), "1 mo"),
        (date(2026, 9, 21), "2 mo"),
        (date(2024, 11, 22), "23 mo"),
        (date(2024, 11, 21), "2 y"),
        (date(1950, 6, 15), "76 y"),
    ],
)
def test_an_age_is_said_as_wards_say_it(born, words):
    assert age_in_words(born, on=date(2026, 11, 21)) == words
