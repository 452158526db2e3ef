"""What `make` says on a machine that lacks something. Nothing is installed here."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
TOOLS = ("sh", "dirname", "id", "mkdir", "tail", "cat", "cmp", "cp", "rm")


@pytest.fixture
def clone(tmp_path):
    """A clone in which the packages are installed, as far as the script can tell."""
    for name in ("requirements.txt", "requirements-dev.txt", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    script = tmp_path / "hospital" / "ops" / "prepare.sh"
    script.parent.mkdir(parents=True)
    shutil.copy(ROOT / "hospital" / "ops" / "prepare.sh", script)

    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    runs = (tmp_path / "requirements.txt").read_text()
    dev = (tmp_path / "requirements-dev.txt").read_text()
    (tmp_path / ".venv" / "installed-requirements.txt").write_text(runs + runs)
    (tmp_path / ".venv" / "installed-requirements-dev.txt").write_text(runs + dev)
    (tmp_path / "node_modules").mkdir()
    shutil.copy(
        tmp_path / "package-lock.json",
        tmp_path / "node_modules" / "installed-package-lock.json",
    )
    return tmp_path


@pytest.fixture
def prepare(clone):
    """Return a function running the script where only ``programs`` exist."""
    bare = clone / "bin"
    bare.mkdir()
    for tool in TOOLS:
        (bare / tool).symlink_to(shutil.which(tool))

    def run(what: str, *programs: str) -> subprocess.CompletedProcess:
        for program in programs:
            (bare / program).write_text("#!/bin/sh\nexit 0\n")
            (bare / program).chmod(0o755)
        return subprocess.run(
            [shutil.which("sh"), "hospital/ops/prepare.sh", what],
            cwd=clone,
            env={"PATH": str(bare), "HOME": os.environ.get("HOME", "/")},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.mark.parametrize("what", ["run", "lint"])
def test_nothing_is_done_where_everything_is_there(prepare, what):
    done = prepare(what)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_all_is_there_for_tests_with_chromium_and_redis(prepare):
    done = prepare("test", "chromium", "redis-server")

    assert done.returncode == 0, done.stderr


def test_without_python_it_says_which_to_install(prepare, clone):
    shutil.rmtree(clone / ".venv")

    done = prepare("run")

    assert done.returncode == 1
    assert "Python 3.11, 3.12, 3.13 or 3.14" in done.stderr
    assert "apt-get install python3" in done.stderr


def test_a_python_that_is_too_old_does_not_count(prepare, clone):
    shutil.rmtree(clone / ".venv")
    old = clone / "bin" / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)

    assert "Wardwatch needs Python" in prepare("run").stderr


def test_without_chromium_it_says_how_to_get_it(prepare):
    done = prepare("test", "redis-server")

    assert done.returncode == 1
    assert "apt-get install chromium" in done.stderr
    assert "CHROMIUM=" in done.stderr


def test_without_redis_it_says_how_to_get_it(prepare):
    done = prepare("test", "chromium")

    assert done.returncode == 1
    assert "apt-get install redis-server" in done.stderr


def test_running_needs_neither(prepare):
    assert prepare("run").returncode == 0
