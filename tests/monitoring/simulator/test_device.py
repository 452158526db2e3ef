"""Simulated devices: plain functions of serial, profile, seed and time."""

import itertools
from datetime import UTC, datetime, timedelta
from statistics import correlation

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.simulator.device import FIRMWARE, SimulatedDevice, history
from monitoring.simulator.noise import key_of, smooth, uniform
from monitoring.simulator.physiology import Body
from monitoring.simulator.profiles import PROFILES, Illness, Window
from monitoring.vitals import VITALS

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp()
DAY = 86_400
serials = st.from_regex(r"SIM-[NSE]\d\d", fullmatch=True)
moments = st.floats(NOON, NOON + 30 * DAY)


def live(profile, *, serial="SIM-N01", seconds=3600, step=2.0, **options):
    """Return every (moment, measurement) of a device over a while."""
    device = SimulatedDevice(serial, profile, **options)
    moments = [NOON + i * step for i in range(int(seconds / step))]
    return [
        (now, device.measure(now, since))
        for since, now in zip([None, *moments], moments, strict=False)
    ]


@given(st.integers(0, 2**64 - 1), moments, st.floats(1, 1e5))
def test_noise_stays_in_bounds_and_never_jumps(key, seconds, period):
    here, there = smooth(key, seconds, period), smooth(key, seconds + 1e-3, period)

    assert -1 <= here <= 1
    assert abs(here - there) <= 3.1e-3 / period + 1e-6


def test_noise_is_spread_evenly_and_is_the_same_everywhere():
    values = [uniform(key_of(7, "SIM-N01"), i) for i in range(10_000)]

    assert -1 <= min(values) < -0.99
    assert 0.99 < max(values) < 1
    assert abs(sum(values) / len(values)) < 0.02
    assert abs(correlation(values[:-1], values[1:])) < 0.03
    assert key_of(7, "SIM-N01") == 11865580212253935554


@given(serials, st.sampled_from(sorted(PROFILES)), st.integers(0, 99), moments)
def test_a_moment_is_always_measured_the_same(serial, profile, seed, now):
    first = SimulatedDevice(serial, profile, seed)
    other = SimulatedDevice(serial, profile, seed)
    other.reading(now + 1000)

    assert first.reading(now, now - 2) == other.reading(now, now - 2)


def test_seed_and_serial_make_the_patient():
    bodies = {
        Body.of(serial, seed=seed)
        for serial in ("SIM-N01", "SIM-N02")
        for seed in (1, 2)
    }

    assert len(bodies) == 4


@given(serials, moments, st.floats(0, 1))
def test_a_body_is_possible_in_any_state(serial, now, severity):
    vitals = Body.of(serial, seed=7).at(now, severity=severity)

    assert 45 < vitals["heart_rate"] < 160
    assert abs(vitals["pulse_rate"] - vitals["heart_rate"]) <= 1
    assert 80 < vitals["spo2"] <= 100
    assert 8 < vitals["respiratory_rate"] < 40
    assert 35.5 < vitals["temperature"] < 39.5
    assert 70 < vitals["systolic"] < 165
    assert round(vitals["diastolic"]) < round(vitals["mean_pressure"])
    assert round(vitals["mean_pressure"]) < round(vitals["systolic"])


def test_vitals_move_together():
    ill = [m.values for _, m in live("deteriorating", seconds=2 * DAY, step=60)]

    def of(name):
        return [values[name] for values in ill]

    assert correlation(of("heart_rate"), of("pulse_rate")) > 0.95
    assert correlation(of("heart_rate"), of("spo2")) < -0.8
    assert correlation(of("heart_rate"), of("respiratory_rate")) > 0.8
    warm = [values for values in ill if "temperature" in values]
    assert (
        correlation(
            [values["temperature"] for values in warm],
            [values["heart_rate"] for values in warm],
        )
        > 0.6
    )


def test_the_day_has_a_rhythm():
    body = Body.of("SIM-N01", seed=7)

    def mean_at(hour, vital):
        midnight = NOON - DAY / 2
        values = [body.at(midnight + d * DAY + hour * 3600)[vital] for d in range(60)]
        return sum(values) / len(values)

    assert mean_at(17, "temperature") - mean_at(5, "temperature") > 0.4
    assert mean_at(17, "heart_rate") - mean_at(5, "heart_rate") > 4


@pytest.mark.parametrize("profile", sorted(set(PROFILES) - {"artefact"}))
def test_what_is_measured_the_server_will_take(profile):
    for _, measured in live(profile, seconds=3600):
        if measured is None:
            continue
        assert measured.values
        for vital, value in measured.values.items():
            known = VITALS[vital]
            assert value is None or known.low <= value <= known.high
            assert value is None or value == round(value, known.decimals)


def test_cuff_and_temperature_come_now_and_then():
    (_, first), *later = live("stable", seconds=3600)

    assert {"systolic", "diastolic", "mean_pressure", "temperature"} <= set(
        first.values
    )
    cuffs = [now for now, measured in later if "systolic" in measured.values]
    assert len(cuffs) == 12
    assert {b - a for a, b in itertools.pairwise(cuffs)} == {300}
    assert sum("temperature" in measured.values for _, measured in later) == 15
    assert all("heart_rate" in measured.values for _, measured in later)


