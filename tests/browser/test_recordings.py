"""Recordings of real patients: through the endpoint, into the database, on the board.

The files are read here a second time, by the plainest code that can, which shares
nothing with the formats of `monitoring.replay`.
"""

import csv
import struct
import subprocess
import sys
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

from monitoring.readings.models import Reading
from tests.factories import BedFactory, DeviceFactory, admit, issue_key

VITALS = (
    "heart_rate",
    "pulse_rate",
    "spo2",
    "respiratory_rate",
    "systolic",
    "diastolic",
    "mean_pressure",
    "temperature",
    "etco2",
    "weight",
)
SHOWN_DECIMALS = {"temperature": 1, "weight": 1}


def bidmc(path: Path) -> dict[float, dict[str, float]]:
    """Values by second; what the monitor had no value for is left out."""
    names = ["heart_rate", "pulse_rate", "respiratory_rate", "spo2"]
    rows = {}
    for second, *cells in list(csv.reader(path.read_text().splitlines()))[1:]:
        rows[float(second)] = {
            name: float(cell)
            for name, cell in zip(names, cells, strict=True)
            if cell.strip() not in ("", "NaN")
        }
    return rows


def challenge2019(path: Path) -> dict[float, dict[str, float]]:
    lines = [line.split("|") for line in path.read_text().split()]
    wanted = {
        "HR": "heart_rate",
        "O2Sat": "spo2",
        "Temp": "temperature",
        "SBP": "systolic",
        "MAP": "mean_pressure",
        "DBP": "diastolic",
        "Resp": "respiratory_rate",
        "EtCO2": "etco2",
    }
    rows = {}
    for line in lines[1:]:
        cells = dict(zip(lines[0], line, strict=True))
        values = {
            name: float(cells[column])
            for column, name in wanted.items()
            if cells[column] != "NaN"
        }
        if values:
            rows[float(cells["ICULOS"]) * 3600] = values
    return rows


def challenge2012(path: Path) -> dict[float, dict[str, float]]:
    """Only what no second device measures as well: pressures are tested elsewhere."""
    wanted = {
        "HR": "heart_rate",
        "RespRate": "respiratory_rate",
        "Temp": "temperature",
        "SaO2": "spo2",
    }
    rows = {}
    for line in path.read_text().splitlines()[1:]:
        time, parameter, value = line.split(",")
        if parameter in wanted and float(value) >= 0:
            hours, minutes = map(int, time.split(":"))
            rows.setdefault(hours * 3600.0 + minutes * 60, {})[wanted[parameter]] = (
                float(value)
            )
    return rows


def mimic2(path: Path) -> dict[float, dict[str, float]]:
    """72 minutes of seven 16-bit numbers; 0 is a lead that hangs beside the bed."""
    names = [
        "heart_rate",
        "pulse_rate",
        "respiratory_rate",
        "spo2",
        "systolic",
        "diastolic",
        "mean_pressure",
    ]
    gains = [10, 10, 10, 10, 1, 1, 1]
    numbers = struct.iter_unpack("<7h", path.with_name("3234460n.dat").read_bytes())
    rows = {}
    for minute, sample in enumerate(numbers):
        values = {
            name: number / gain
            for name, number, gain in zip(names, sample, gains, strict=True)
            if number not in (0, -32768)
        }
        if values:
            rows[minute * 60.0] = values
    return rows


RECORDINGS = [
    ("bidmc/bidmc_01_Numerics.csv", bidmc, 1),
    ("bidmc/bidmc_15_Numerics.csv", bidmc, 1),
    ("bidmc/bidmc_39_Numerics.csv", bidmc, 1),
    ("bidmc/bidmc_49_Numerics.csv", bidmc, 1),
    ("challenge2019/day1_T0005.psv", challenge2019, 3600),
    ("challenge2019/day2_T0529.psv", challenge2019, 3600),
    ("challenge2012/132812.txt", challenge2012, 3600),
    ("challenge2012/139611.txt", challenge2012, 3600),
    ("mimic2_numerics/s25047-2704-05-04-10-44n.hea", mimic2, 60),
]


