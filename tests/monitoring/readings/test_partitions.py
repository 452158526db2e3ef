"""Day partitions: made ahead, dropped behind, by any number of processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
from django.db import OperationalError, connection, connections

from hospital.ops.database import connection_arguments
from monitoring.readings.models import Reading
from monitoring.readings.partitions import (
    DAYS_AHEAD,
    drop_expired,
    ensure_partitions,
    oldest_day,
)
from tests.factories import DeviceFactory

TODAY = date(2031, 3, 1)


@pytest.mark.django_db
def test_all_days_from_the_oldest_kept_to_days_ahead_have_one(settings):
    settings.READING_RETENTION_DAYS = 3

    made = ensure_partitions(today=TODAY)

    assert made == [
        f"monitoring_reading_{TODAY + timedelta(days=n):%Y%m%d}"
        for n in range(-3, DAYS_AHEAD + 1)
    ]
    assert ensure_partitions(today=TODAY) == []


@pytest.mark.django_db
def test_a_reading_at_each_end_of_a_utc_day_lies_in_that_day(settings):
    settings.READING_RETENTION_DAYS = 1
    ensure_partitions(today=TODAY)
    device = DeviceFactory()
    midnight = datetime(2031, 3, 1, tzinfo=UTC)
    for at in (midnight, midnight + timedelta(hours=24, microseconds=-1)):
        Reading.objects.create(
            device=device, at=at, received_at=at, changed_at=at, spo2=97
        )

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM monitoring_reading_20310301")
        assert cursor.fetchone() == (2,)


@pytest.mark.django_db
def test_days_past_the_retention_go_and_the_last_kept_stays(settings):
    settings.READING_RETENTION_DAYS = 3
    ensure_partitions(today=TODAY)

    dropped = drop_expired(today=TODAY + timedelta(days=2))

    assert {"monitoring_reading_20310226", "monitoring_reading_20310227"} <= set(
        dropped
    )
    assert f"monitoring_reading_{oldest_day(TODAY + timedelta(days=2)):%Y%m%d}" not in (
        dropped
    )


@pytest.mark.django_db(transaction=True)
def test_many_processes_may_make_them_at_once(settings):
    settings.READING_RETENTION_DAYS = 1
    today = date(2032, 5, 5)

    def make(_):
        try:
            return ensure_partitions(today=today)
        finally:
            connections.close_all()

    try:
        with ThreadPoolExecutor(6) as threads:
            list(threads.map(make, range(6)))

        assert ensure_partitions(today=today) == []
    finally:
        with connection.cursor() as cursor:
            for n in range(-1, DAYS_AHEAD + 1):
                day = today + timedelta(days=n)
                cursor.execute(f"DROP TABLE monitoring_reading_{day:%Y%m%d}")


@pytest.mark.django_db(transaction=True)
def test_a_long_read_makes_the_change_wait_its_turn_not_the_devices(settings):
    settings.READING_RETENTION_DAYS = 1
    far = date(2033, 6, 6)
    with psycopg.connect(**connection_arguments(application="a long read")) as reader:
        reader.execute("SELECT count(*) FROM monitoring_reading")

        with pytest.raises(OperationalError, match="lock timeout"):
            ensure_partitions(today=far)

    now = datetime.now(UTC)
    Reading.objects.create(
        device=DeviceFactory(), at=now, received_at=now, changed_at=now, spo2=97
    )
