"""What a crash leaves behind must not keep the embedded PostgreSQL from working."""

import json
import os
import subprocess
import sys

import fasteners
import pytest

from hospital.ops.embedded import server


@pytest.fixture
def dead_pid() -> int:
    """The number of a process that has ended."""
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    return gone.pid


def test_a_mark_with_the_number_of_a_stranger_is_removed(tmp_path):
    mark = tmp_path / "postmaster.pid"
    mark.write_text(f"{os.getpid()}\n{tmp_path}\n")
    users = tmp_path / ".handle_pids.json"
    users.write_text(json.dumps([os.getpid()]))

    server._forget_a_dead_server(tmp_path)

    assert not mark.exists()
    assert not users.exists()


def test_a_mark_of_nobody_is_removed(tmp_path, dead_pid):
    mark = tmp_path / "postmaster.pid"
    mark.write_text(f"{dead_pid}\n")

    server._forget_a_dead_server(tmp_path)

    assert not mark.exists()


def test_the_mark_of_a_running_server_stays(tmp_path):
    command = [sys.executable, "-c", "import time; time.sleep(60)", "-D", str(tmp_path)]
    with subprocess.Popen(command) as running:
        mark = tmp_path / "postmaster.pid"
        mark.write_text(f"{running.pid}\n")

        server._forget_a_dead_server(tmp_path)

        assert mark.exists()
        running.kill()


def test_killed_processes_no_longer_count_as_users(tmp_path, dead_pid):
    users = tmp_path / ".handle_pids.json"
    users.write_text(json.dumps([dead_pid, os.getpid()]))

    server._forget_dead_users(tmp_path, fasteners.InterProcessLock(tmp_path / "lock"))

    assert json.loads(users.read_text()) == [os.getpid()]
