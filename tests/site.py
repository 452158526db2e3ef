"""The real server on the test database, for tests that need one to talk to.

``site`` is shared by all tests of a run, ``own_site`` one that a test may stop, start
and kill.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from django.conf import settings
from django.db import connection

ROOT = Path(__file__).resolve().parents[1]
START_WITHIN_SECONDS = 60
# Tells the servers' database sessions from our own.
APPLICATION_NAME = "wardwatch-under-test"


def database_url() -> str:
    """The address of the test database, for another process."""
    db = connection.settings_dict
    who = quote(db["USER"] or "", safe="")
    if db["PASSWORD"]:
        who += ":" + quote(db["PASSWORD"], safe="")
    if db["HOST"].startswith("/"):  # a folder with a Unix socket
        return f"postgres://{who}@/{db['HOST']}/{db['NAME']}"
    host = f"{db['HOST'] or 'localhost'}:{db['PORT'] or 5432}"
    return f"postgres://{who}@{host}/{db['NAME']}"


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@dataclass
class Site:
    """``manage.py serve`` as a process of its own, stopped and started at will."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    process: subprocess.Popen | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> str:
        """What the server has said so far."""
        return (self.folder / "serve.log").read_text()

    def mails(self) -> list[str]:
        """The texts of all mails sent so far, oldest first."""
        files = sorted(
            (self.folder / "mail").glob("*.log"), key=lambda f: f.stat().st_mtime_ns
        )
        return [text.read_text() for text in files]

    def start(self) -> "Site":
        """Start the server and return once it answers."""
        (self.folder / "mail").mkdir(parents=True, exist_ok=True)
        with (self.folder / "serve.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", "--port", str(self.port)],
                cwd=ROOT,
                env=self._environment(),
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        until = time.monotonic() + START_WITHIN_SECONDS
        while time.monotonic() < until and self.process.poll() is None:
            try:
                httpx.get(f"{self.url}/healthz", timeout=1, trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return self
        self.stop()
        raise RuntimeError(f"The server did not start:\n{self.log}")

    def stop(self) -> None:
        """End the server as a supervisor would.

        Not by SIGINT: what a shell starts in the background is deaf to it.
        """
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def _environment(self) -> dict[str, str]:
        return (
            os.environ
            | {
                "DATABASE_URL": database_url(),
                "PGAPPNAME": APPLICATION_NAME,
                "SECRET_KEY": settings.SECRET_KEY,
                "ALLOWED_HOSTS": "127.0.0.1,localhost",
                "BEHIND_TLS": "0",
                "EMAIL_URL": f"filemail:///{self.folder / 'mail'}",
                "PYTHONWARNINGS": "default",
            }
            | self.environment
        )


@pytest.fixture(scope="session")
def collected_static(django_db_setup) -> None:
    """Scripts and styles as a real server gives them: renamed by their content."""
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v", "0"],
        cwd=ROOT,
        check=True,
    )


@pytest.fixture(scope="session")
def site(
    collected_static, django_db_setup, django_db_blocker, tmp_path_factory
) -> Iterator[Site]:
    """A server on the test database, shared by the whole run."""
    with django_db_blocker.unblock():
        connection.ensure_connection()
        started = Site(tmp_path_factory.mktemp("site")).start()
    yield started
    started.stop()


@pytest.fixture
def own_site(collected_static, transactional_db, tmp_path) -> Iterator[Site]:
    """A server of the test's own, not started yet; set its ``environment`` first."""
    connection.ensure_connection()
    mine = Site(tmp_path)
    yield mine
    mine.stop()