def replay(site, path: Path, serial: str, key: str) -> str:
    """Run the command as a person would; return what it says."""
    done = subprocess.run(
        [sys.executable, "manage.py", "replay", str(path), "--serial", serial,
         "--key", key, "--url", site.url, "--speed", "0"],
        cwd=Path(__file__).resolve().parents[2],
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def as_shown(name: str, value: float) -> str:
    step = Decimal(1).scaleb(-SHOWN_DECIMALS.get(name, 0))
    how = ROUND_FLOOR if name == "spo2" else ROUND_HALF_UP
    return str(Decimal(str(value)).quantize(step, how))


def last_values(rows: dict[float, dict[str, float]], within: float) -> dict[str, float]:
    """The newest value of each vital, where it is within so many seconds of the end."""
    newest: dict[str, tuple[float, float]] = {}
    for second in sorted(rows):
        newest |= {name: (second, value) for name, value in rows[second].items()}
    end = max(rows)
    return {name: value for name, (at, value) in newest.items() if end - at <= within}


@pytest.fixture
def world(recordings, ward, site):
    """Each recording played to a device of its own, at a patient of its own."""
    played = []
    for number, (name, read, interval) in enumerate(RECORDINGS):
        device = DeviceFactory(expected_interval=interval, episodic_interval=interval)
        bed = BedFactory(ward=ward, label=f"R{number}")
        long_ago = datetime.now().astimezone() - timedelta(days=6)
        admission = admit(bed=bed, device=device, since=long_ago)
        replay(site, recordings / name, device.serial, issue_key(device))
        played.append((bed, admission, read(recordings / name), interval))
    return played


def test_recordings_arrive_value_for_value(world, open_page, nurse):
    page = open_page("/wards/north/", user=nurse)

    for bed, admission, rows, interval in world:
        compare_with_database(admission, rows)
        tile = page.locator(f"[data-bed={bed.label}]")
        for name, value in last_values(rows, within=interval).items():
            shown = tile.locator(f"[data-vital={name}]")
            if shown.get_attribute("data-state") == "live":
                assert shown.inner_text() == as_shown(name, value), (bed.label, name)
        states = tile.locator("[data-vital]").evaluate_all(
            "all => all.map(one => one.dataset.state)"
        )
        assert "live" in states or interval == 1, (bed.label, states)


def compare_with_database(admission, rows: dict[float, dict[str, float]]) -> None:
    """Every value of the file is stored, at its distance from the first; no other."""
    stored = list(Reading.objects.of_admission(admission).order_by("at"))
    first = min(rows)
    by_second = {}
    origin = None
    for reading in stored:
        values = {
            name: getattr(reading, name)
            for name in VITALS
            if getattr(reading, name) is not None
        }
        origin = origin or reading.at
        by_second[(reading.at - origin).total_seconds()] = values
    wanted_names = set().union(*(set(values) for values in rows.values()))
    # A recording may begin with a row that this plain reading has no vital of.
    shift = min(
        second for second, values in by_second.items() if wanted_names & set(values)
    )
    got = {
        round(second - shift + first, 3): kept
        for second, values in by_second.items()
        if (kept := {n: v for n, v in values.items() if n in wanted_names})
    }
    assert got == {second: values for second, values in rows.items() if values}


def test_a_replayed_value_is_on_an_open_board_within_two_seconds(
    recordings, ward, site, open_page, nurse
):
    device = DeviceFactory(expected_interval=1)
    bed = BedFactory(ward=ward, label="LIVE")
    admit(bed=bed, device=device, since=datetime.now().astimezone() - timedelta(days=1))
    page = open_page("/wards/north/", user=nurse)
    number = page.locator("[data-bed=LIVE] [data-vital=spo2]")
    page.wait_for_selector("[data-bed=LIVE] [data-vital=spo2][data-state=none]")
    path = recordings / "bidmc/bidmc_49_Numerics.csv"

    replay(site, path, device.serial, issue_key(device))

    rows = bidmc(path)
    wanted = as_shown("spo2", rows[max(rows)]["spo2"])
    page.wait_for_selector(
        "[data-bed=LIVE] [data-vital=spo2][data-state=live]", timeout=2_000
    )
    assert number.inner_text() == wanted
