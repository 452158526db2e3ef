"""`manage.py replay` from the file to the exit code."""

from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from monitoring.replay.counts import Counts
from monitoring.replay.player import Player
from monitoring.replay.progress import Progress
from tests.monitoring.devices import error

BIDMC = "Time [s], HR, PULSE, RESP, SpO2\n0,60,61,12,97\n1,999,,13,98\n2,62,NaN,14,\n"


@pytest.fixture
def file(tmp_path: Path):
    """A recording of three seconds, one of them with a heart rate of 999."""
    path = tmp_path / "r.csv"
    path.write_text(BIDMC)
    return path


def replay(file, stub, *options):
    out, err = StringIO(), StringIO()
    try:
        call_command(
            "replay",
            str(file),
            "--key=ww_k",
            f"--url={stub.url}",
            *options,
            stdout=out,
            stderr=err,
        )
        code = 0
    except SystemExit as ended:
        code = ended.code
    return code, out.getvalue(), err.getvalue()


def test_a_recording_is_played_and_counted(stub, file):
    code, out, err = replay(file, stub, "--serial=M-1", "--speed=0")

    assert (code, err) == (0, "")
    assert "r.csv (bidmc): 3 rows" in out
    assert "3 readings sent in 1 posts" in out
    assert "2 stored, 0 duplicates, 1 rejected" in out
    assert "rejected heart_rate out_of_range: 1" in out
    assert "spo2: 2 values sent, 1 without value" in out
    assert "\x1b" not in out
    readings = stub.requests[0].readings
    assert {reading["device"] for reading in readings} == {"M-1"}
    last = datetime.fromisoformat(readings[-1]["at"])
    assert timedelta(0) <= datetime.now(UTC) - last < timedelta(minutes=1)


def test_start_says_when_the_first_row_was(stub, file):
    replay(file, stub, "--speed=0", "--start=2026-11-20T11:00:00+01:00")

    assert [reading["at"] for reading in stub.requests[0].readings] == [
        "2026-11-20T10:00:00Z",
        "2026-11-20T10:00:01Z",
        "2026-11-20T10:00:02Z",
    ]


def test_any_table_is_played_by_its_columns(stub, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("minute;pulse\n0;60\n1;61\n")

    code, out, _ = replay(
        table, stub, "--speed=0", "--columns=time=minute,pulse_rate=pulse",
        "--time-unit=min", "--delimiter=;", "--batch=1",
    )  # fmt: skip

    assert code == 0
    assert "(csv): 2 rows" in out
    assert [r.readings[0]["pulse_rate"] for r in stub.requests] == [60, 61]


def test_a_refused_key_ends_with_code_one_and_a_sentence(stub, file):
    stub.script.append(error(401, "Unknown key."))

    code, out, err = replay(file, stub, "--speed=0")

    assert code == 1
    assert "issue_device_key" in err
    assert "0 stored" in out


def test_a_replay_of_which_nothing_was_stored_fails(stub, tmp_path):
    only = tmp_path / "r.csv"
    only.write_text("Time [s], HR, PULSE, RESP, SpO2\n0,999,1,1,1\n")

    with pytest.raises(CommandError, match="stored none of it"):
        replay(only, stub, "--speed=0")


def test_ctrl_c_ends_with_the_counts_so_far(stub, file, monkeypatch):
    post = Player._post

    def interrupted(self, *args):
        if self.counts.sent:
            raise KeyboardInterrupt
        post(self, *args)

    monkeypatch.setattr(Player, "_post", interrupted)

    code, out, err = replay(file, stub, "--speed=0", "--batch=1")

    assert code == 130
    assert "1 readings sent in 1 posts" in out
    assert "Stopped by hand" in err


@pytest.mark.parametrize(
    "option",
    [
        "--speed=-1",
        "--speed=nan",
        "--speed=fast",
        "--batch=0",
        "--batch=1001",
        "--start=2026-11-20T10:00:00",
        "--start=soon",
        "--delimiter=ab",
        "--format=edf",
        "--columns=x",
        "--url=nowhere",
        "--key=",
    ],
)
def test_wrong_options_are_refused_before_anything_is_sent(stub, file, option):
    with pytest.raises(CommandError):
        replay(file, stub, option)

    assert stub.requests == []


def test_a_file_without_vitals_is_refused(stub, tmp_path):
    empty = tmp_path / "r.txt"
    empty.write_text("Time,Parameter,Value\n00:00,RecordID,1\n00:00,Weight,-1\n")

    with pytest.raises(CommandError, match="no vital sign"):
        replay(empty, stub)


def test_a_terminal_gets_one_line_rewritten_and_a_log_a_line_now_and_then():
    times = iter([0.0, 0.1, 0.3, 0.3, 0.0, 29.0, 31.0, 31.0])
    written = []
    counts = Counts(rows=25, sent=20, seconds=5.0)

    def progress(live):
        return Progress(
            100, written.append, lambda: None, live=live, clock=lambda: next(times)
        )

    live = progress(True)
    live(counts)
    live(counts)
    live.finish()
    assert written == ["\r\x1b[2K" + live.line(counts), "\r\x1b[2K"]
    assert live.line(counts) == (" 25%  20 readings, 4.0/s, 0 rejected, 15.0 s left")

    written.clear()
    plain = progress(False)
    plain(counts)
    plain(counts)
    plain.finish()
    assert written == [plain.line(counts) + "\n"]