def test_a_deteriorating_patient_falls_ill_and_recovers():
    spo2 = [measured.values["spo2"] for _, measured in live("deteriorating")]

    assert min(spo2) < 88
    assert max(spo2) > 94
    assert max(abs(a - b) for a, b in itertools.pairwise(spo2)) <= 2


def test_illness_has_four_phases():
    illness = Illness(worsens=10, stays=5, recovers=4, well=1)

    turn = [illness.severity(second, phase=0) for second in (0, 5, 10, 14, 17, 19, 20)]
    assert turn == [0, 0.5, 1, 1, 0.5, 0, 0]
    assert illness.severity(0, phase=0.5) == 1


def test_a_window_opens_for_its_share_of_the_time():
    window = Window(every=10, lasts=3)

    opened = [s for s in range(20) if window.is_open(s, phase=0)]
    assert opened == [0, 1, 2, 10, 11, 12]
    assert window.is_open(5, phase=0.5)


def test_artefacts_are_spikes_and_impossible_numbers():
    measured = [m.values for _, m in live("artefact")]

    def beyond(values):
        return [v for v in values if not VITALS[v].low <= values[v] <= VITALS[v].high]

    impossible = [values for values in measured if beyond(values)]
    assert 20 <= len(impossible) <= 24
    assert {vital for values in impossible for vital in beyond(values)} == {
        "heart_rate",
        "spo2",
        "temperature",
        "respiratory_rate",
    }
    possible = [values for values in measured if not beyond(values)]
    assert min(values["spo2"] for values in possible) < 75
    assert max(values["heart_rate"] for values in possible) > 150


def test_a_sensor_that_is_off_says_so_and_comes_back():
    measured = [m.values for _, m in live("sensor_off")]

    off = [values for values in measured if values["spo2"] is None]
    assert 0.2 < len(off) / len(measured) < 0.3
    assert all(values["pulse_rate"] is None for values in off)
    assert all(values["heart_rate"] is not None for values in measured)


def test_a_silent_device_says_nothing_for_minutes():
    gone = [now for now, measured in live("silent") if measured is None]

    assert len(gone) * 2 == pytest.approx(3600 / 3, abs=200)
    gaps = [b - a for a, b in itertools.pairwise(gone)]
    assert set(gaps) == {2, 360 + 2}


def test_a_late_device_holds_back_long_enough_to_be_late():
    device = SimulatedDevice("SIM-N01", "late")
    held = [second for second in range(480) if device.holds_back(NOON + second)]

    assert len(held) == 100


@pytest.mark.parametrize(
    ("profile", "error"), [("clock_ahead", 90), ("clock_behind", -75)]
)
def test_a_wrong_clock_is_in_the_stamp_alone(profile, error):
    wrong = SimulatedDevice("SIM-N01", profile).measure(NOON)
    right = SimulatedDevice("SIM-N01", "stable").measure(NOON)

    assert wrong.at - right.at == timedelta(seconds=error)
    assert wrong.values == right.values


def test_an_oximeter_knows_two_vitals():
    for _, measured in live("sparse", seconds=600):
        assert set(measured.values) == {"spo2", "pulse_rate"}


def test_a_reading_carries_battery_firmware_and_serial():
    device = SimulatedDevice("SIM-N01", "stable")

    reading = device.reading(NOON)

    assert reading["device"] == "SIM-N01"
    assert reading["at"] == "2026-11-20T12:00:00Z"
    assert reading["firmware"] in FIRMWARE
    charges = [device.battery(NOON + minute * 60) for minute in range(8 * 60)]
    assert (min(charges), max(charges)) == (20, 100)
    steps = {b - a for a, b in itertools.pairwise(charges)}
    assert steps <= {-1, 0, 1}


@pytest.mark.parametrize("profile", sorted(PROFILES))
def test_history_is_what_the_device_would_have_stored(profile):
    start = datetime.fromtimestamp(NOON, UTC)
    end = start + timedelta(hours=6)
    step = timedelta(minutes=1)

    past = list(history("SIM-N01", profile, start=start, end=end, step=step))

    assert past == list(history("SIM-N01", profile, start=start, end=end, step=step))
    assert all(start <= measured.at < end for measured in past)
    assert len(past) == (360 if profile != "silent" else 240)
    device = SimulatedDevice("SIM-N01", profile)
    for measured in past:
        now = measured.at.timestamp() - device.profile.clock_error
        then = device.measure(now, now - 60, nonsense=False)
        assert then.at == measured.at
        assert then.values.items() <= measured.values.items()
        for vital, value in measured.values.items():
            assert value is None or VITALS[vital].low <= value <= VITALS[vital].high


def test_a_history_needs_a_step_and_a_known_profile():
    start = datetime.fromtimestamp(NOON, UTC)
    with pytest.raises(ValueError, match="step above zero"):
        list(history("S", "stable", start=start, end=start, step=timedelta(0)))
    with pytest.raises(KeyError):
        SimulatedDevice("S", "perfect")
