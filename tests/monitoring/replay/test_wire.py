"""Addresses, keys and bodies as the device endpoint takes them."""

import json
from datetime import datetime, timedelta, timezone

import pytest

from monitoring.replay import wire


@pytest.mark.parametrize(
    ("given", "full"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/api/v1/readings"),
        ("http://127.0.0.1:8000/", "http://127.0.0.1:8000/api/v1/readings"),
        ("https://w.invalid/api/v1/readings", "https://w.invalid/api/v1/readings"),
        ("https://w.invalid/api/v1/readings/", "https://w.invalid/api/v1/readings"),
        ("https://w.invalid/ward?x=1#y", "https://w.invalid/ward/api/v1/readings"),
    ],
)
def test_a_base_url_and_the_full_one_lead_to_the_same_place(given, full):
    assert wire.endpoint(given) == full


@pytest.mark.parametrize(
    "given", ["", "127.0.0.1:8000", "ftp://x", "http://", "http://x:y"]
)
def test_what_is_no_address_is_refused(given):
    with pytest.raises(wire.BadAddress, match="no URL such as"):
        wire.endpoint(given)


@pytest.mark.parametrize("key", ["", " ", "ww_ä", "ww_a\nb"])
def test_what_is_no_key_is_refused_without_repeating_it(key):
    with pytest.raises(wire.BadAddress) as refusal:
        wire.headers(key)

    assert "ww_" not in str(refusal.value)


def test_a_reading_carries_utc_and_every_value_as_it_is():
    at = datetime(2026, 11, 20, 11, 0, 0, 250000, timezone(timedelta(hours=1)))

    body = wire.body([wire.reading(at, {"spo2": 97.5, "heart_rate": None}, battery=80)])

    assert json.loads(body) == {
        "readings": [
            {
                "at": "2026-11-20T10:00:00.250000Z",
                "battery": 80,
                "spo2": 97.5,
                "heart_rate": None,
            }
        ]
    }
