"""Labels as people write them."""

import doctest

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wards.places import labels
from wards.places.labels import LONGEST, MOST, UnclearLabels, expand_labels


def test_examples_in_the_docstring_hold():
    assert doctest.testmod(labels).failed == 0


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("N01", ["N01"]),
        ("N01-N03", ["N01", "N02", "N03"]),
        ("N01\u2013N03", ["N01", "N02", "N03"]),
        ("N01 - 03", ["N01", "N02", "N03"]),
        ("n1..N2", ["n1", "n2"]),
        ("8 to 11", ["8", "9", "10", "11"]),
        ("A1, A2;B1\nB2", ["A1", "A2", "B1", "B2"]),
        (" Side   room , ", ["Side room"]),
        ("", []),
        (",,;", []),
    ],
)
def test_reads(text, expected):
    assert expand_labels(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("N05-N01", "runs backwards"),
        ("N01-S03", "write two ranges"),
        ("N01, N01-N03", "N01 is named twice"),
        ("N1-N500", "more than 100 beds"),
        ("N1-N60, S1-S60", "more than 100 beds"),
        ("The one by the window", "longer than 12"),
        ("1-99999999999999999999", "more than 100 beds"),
    ],
)
def test_refuses(text, sentence):
    with pytest.raises(UnclearLabels, match=sentence):
        expand_labels(text)


@given(st.text(max_size=80))
def test_any_text_gives_labels_that_fit_or_a_sentence(text):
    try:
        found = expand_labels(text)
    except UnclearLabels:
        return
    assert len(found) == len(set(found)) <= MOST
    assert all(0 < len(label) <= LONGEST for label in found)
