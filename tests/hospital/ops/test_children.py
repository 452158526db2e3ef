import sys
from pathlib import Path

import pytest

from hospital.ops import children as children_module
from hospital.ops.children import Children, GaveUp
from tests.hospital.ops.processes import wait_for

LASTING = "import time; time.sleep(60)"


@pytest.fixture
def said():
    return []


@pytest.fixture
def children(said):
    running = Children(said.append)
    yield running
    running.stop()


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def checked_until(children: Children, happened) -> None:
    wait_for(lambda: (children.check(), happened())[1])


def test_a_program_that_ends_is_started_again_with_words(children, said, tmp_path):
    mark = tmp_path / "ran"
    children.start(
        "The server",
        python(
            "import pathlib, time\n"
            f"p = pathlib.Path({str(mark)!r})\n"
            "if p.exists(): time.sleep(60)\n"
            "p.touch(); raise SystemExit(3)"
        ),
    )
    checked_until(children, lambda: said)

    assert said == ["The server ended with code 3. Starting it again."]


def test_a_program_that_cannot_live_is_given_up(children, said):
    children.start("The server", python("raise SystemExit(1)"))

    with pytest.raises(GaveUp, match=r"The server ended with code 1 3 times in a row"):
        checked_until(children, lambda: False)

    assert len(said) == 2


def test_they_are_stopped_in_reverse_order(children, tmp_path):
    log = tmp_path / "log"
    for name in ("first", "second"):
        children.start(
            name,
            python(
                "import signal, sys, time\n"
                f"log = open({str(log)!r}, 'a', buffering=1)\n"
                f"def end(*_): print('{name} stopped', file=log); sys.exit()\n"
                "signal.signal(signal.SIGTERM, end)\n"
                f"print('{name} up', file=log)\n" + LASTING
            ),
        )
    wait_for(lambda: log.exists() and log.read_text().count("up") == 2)

    children.stop()

    assert log.read_text().splitlines()[-2:] == ["second stopped", "first stopped"]


def test_one_that_will_not_stop_is_killed(children, said, monkeypatch, tmp_path):
    monkeypatch.setattr(children_module, "PATIENCE", 0.2)
    up = Path(tmp_path / "up")
    children.start(
        "The server",
        python(
            "import pathlib, signal\n"
            "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
            f"pathlib.Path({str(up)!r}).touch()\n" + LASTING
        ),
    )
    wait_for(up.exists)

    children.stop()

    assert said == ["The server did not stop within 0 s: killed."]
