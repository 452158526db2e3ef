"""A deployment that forgot something must hear its name, at start."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

COMPLETE = {
    "ALLOWED_HOSTS": "ward.hospital.example",
    "SECRET_KEY": "x7" * 30 + "abcdefghij",
    "DATABASE_URL": "postgres://wardwatch:secret@db.hospital.example/wardwatch",
    "REDIS_URL": "redis://redis.hospital.example/0",
}


def check(*options, **environment) -> subprocess.CompletedProcess:
    """Run ``manage.py check`` with nothing but these variables set."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", "check", *options],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_without_any_variable_it_is_a_local_installation(tmp_path):
    result = check(VAR_DIR=str(tmp_path))

    assert result.returncode == 0, result.stderr
    key = tmp_path / "secret_key"
    assert len(key.read_text()) > 50
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_complete_deployment_has_nothing_to_warn_about(tmp_path):
    result = check(
        "--deploy", "--fail-level", "WARNING", VAR_DIR=str(tmp_path), **COMPLETE
    )

    assert result.returncode == 0, result.stderr
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
        ({"SECRET_KEY": "short"}, "50 or more random characters"),
        ({"DATABASE_URL": ""}, "DATABASE_URL is missing"),
        ({"DATABASE_URL": "mysql://a@b/c"}, "DATABASE_URL must begin with postgres://"),
        ({"DATABASE_URL": "wardwatch"}, "DATABASE_URL must begin with postgres://"),
        ({"DATABASE_URL": "postgres://a@b/"}, "DATABASE_URL names no database"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name"),
        ({"REDIS_URL": "cache:6379"}, "REDIS_URL must begin with redis://"),
        ({"READING_RETENTION_DAYS": "a week"}, "READING_RETENTION_DAYS"),
        ({"READING_RETENTION_DAYS": "0"}, "READING_RETENTION_DAYS must be"),
        ({"DEBUG": "maybe"}, "DEBUG"),
        ({"TIME_ZONE": "Mars/Olympus"}, "TIME_ZONE"),
        ({"EMAIL_URL": "pigeon://loft"}, "EMAIL_URL"),
        ({"PORT": "eighty"}, "PORT"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL must be one of"),
        ({"STALE_AFTER_INTERVALS": "-1"}, "STALE_AFTER_INTERVALS must be"),
    ],
    ids=lambda value: (
        " ".join(f"{k}={v}" for k, v in value.items())
        if isinstance(value, dict)
        else ""
    ),
)
def test_what_is_missing_or_wrong_is_named_without_a_traceback(
    tmp_path, changed, sentence
):
    result = check(VAR_DIR=str(tmp_path), **(COMPLETE | changed))

    assert result.returncode != 0
    assert sentence in result.stderr
    assert "Traceback" not in result.stderr
