"""Thousands of generated bodies and headers: never a 5xx, never a wrong row."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from monitoring.ingest.openapi import REJECTION_CODES
from monitoring.readings.models import Reading
from monitoring.vitals import VITAL_NAMES, VITALS
from tests.factories import admit, issue_key

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES = 2_100
ROUNDS = 5
"""Together the 10,000 bodies and headers that the endpoint must survive in a run."""

SMALL = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

instants = st.one_of(
    st.datetimes(timezones=st.timezones()).map(lambda at: at.isoformat()),
    st.integers(-100_000, 700_000).map(
        lambda seconds: (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat()
    ),
    st.text(max_size=40),
)
numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-5, 400),
    st.sampled_from([0, -1, -999, 384.5, 1e308, 0.1, 100, 100.0001]),
)
scraps = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=10), inner, max_size=4)
    ),
    max_leaves=8,
)
readings = st.one_of(
    st.dictionaries(st.sampled_from(VITAL_NAMES), numbers, min_size=1, max_size=6),
    st.fixed_dictionaries(
        {},
        optional={
            "at": instants | scraps,
            "device": st.text(max_size=70) | scraps,
            "battery": numbers | scraps,
            "firmware": st.text(max_size=70) | scraps,
            **dict.fromkeys(VITAL_NAMES, numbers | scraps),
        },
    ),
    scraps,
)
bodies = st.one_of(
    st.binary(max_size=300),
    st.text(max_size=300).map(lambda text: text.encode("utf-8", "surrogatepass")),
    scraps.map(lambda scrap: json.dumps(scrap).encode()),
    st.lists(readings, max_size=6).map(
        lambda items: json.dumps({"readings": items}).encode()
    ),
    # A good body with something cut out of it or written over it.
    st.tuples(st.lists(readings, min_size=1, max_size=3), st.integers(0, 300)).map(
        lambda drawn: json.dumps({"readings": drawn[0]}).encode()[: drawn[1]]
    ),
)
header_values = st.binary(max_size=80).filter(lambda value: b"\n" not in value)


@pytest.fixture
async def monitor(client_of, settings):
    settings.DEVICE_POSTS_PER_SECOND = settings.DEVICE_READINGS_PER_SECOND = 1e9
    admission = await sync_to_async(admit)()
    device = await sync_to_async(lambda: admission.device_assignments.get().device)()
    return client_of(await sync_to_async(issue_key)(device))


def run_examples(strategy, round_number):
    """Draw the examples first, so that one event loop can send them all."""
    drawn = []

    @seed(round_number)
    @SMALL
    @given(strategy)
    def draw(example):
        drawn.append(example)

    draw()
    return drawn


@pytest.mark.parametrize("round_number", range(ROUNDS - 1))
async def test_no_body_brings_down_the_endpoint_or_stores_nonsense(
    monitor, round_number
):
    examples = run_examples(bodies, round_number)
    assert len(examples) >= 2_000
    stored = 0
    for body in examples:
        answer = await monitor.send(body)
        assert answer.status in {200, 400}, (body, answer.status, answer.body)
        if answer.status == 200:
            said = answer.json
            stored += said["stored"]
            sent = len(json.loads(body)["readings"])
            assert said["stored"] + said["duplicates"] + len(said["rejected"]) == sent
            assert {item["code"] for item in said["rejected"]} <= set(REJECTION_CODES)
        else:
            assert set(answer.json["error"]) == {"code", "message"}
    await assert_every_row_is_sane(stored)


async def test_no_header_brings_down_the_endpoint(monitor):
    headers = st.dictionaries(
        st.sampled_from(
            [
                b"authorization",
                b"content-type",
                b"content-length",
                b"content-encoding",
                b"x-forwarded-for",
                b"host",
                b"transfer-encoding",
            ]
        ),
        header_values
        | st.sampled_from([b"-1", b"9" * 400, b"Bearer ", b"application/json;"]),
        max_size=4,
    )
    for drawn in run_examples(headers, 99):
        answer = await monitor.send(b'{"readings": [{"spo2": 97}]}', headers=drawn)
        assert answer.status < 500, (drawn, answer.body)
        json.loads(answer.body)


@sync_to_async
def assert_every_row_is_sane(at_most):
    """Whatever was stored lies within bounds and says something."""
    rows = list(Reading.objects.all())
    assert len(rows) <= at_most
    for row in rows:
        values = {name: getattr(row, name) for name in VITAL_NAMES}
        assert row.off or any(value is not None for value in values.values())
        for name, value in values.items():
            if value is not None:
                assert VITALS[name].low <= value <= VITALS[name].high
                assert not row.off & (1 << VITAL_NAMES.index(name))
