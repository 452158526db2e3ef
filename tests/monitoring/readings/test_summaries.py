"""Minute summaries against a plain reading of the same rows."""

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from statistics import fmean

import pytest
from django.utils import timezone

from monitoring.readings.models import MinuteSummary, Reading, StruckOutValue
from monitoring.readings.summaries import summarise
from monitoring.vitals import VITAL_NAMES
from tests.factories import DeviceFactory, UserFactory, admit

pytestmark = pytest.mark.django_db


def store(device, at, *, admission=None, changed_at=None, **values):
    now = changed_at or timezone.now()
    return Reading.objects.create(
        device=device, at=at, received_at=now, changed_at=now, admission=admission,
        **values,
    )  # fmt: skip


@pytest.fixture
def minute():
    """The start of a whole minute, ten minutes ago."""
    return timezone.now().replace(second=0, microsecond=0) - timedelta(minutes=10)


@pytest.fixture
def oldest(minute):
    return minute - timedelta(days=1)


def test_every_minute_is_what_a_plain_reading_of_it_gives(minute, oldest):
    device, admission = DeviceFactory(), admit()
    chance = random.Random(3)
    wanted = defaultdict(lambda: defaultdict(list))
    for second in range(180):
        at = minute + timedelta(seconds=second)
        values = {
            name: round(chance.uniform(20, 100), 1)
            for name in chance.sample(VITAL_NAMES, 4)
        }
        store(device, at, admission=admission, **values)
        for name, value in values.items():
            wanted[at.replace(second=0)][name].append(value)

    summarise(since=None, oldest=oldest)

    summaries = list(MinuteSummary.objects.filter(device=device))
    assert {summary.minute for summary in summaries} == set(wanted)
    for summary in summaries:
        for name in VITAL_NAMES:
            values = wanted[summary.minute][name]
            got = [
                getattr(summary, f"{name}_{kind}")
                for kind in ("min", "max", "mean", "count")
            ]
            if values:
                assert got == [
                    min(values),
                    max(values),
                    pytest.approx(fmean(values)),
                    len(values),
                ]
            else:
                assert got == [None] * 4


def test_doing_it_again_changes_nothing_and_writes_nothing(minute, oldest):
    store(DeviceFactory(), minute, spo2=97)

    now, first = summarise(since=None, oldest=oldest)
    _, second = summarise(since=now, oldest=oldest)

    assert (first, second) == (1, 0)
    assert MinuteSummary.objects.count() == 1


def test_late_data_for_an_old_minute_is_taken_in(minute, oldest):
    device = DeviceFactory()
    store(device, minute, spo2=97)
    now, _ = summarise(since=None, oldest=oldest)

    store(device, minute + timedelta(seconds=30), spo2=81)
    summarise(since=now, oldest=oldest)

    summary = MinuteSummary.objects.get()
    assert (summary.spo2_min, summary.spo2_max, summary.spo2_count) == (81, 97, 2)


def test_a_minute_without_news_is_left_alone(minute, oldest):
    old = timezone.now() - timedelta(hours=1)
    store(DeviceFactory(), minute, spo2=97, changed_at=old)

    _, written = summarise(since=timezone.now(), oldest=oldest)

    assert written == 0


def test_a_struck_out_value_leaves_its_minute_and_its_neighbours_stay(minute, oldest):
    admission = admit()
    device = admission.device_assignments.get().device
    store(device, minute, spo2=97, heart_rate=80, admission=admission)
    wrong = minute + timedelta(seconds=1)
    store(device, wrong, spo2=20, heart_rate=82, admission=admission)
    StruckOutValue.objects.create(
        device=device,
        at=wrong,
        vital="spo2",
        value=20,
        admission=admission,
        reason="probe on the wrong finger",
        struck_out_by=UserFactory(),
    )

    summarise(since=None, oldest=oldest)

    summary = MinuteSummary.objects.get()
    assert (summary.spo2_min, summary.spo2_count) == (97, 1)
    assert (summary.heart_rate_max, summary.heart_rate_count) == (82, 2)


def test_a_minute_in_which_the_device_changed_patients_is_two(minute, oldest):
    device, one, two = DeviceFactory(), admit(), admit()
    store(device, minute, spo2=97, admission=one)
    store(device, minute + timedelta(seconds=40), spo2=88, admission=two)
    store(device, minute + timedelta(seconds=50), spo2=90)

    summarise(since=None, oldest=oldest)

    assert set(
        MinuteSummary.objects.values_list("admission", "spo2_min", "spo2_max")
    ) == {(one.pk, 97, 97), (two.pk, 88, 88), (None, 90, 90)}


def test_minutes_are_utc_minutes_at_any_offset(oldest):
    device = DeviceFactory()
    at = datetime.now(UTC).replace(second=59, microsecond=999_000) - timedelta(hours=1)
    store(device, at, spo2=97)

    summarise(since=None, oldest=oldest)

    assert MinuteSummary.objects.get().minute == at.replace(second=0, microsecond=0)
