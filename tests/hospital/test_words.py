"""Times and amounts in words."""

import doctest
from datetime import timedelta

import pytest

from hospital import words
from tests.factories import utc
from wards.devices import words as device_words
from wards.devices.words import is_drifted, skew_in_words

NOON = utc("2026-11-20 12:00")


@pytest.mark.parametrize("module", [words, device_words])
def test_the_examples_run(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (0.4, "just now"),
        (1, "1 s ago"),
        (59.9, "59 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (47 * 3600, "47 h ago"),
        (48 * 3600, "2 days ago"),
    ],
)
def test_how_long_ago(seconds, said):
    assert words.ago(NOON - timedelta(seconds=seconds), NOON) == said


@pytest.mark.parametrize(
    ("seconds", "said"), [(3600, "in 1 h"), (30, "in 30 s"), (0, "over"), (-1, "over")]
)
def test_how_long_to_come(seconds, said):
    assert words.ahead(NOON + timedelta(seconds=seconds), NOON) == said


@pytest.mark.parametrize(
    ("skew", "said", "drifted"),
    [
        (None, "not known", False),
        (0, "on time", False),
        (-0.9, "on time", False),
        (1, "1 s ahead", False),
        (-60, "1 min behind", False),
        (60.1, "1 min ahead", True),
        (-7200, "2 h behind", True),
    ],
)
def test_clock_skew(skew, said, drifted):
    assert skew_in_words(skew) == said
    assert is_drifted(skew) is drifted
