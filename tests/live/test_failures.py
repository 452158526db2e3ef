"""Breaking a real server on purpose while devices post to it."""

import os
import signal
import threading
import time
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from django.db import connection, connections

from monitoring.readings.models import Reading
from tests.factories import admit, issue_key
from tests.site import Site

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(transactional_db):
    """The key of a device with a patient."""
    return issue_key(admit().device_assignments.get().device)


class PostingDevice(threading.Thread):
    """Posts one reading after another and keeps those it was told are stored."""

    def __init__(self, url: str, key: str) -> None:
        super().__init__(daemon=True)
        self.url, self.key = url, key
        self.stop = threading.Event()
        self.acknowledged: list[datetime] = []
        self.statuses: set[int] = set()

    def run(self) -> None:
        at = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1)
        with httpx.Client(trust_env=False, timeout=5) as client:
            while not self.stop.is_set():
                at += timedelta(milliseconds=100)
                try:
                    answer = client.post(
                        f"{self.url}/api/v1/readings",
                        headers={"Authorization": f"Bearer {self.key}"},
                        json={"readings": [{"at": at.isoformat(), "spo2": 97}]},
                    )
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                self.statuses.add(answer.status_code)
                if answer.status_code == 200:
                    self.acknowledged.append(at)
                else:
                    time.sleep(0.05)

    def wait_for(self, count: int) -> None:
        """Return once so many more were acknowledged."""
        wanted = len(self.acknowledged) + count
        until = time.monotonic() + 30
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until, self.statuses
            time.sleep(0.02)

    def finish(self) -> None:
        self.stop.set()
        self.join(timeout=10)


def stored() -> set[datetime]:
    return set(Reading.objects.values_list("at", flat=True))


def test_a_killed_server_has_stored_all_it_acknowledged(own_site, key):
    own_site.environment = {"DEVICE_POSTS_PER_SECOND": "1000"}
    own_site.start()
    device = PostingDevice(own_site.url, key)
    device.start()
    for _ in range(3):
        device.wait_for(40)
        os.kill(own_site.process.pid, signal.SIGKILL)
        own_site.process.wait()
        own_site.start()
    device.wait_for(10)
    device.finish()

    assert len(device.acknowledged) >= 130
    assert set(device.acknowledged) <= stored()


def test_a_database_that_drops_every_connection_loses_nothing(own_site, key):
    own_site.environment = {"DEVICE_POSTS_PER_SECOND": "1000"}
    own_site.start()
    device = PostingDevice(own_site.url, key)
    device.start()
    for _ in range(5):
        device.wait_for(20)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
    device.wait_for(10)
    device.finish()
    # This process's own connections were cut as well.
    connections.close_all()
    connection.close_pool()

    assert device.statuses <= {200, 503}
    assert set(device.acknowledged) <= stored()
    assert wait_until_ready(own_site) == 200


def wait_until_ready(site) -> int:
    """Ask for readiness until it is given, for as long as a clock may be late."""
    until = time.monotonic() + 15
    while True:
        status = httpx.get(f"{site.url}/readyz", trust_env=False).status_code
        if status == 200 or time.monotonic() > until:
            return status
        time.sleep(0.2)


def test_a_server_that_stops_cleanly_answers_what_it_took(own_site, key):
    own_site.environment = {"DEVICE_POSTS_PER_SECOND": "1000"}
    own_site.start()
    device = PostingDevice(own_site.url, key)
    device.start()
    device.wait_for(30)
    own_site.stop()
    device.finish()

    assert set(device.acknowledged) <= stored()
    assert "Traceback" not in own_site.log


LEADER = """
    SELECT l.pid FROM pg_locks l
    JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted
      AND a.application_name = 'wardwatch clock' AND a.datname = current_database()
"""


def leaders() -> set[int]:
    """Which of the clocks' connections hold the leader's lock."""
    with connection.cursor() as cursor:
        cursor.execute(LEADER)
        return {pid for (pid,) in cursor.fetchall()}


def test_the_clock_always_has_one_leader_and_outlives_it(own_site, tmp_path):
    own_site.start()
    (tmp_path / "second").mkdir()
    second = Site(tmp_path / "second").start()
    try:
        assert wait_until_ready(own_site) == 200
        (before,) = leaders()
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [before])
        until = time.monotonic() + 15
        while not leaders() - {before}:
            assert time.monotonic() < until
            time.sleep(0.1)

        assert len(leaders()) == 1
        assert wait_until_ready(second) == 200
    finally:
        second.stop()
