"""Our reader of WFDB numerics, on records made up here."""

import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.replay import formats
from monitoring.replay.formats.wfdb_header import parse_header
from monitoring.replay.recordings import BadRecording

LABELS = ("HR", "SpO2", "ABP Sys", "NBPSys")


def _write(folder: Path, frames: list[tuple[int, ...]], *, gain: str = "10") -> Path:
    columns = list(zip(*frames, strict=True))
    lines = [f"r {len(LABELS)} 1 {len(frames)} 10:00:00 01/02/2100"]
    for label, column in zip(LABELS, columns, strict=True):
        checksum = (sum(column) + 32768) % 65536 - 32768
        unit = {"HR": "bpm", "SpO2": "%"}.get(label, "mmHg")
        lines.append(f"r.dat 16 {gain}/{unit} 16 0 {column[0]} {checksum} 0 {label}")
    (folder / "r.hea").write_text("\n".join(lines) + "\n# a comment\n")
    flat = [sample for frame in frames for sample in frame]
    (folder / "r.dat").write_bytes(struct.pack(f"<{len(flat)}h", *flat))
    return folder / "r.hea"


samples = st.integers(-32768, 32767)


@given(st.lists(st.tuples(samples, samples, samples, samples), min_size=1))
def test_what_is_written_comes_back(tmp_path_factory, frames):
    read = formats.read(_write(tmp_path_factory.mktemp("wfdb"), frames))

    assert len(read.rows) == len(frames)
    for row, (heart, oxygen, arterial, cuff) in zip(read.rows, frames, strict=True):
        for vital, sample in (("heart_rate", heart), ("spo2", oxygen)):
            if sample == -32768:
                assert vital not in row.values
            else:
                assert row.values[vital] == (sample / 10 or None)
        held = [s for s in (arterial, cuff) if s != -32768]
        assert ("systolic" in row.values) == bool(held)
        if held:
            chosen = next((sample for sample in held if sample), 0)
            assert row.values["systolic"] == (chosen / 10 or None)


def test_gain_baseline_and_offset_are_those_of_the_header():
    header = parse_header(
        "r 1 0.5/125(0)\nr.dat 16+512 20.5(100)/bpm 16 7 0 0 0 HR lead II", where="r"
    )

    (signal,) = header.signals
    assert (signal.gain, signal.baseline, signal.skip) == (20.5, 100, 512)
    assert signal.label == "HR lead II"
    assert header.frequency == 0.5
    assert header.samples is None
    assert header.began is None


def test_a_short_header_has_the_defaults_of_the_format():
    header = parse_header("# first\nr 1\nr.dat 16\n", where="r")

    (signal,) = header.signals
    assert (signal.gain, signal.baseline, signal.checksum) == (200, 0, None)
    assert header.frequency == 250


def test_without_a_baseline_the_converters_zero_is_it():
    header = parse_header("r 1 1\nr.dat 16 10/bpm 16 512 0 0 0 HR", where="r")

    assert header.signals[0].baseline == 512


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "no WFDB header"),
        ("r/3 2 125 1000\n", "several segments"),
        ("r 2 1 1\nr.dat 16\n", "1 of 2 signals"),
        ("r 1 0 1\nr.dat 16\n", "cannot be"),
        ("r 1 e 1\nr.dat 16\n", "not a number"),
        ("r 1 1 1\nr.dat 212\n", "format 212 is not read"),
        ("r 1 1 1\nr.dat 16x2\n", "16x2 is not read"),
        ("r 1 1 1\nr.dat\n", "no signal line"),
    ],
)
def test_what_is_not_read_is_refused_by_name(text, sentence):
    with pytest.raises(BadRecording, match=sentence):
        parse_header(text, where="r.hea")


def test_a_damaged_or_short_sample_file_is_noticed(tmp_path: Path):
    header = _write(tmp_path, [(1, 2, 3, 4), (5, 6, 7, 8)])
    good = (tmp_path / "r.dat").read_bytes()

    (tmp_path / "r.dat").write_bytes(good[:-2])
    with pytest.raises(BadRecording, match="cut short"):
        formats.read(header)
    (tmp_path / "r.dat").write_bytes(b"\xff" + good[1:])
    with pytest.raises(BadRecording, match="HR fails its checksum"):
        formats.read(header)
    (tmp_path / "r.dat").unlink()
    with pytest.raises(BadRecording, match=r"needs r\.dat"):
        formats.read(header)


def test_another_unit_is_refused_not_converted(tmp_path: Path):
    header = _write(tmp_path, [(1, 2, 3, 4)])
    header.write_text(header.read_text().replace("mmHg", "kPa"))

    with pytest.raises(BadRecording, match="kPa"):
        formats.read(header)
