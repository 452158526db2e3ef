"""The registry against the clinical reference, and how numbers are shown."""

import doctest

import pytest

from monitoring import vitals
from monitoring.vitals import VITAL_NAMES, VITALS, off_bit


def test_the_examples_in_the_registry_run():
    assert doctest.testmod(vitals).failed == 0


@pytest.mark.parametrize(
    ("name", "unit", "loinc", "low", "high"),
    [
        ("heart_rate", "/min", "8867-4", 0, 350),
        ("spo2", "%", "2708-6", 0, 100),
        ("respiratory_rate", "/min", "9279-1", 0, 120),
        ("systolic", "mm[Hg]", "8480-6", 0, 350),
        ("diastolic", "mm[Hg]", "8462-4", 0, 250),
        ("mean_pressure", "mm[Hg]", "8478-0", 0, 300),
        ("temperature", "Cel", "8310-5", 10, 46),
        ("etco2", "mm[Hg]", "19891-1", 0, 150),
        ("weight", "kg", "29463-7", 0.2, 650),
    ],
)
def test_codes_units_and_bounds_are_those_of_the_reference(
    name, unit, loinc, low, high
):
    vital = VITALS[name]

    assert (vital.unit, vital.loinc, vital.low, vital.high) == (unit, loinc, low, high)


def test_glucose_is_bounded_as_in_the_reference_converted_to_mmol():
    assert VITALS["glucose"].high == pytest.approx(1500 / 18.016, abs=0.005)


def test_no_two_vitals_share_a_bit_or_a_device_code():
    assert sum(off_bit(name) for name in VITAL_NAMES) == 2 ** len(VITAL_NAMES) - 1
    codes = [code for vital in VITALS.values() for code in vital.mdc]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("heart_rate", 78.0, "78"),
        ("heart_rate", 97.5, "98"),
        ("heart_rate", 98.5, "99"),
        ("heart_rate", 0.4, "0"),
        ("spo2", 91.6, "91"),
        ("spo2", 99.99, "99"),
        ("spo2", 100.0, "100"),
        ("temperature", 36.05, "36.1"),
        ("temperature", 38.05, "38.1"),
        ("temperature", 35.0, "35.0"),
        ("weight", 0.2, "0.2"),
    ],
)
def test_numbers_are_rounded_as_a_person_would(name, value, shown):
    assert VITALS[name].shown(value) == shown
