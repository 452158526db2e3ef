"""Each format, held against a second reading of the same files made here."""

import csv
from pathlib import Path

import numpy as np
import pytest

from monitoring.replay import formats
from monitoring.replay.recordings import BadRecording, Row

pytestmark = pytest.mark.filterwarnings("ignore:::wfdb")


def _float(text: str) -> float | None:
    return None if text in {"", "NaN"} else float(text)


def test_bidmc_rows_are_those_of_the_file(recordings):
    files = sorted(recordings.glob("bidmc/*_Numerics.csv"))
    assert files
    off = 0
    for file in files:
        read = formats.read(file)
        with file.open() as lines:
            expected = [
                Row(
                    float(line["Time [s]"]),
                    {
                        "heart_rate": _float(line["HR"]),
                        "pulse_rate": _float(line["PULSE"]),
                        "respiratory_rate": _float(line["RESP"]),
                        "spo2": _float(line["SpO2"]),
                    },
                )
                for line in csv.DictReader(lines, skipinitialspace=True)
            ]
        assert read.format == "bidmc"
        assert read.rows == expected
        assert read.seconds == 480
        off += sum(value is None for row in read.rows for value in row.values.values())
    assert off == 41  # PULSE and SpO2: 13 s in 01, 6 s in 05; RESP: 3 s in 15


def test_challenge2019_leaves_out_what_was_not_charted(recordings):
    names = {
        "HR": "heart_rate",
        "O2Sat": "spo2",
        "Temp": "temperature",
        "SBP": "systolic",
        "MAP": "mean_pressure",
        "DBP": "diastolic",
        "Resp": "respiratory_rate",
        "EtCO2": "etco2",
    }
    hours = 0
    for file in sorted(recordings.glob("challenge2019/*.psv")):
        read = formats.read(file)
        heading, *lines = (
            line.split("|") for line in file.read_text().strip().split("\n")
        )
        expected = []
        for line in lines:
            cells = dict(zip(heading, line, strict=True))
            values = {
                vital: float(cells[column])
                for column, vital in names.items()
                if cells[column] != "NaN"
            }
            expected.append(Row(int(cells["ICULOS"]) * 3600.0, values))
        assert read.format == "challenge2019"
        assert read.rows == expected
        assert "FiO2" in read.ignored
        hours += len(read.rows)
    assert hours == 1021


def test_challenge2012_has_every_vital_of_every_minute(recordings):
    plain = {
        "HR": "heart_rate",
        "RespRate": "respiratory_rate",
        "SaO2": "spo2",
        "Temp": "temperature",
        "Weight": "weight",
    }
    line_of = {"SysABP": "systolic", "DiasABP": "diastolic", "MAP": "mean_pressure"}
    cuff = {"NISysABP": "systolic", "NIDiasABP": "diastolic", "NIMAP": "mean_pressure"}
    failed = beside = 0
    for file in sorted(recordings.glob("challenge2012/*.txt")):
        read = formats.read(file)
        lines = [line.split(",") for line in file.read_text().split()[1:]]
        times = sorted({time for time, _, _ in lines}, key=lambda t: (len(t), t))
        expected = []
        for time in times:
            at = {name: float(value) for when, name, value in lines if when == time}
            values = {v: at[n] for n, v in plain.items() if at.get(n, -1) != -1}
            if set(at) & set(line_of):
                values |= {v: at[n] for n, v in line_of.items() if n in at}
                beside += bool(set(at) & set(cuff))
            else:
                values |= {v: at[n] or None for n, v in cuff.items() if n in at}
            failed += None in values.values()
            if values:
                hours, minutes = time.split(":")
                expected.append(Row(int(hours) * 3600.0 + int(minutes) * 60, values))
        assert read.format == "challenge2012"
        assert read.rows == expected
    assert failed == 1  # of two failed cuffs one stands beside an arterial line
    assert beside == 31


def test_a_recording_without_vitals_has_no_rows(recordings):
    assert formats.read(recordings / "challenge2012" / "132647.txt").rows == []


def test_wfdb_values_are_those_of_the_wfdb_package(recordings):
    wfdb = pytest.importorskip("wfdb")
    path = next(recordings.glob("mimic2_numerics/*.hea"))
    names = {
        "HR": "heart_rate",
        "PULSE": "pulse_rate",
        "RESP": "respiratory_rate",
        "SpO2": "spo2",
        "NBPSys": "systolic",
        "NBPDias": "diastolic",
        "NBPMean": "mean_pressure",
    }
    read = formats.read(path)
    record = wfdb.rdrecord(str(path.with_suffix("")))

    expected = []
    for index, frame in enumerate(record.p_signal):
        values = {
            names[name]: float(value) or None
            for name, value in zip(record.sig_name, frame, strict=True)
            if not np.isnan(value)
        }
        expected.append(Row(index / record.fs, values))
    assert read.rows == expected
    assert read.began == record.base_datetime
    disconnected = [row for row in read.rows if row.values.get("heart_rate", 1) is None]
    assert len(disconnected) == 28
    assert sum("systolic" not in row.values for row in read.rows) == 54
    # The record is known by its bare name too, as the WFDB tools take it.
    assert formats.read(path.with_suffix("")).rows == expected


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "a,b\n1,2\n", "no known format"),
        ("empty.csv", "", "no known format"),
        ("a.csv", "Time [s], HR, PULSE, RESP, SpO2\n0,x,1,1,1\n", "line 2, HR: 'x'"),
        ("a.csv", "Time [s], HR, PULSE, RESP, SpO2\n0,1,1\n", "3 cells, not 5"),
        ("a.csv", "Time [s], HR, PULSE, RESP, SpO2\n0,inf,1,1,1\n", "not a finite"),
        ("a.txt", "Time,Parameter,Value\n1:75,HR,60\n", "'1:75' is not a time"),
        ("a.txt", "Time,Parameter,Value\n01:00,HR\n", "2 cells, not 3"),
        ("a.psv", "HR|ICULOS\n60|\n", "'' is not a number"),
        ("a.psv", "HR|ICULOS\n60|1|2\n", "3 cells, not 2"),
    ],
)
def test_a_broken_file_is_refused_by_line(tmp_path: Path, name, text, sentence):
    file = tmp_path / name
    file.write_text(text)

    with pytest.raises(BadRecording) as refusal:
        formats.read(file)

    assert sentence in str(refusal.value)


def test_an_unknown_file_is_told_all_formats(tmp_path: Path):
    file = tmp_path / "a.csv"
    file.write_text("a,b\n1,2\n")

    with pytest.raises(BadRecording) as refusal:
        formats.read(file)

    for name in formats.FORMATS:
        assert name in str(refusal.value)
    assert "--columns" in str(refusal.value)


def test_a_missing_file_and_a_binary_one_are_refused(tmp_path: Path):
    with pytest.raises(BadRecording, match="No such file"):
        formats.read(tmp_path / "none.csv")
    (tmp_path / "a.dat").write_bytes(b"\0\1\2")
    with pytest.raises(BadRecording, match=r"\.hea"):
        formats.read(tmp_path / "a.dat")


@pytest.mark.parametrize("name", formats.FORMATS)
def test_a_format_given_by_name_still_checks_the_file(tmp_path: Path, name):
    file = tmp_path / "other.csv"
    file.write_text("x;y\n1;2\n")

    with pytest.raises(BadRecording):
        formats.read(file, name)
