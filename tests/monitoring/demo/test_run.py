"""``manage.py run`` as a person uses it: from nothing, with one Ctrl-C at the end."""

import os
import re
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil
import pytest

from tests.factories import UserFactory, WardFactory
from tests.hospital.ops.processes import family, survivors, wait_for
from tests.site import database_url, free_port
from wards.patients.models import Patient

ROOT = Path(__file__).resolve().parents[3]
READY = "Ctrl-C stops everything."


@dataclass
class Running:
    """``manage.py run`` in a process group of its own, as from a terminal."""

    log: Path
    environment: dict[str, str]
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        keep = ("PATH", "HOME", "LANG")
        base = {name: os.environ[name] for name in keep if name in os.environ}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "run"],
                cwd=ROOT,
                env=base | {"PORT": str(self.port)} | self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def wait_until_ready(self) -> "Running":
        wait_for(
            lambda: READY in self.said or self.process.poll() is not None, seconds=90
        )
        assert self.process.poll() is None, self.said
        return self

    def end(self, number: int = signal.SIGINT) -> int:
        """Do what a terminal does on Ctrl-C; return the exit code."""
        os.killpg(self.process.pid, number)
        return self.process.wait(30)

    def ended(self) -> int:
        """Wait for it to end by itself; return the exit code."""
        return self.process.wait(60)


@pytest.fixture
def run(tmp_path):
    """Return a function that starts it; whatever still runs later is killed."""
    started = []

    def begun(**environment: str) -> Running:
        log = tmp_path / f"run-{len(started)}.log"
        started.append(Running(log, {"VAR_DIR": str(tmp_path / "var")} | environment))
        return started[-1]

    yield begun
    for each in started:
        if each.process.poll() is None:
            for process in reversed(family(each.process.pid)):
                process.kill()
            each.process.wait()


def postgres(folder: Path) -> psutil.Process:
    """The embedded PostgreSQL that runs in ``folder``."""
    return psutil.Process(int((folder / "postmaster.pid").read_text().split()[0]))


def test_from_nothing_to_a_live_demo_and_back_again(run, tmp_path):
    first = run().wait_until_ready()
    everything = [*family(first.process.pid), postgres(tmp_path / "var" / "postgres")]
    password = re.search(r"password: (\S+)", first.said)[1]
    address = f"http://127.0.0.1:{first.port}"
    ready = lambda: httpx.get(f"{address}/readyz", trust_env=False).is_success  # noqa: E731

    assert f"Wardwatch is at  {address}" in first.said
    assert "nurse@demo.invalid" in first.said
    assert any("simulate" in process.cmdline() for process in everything)
    wait_for(ready)

    assert first.end(signal.SIGINT) == 0
    assert survivors(everything) == []
    assert "Traceback" not in first.said
    assert first.said.rstrip().endswith("Stopped.")

    second = run(SIMULATE="0").wait_until_ready()
    everything = [*family(second.process.pid), postgres(tmp_path / "var" / "postgres")]

    assert "Building" not in second.said
    assert f"password: {password}" in second.said
    assert not any("simulate" in process.cmdline() for process in everything)
    assert second.end(signal.SIGTERM) == 0
    assert survivors(everything) == []


@pytest.mark.django_db(transaction=True)
def test_a_server_that_dies_is_started_again(run):
    WardFactory()
    running = run(DATABASE_URL=database_url()).wait_until_ready()
    server = next(
        process
        for process in family(running.process.pid)
        if "serve" in process.cmdline()
    )

    server.kill()

    wait_for(lambda: "Starting it again" in running.said)
    url = f"http://127.0.0.1:{running.port}/healthz"
    wait_for(lambda: answers(url))
    assert "The server was ended by SIGKILL." in running.said
    assert running.end() == 0


def answers(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).is_success
    except httpx.TransportError:
        return False


@pytest.mark.django_db(transaction=True)
def test_a_real_hospital_gets_no_demo_and_no_simulation(run):
    UserFactory(superuser=True)
    running = run(DATABASE_URL=database_url()).wait_until_ready()

    assert "This database is not the demo" in running.said
    assert "password" not in running.said
    assert not any(
        "simulate" in process.cmdline() for process in family(running.process.pid)
    )
    assert running.end() == 0
    assert not Patient.objects.exists()


def test_a_port_in_use_is_said_before_anything_is_started(run, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        running = run(PORT=str(port))

        assert running.ended() == 1

    assert f"Port {port} cannot be used" in running.said
    assert "PORT=8001 make run" in running.said
    assert not (tmp_path / "var" / "postgres").exists()


def test_a_database_out_of_reach_is_said(run):
    running = run(DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/nothing")

    assert running.ended() == 1
    assert "The database cannot be reached" in running.said
    assert "Traceback" not in running.said


def test_it_is_not_for_production(run):
    running = run(
        ALLOWED_HOSTS="ward.hospital.example",
        SECRET_KEY="not a key for production, but long enough to be one",
        DATABASE_URL="postgres://nobody@127.0.0.1:1/nothing",
    )

    assert running.ended() == 1
    assert "Use `manage.py serve`" in running.said
