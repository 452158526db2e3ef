"""The server under test and the ceiling beside it, as processes of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx
from django.conf import settings

START_WITHIN: Final = 60.0


class Server:
    """A process that listens on ``port``."""

    def __init__(self, process: "subprocess.Popen[bytes]", port: int) -> None:
        self.process = process
        self.port = port

    @property
    def memory_mb(self) -> float:
        """Resident memory now, in MB; 0 where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        for line in status.read_text().splitlines() if status.exists() else []:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    @property
    def cpu_seconds(self) -> float:
        """Processor time spent so far; 0 where the system does not tell."""
        stat = Path(f"/proc/{self.process.pid}/stat")
        if not stat.exists():
            return 0.0
        fields = stat.read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def wardwatch(database_url: str) -> Iterator[Server]:
    """Serve Wardwatch on a database, with limits no benchmark reaches."""
    port = _free_port()
    environment = os.environ | {
        "DATABASE_URL": database_url,
        "SECRET_KEY": settings.SECRET_KEY,
        "DEVICE_POSTS_PER_SECOND": "1000000",
        "DEVICE_READINGS_PER_SECOND": "100000000",
        "LOG_LEVEL": "ERROR",
    }
    command = [sys.executable, "manage.py", "serve", "--port", str(port)]
    with _running(command, environment, port) as server:
        yield server


@contextmanager
def ceiling() -> Iterator[Server]:
    """Serve an application that does nothing, on the same Daphne."""
    port = _free_port()
    command = [sys.executable, "-m", "monitoring.bench.noop", str(port)]
    with _running(command, dict(os.environ), port) as server:
        yield server


@contextmanager
def _running(
    command: list[str], environment: dict[str, str], port: int
) -> Iterator[Server]:
    process = subprocess.Popen(  # noqa: S603
        command,
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    try:
        _wait_for(process, port)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(process: "subprocess.Popen[bytes]", port: int) -> None:
    until = time.monotonic() + START_WITHIN
    while time.monotonic() < until and process.poll() is None:
        try:
            httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the server under test did not start")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
