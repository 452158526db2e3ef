from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from hospital.access.models import AuditEvent
from hospital.access.refusals import NotPermitted, NotPossible
from monitoring.readings.actions import strike_out
from monitoring.readings.models import (
    LatestValues,
    MinuteSummary,
    Reading,
    StruckOutValue,
)
from monitoring.readings.summaries import summarise
from tests.monitoring.readings.conftest import store

pytestmark = pytest.mark.django_db


def strike(reading, by, **changes):
    return strike_out(
        **{
            "admission": reading.admission,
            "device_id": reading.device_id,
            "at": reading.at,
            "vital": "heart_rate",
            "reason": "Probe on the wrong patient",
            "by": by,
        }
        | changes
    )


def show(reading, **more):
    """Make a reading the newest that boards show."""
    at = round(reading.at.timestamp() * 1000)
    values = {"heart_rate": [reading.heart_rate, at, at]} | more
    return LatestValues.objects.create(
        device_id=reading.device_id, admission=reading.admission, values=values
    )


def test_a_value_is_struck_out_by_name_and_with_a_reason(stay, nurse):
    reading = store(stay, heart_rate=250)

    struck = strike(reading, nurse, reason="  Test signal  ")

    assert struck.value == 250
    assert struck.reason == "Test signal"
    assert struck.struck_out_by == nurse
    reading.refresh_from_db()
    assert reading.heart_rate == 250
    event = AuditEvent.objects.get(kind="reading.value_struck_out")
    assert event.actor == nurse
    assert event.detail["vital"] == "heart_rate"
    assert event.detail["value"] == 250


def test_boards_stop_showing_it_and_are_told(
    stay, nurse, ward, django_capture_on_commit_callbacks, monkeypatch
):
    told = []
    monkeypatch.setattr("monitoring.readings.actions.publish_ward_changed", told.append)
    reading = store(stay, heart_rate=250)
    latest = show(reading, spo2=[97, 1, 1])

    with django_capture_on_commit_callbacks(execute=True):
        strike(reading, nurse)

    latest.refresh_from_db()
    assert latest.values == {"spo2": [97, 1, 1]}
    assert told == [ward.pk]


def test_a_newer_value_stays_on_the_board(stay, nurse):
    latest = show(store(stay, heart_rate=80))

    strike(store(stay, ago=60, heart_rate=250), nurse)

    latest.refresh_from_db()
    assert latest.values["heart_rate"][0] == 80


def test_the_minute_is_summarised_anew_without_it(stay, nurse):
    at = timezone.now().replace(second=10, microsecond=0) - timedelta(minutes=5)
    good = store(stay, heart_rate=80)
    bad = store(stay, heart_rate=250)
    Reading.objects.filter(at=good.at).update(at=at)
    Reading.objects.filter(at=bad.at).update(at=at + timedelta(seconds=1))
    bad = Reading.objects.get(heart_rate=250)
    midnight = datetime.combine(at.date(), datetime.min.time(), UTC)
    now, _ = summarise(since=None, oldest=midnight - timedelta(days=1))
    assert MinuteSummary.objects.get().heart_rate_max == 250

    strike(bad, nurse)
    summarise(since=now, oldest=midnight - timedelta(days=1))

    summary = MinuteSummary.objects.get()
    assert (summary.heart_rate_max, summary.heart_rate_count) == (80, 1)


def test_only_staff_of_the_ward_may(stay, stranger, admin):
    reading = store(stay, heart_rate=250)

    for user in (stranger, admin):
        with pytest.raises(NotPermitted):
            strike(reading, user)

    assert not StruckOutValue.objects.exists()


def test_once_is_enough(stay, nurse):
    reading = store(stay, heart_rate=250)
    strike(reading, nurse)

    with pytest.raises(NotPossible, match="struck out already"):
        strike(reading, nurse)


def test_there_must_be_such_a_value(stay, nurse):
    reading = store(stay, heart_rate=250)

    with pytest.raises(NotPossible, match="no temperature"):
        strike(reading, nurse, vital="temperature")
    with pytest.raises(NotPossible, match="no heart rate"):
        strike(reading, nurse, at=reading.at + timedelta(seconds=1))


def test_a_reason_is_needed(stay, nurse):
    with pytest.raises(NotPossible, match="Say why"):
        strike(store(stay, heart_rate=250), nurse, reason="   ")


def test_the_database_knows_the_vitals(stay, nurse):
    reading = store(stay, heart_rate=250)

    with (
        pytest.raises(IntegrityError, match="value_struck_out_is_a_vital"),
        transaction.atomic(),
    ):
        StruckOutValue.objects.create(
            device_id=reading.device_id,
            at=reading.at,
            vital="mood",
            value=1,
            admission=stay,
            reason="x",
            struck_out_by=nurse,
        )
