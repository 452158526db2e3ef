"""Two servers, one PostgreSQL, one Redis; and then no Redis."""

import json
import shutil
import subprocess
import time
from contextlib import ExitStack
from datetime import UTC, datetime

import httpx
import pytest
from django.conf import settings
from django.test import Client
from websockets.sync.client import ClientConnection, connect

from tests.factories import admit, issue_key
from tests.site import Site, free_port

pytestmark = pytest.mark.django_db(transaction=True)


class Redis:
    """Debian's Redis on a port of its own, keeping nothing on disk."""

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self.process = subprocess.Popen(
            ["redis-server", "--port", str(self.port), "--save", "", "--bind",
             "127.0.0.1", "--appendonly", "no"],
            stdout=subprocess.DEVNULL,
        )  # fmt: skip

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


@pytest.fixture
def redis():
    if not shutil.which("redis-server"):
        pytest.fail("redis-server is missing: apt-get install redis-server")
    server = Redis()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def two_sites(site, own_site, redis, tmp_path):
    """Two processes that share all but their memory.

    The server of all tests rests meanwhile: its clock would lead, and tell only itself.
    """
    site.stop()
    (tmp_path / "second").mkdir()
    other = Site(tmp_path / "second")
    for each in (own_site, other):
        each.environment = {"REDIS_URL": redis.url}
        each.start()
    yield own_site, other
    other.stop()
    site.start()


class Board:
    """An open board, as a browser's socket sees it."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    def wait_for(self, text: str, *, within: float) -> float:
        """Return the seconds until a frame holds ``text``."""
        began = time.monotonic()
        while (left := within - (time.monotonic() - began)) > 0:
            try:
                frame = self.socket.recv(timeout=left)
            except TimeoutError:
                break
            if text in frame:
                return time.monotonic() - began
        pytest.fail(f"{text!r} did not come within {within} s")

    def wait_for_layer(self, state: str, *, within: float) -> None:
        self.wait_for(f'"layer": {json.dumps(state)}', within=within)


@pytest.fixture
def open_board():
    """Return a function opening a ward's board on a server, signed in as somebody."""
    with ExitStack() as boards:

        def opened(site: Site, slug: str, user) -> Board:
            client = Client()
            client.force_login(user)
            name = settings.SESSION_COOKIE_NAME
            socket = connect(
                f"ws://127.0.0.1:{site.port}/ws/wards/{slug}/",
                additional_headers={"Cookie": f"{name}={client.cookies[name].value}"},
                origin=site.url,
            )
            return Board(boards.enter_context(socket))

        yield opened


def post(site: Site, key: str, **values) -> int:
    return httpx.post(
        f"{site.url}/api/v1/readings",
        headers={"Authorization": f"Bearer {key}"},
        json={"readings": [{"at": datetime.now(UTC).isoformat(), **values}]},
        trust_env=False,
    ).status_code


def test_a_value_posted_to_one_is_on_the_others_board(
    two_sites, open_board, ward, nurse
):
    one, other = two_sites
    key = issue_key(admit(ward=ward).device_assignments.get().device)
    board = open_board(other, ward.slug, nurse)
    board.wait_for_layer("ok", within=10)

    assert post(one, key, heart_rate=71) == 200

    assert board.wait_for(">71<", within=2) < 2


def test_without_redis_readings_are_stored_and_boards_read_the_database(
    two_sites, redis, open_board, ward, nurse
):
    one, other = two_sites
    key = issue_key(admit(ward=ward).device_assignments.get().device)
    board = open_board(other, ward.slug, nurse)
    board.wait_for_layer("ok", within=10)

    redis.stop()
    board.wait_for_layer("degraded", within=10)
    assert post(one, key, heart_rate=72) == 200
    board.wait_for(">72<", within=6)
    ready = httpx.get(f"{one.url}/readyz", trust_env=False, timeout=10)
    assert ready.status_code == 503
    assert ready.json()["checks"]["channel_layer"] != "ok"

    redis.start()
    board.wait_for_layer("ok", within=40)
    assert post(one, key, heart_rate=73) == 200
    assert board.wait_for(">73<", within=2) < 2


def test_a_person_removed_from_the_ward_loses_the_board_on_every_process(
    two_sites, open_board, ward, nurse
):
    one, other = two_sites
    admit(ward=ward, family_name="Secretive")
    boards = [open_board(site, ward.slug, nurse) for site in (one, other)]
    for board in boards:
        board.wait_for("SECRETIVE", within=10)

    nurse.ward_memberships.all().delete()

    for board in boards:
        board.wait_for("closed", within=15)
