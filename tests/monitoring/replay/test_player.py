"""The player against a real HTTP server, with a clock that never waits."""

import email.utils
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from monitoring.replay import wire
from monitoring.replay.delivery import NotDelivered, connect
from monitoring.replay.player import (
    Player,
    default_batch,
    default_start,
    in_posts,
    play,
)
from monitoring.replay.recordings import Row
from tests.monitoring.devices import DROP, error

START = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
KEY = "ww_secret"


class Clock:
    """A clock that only moves when somebody sleeps."""

    def __init__(self):
        self.time = 0.0
        self.naps = []

    def __call__(self):
        return self.time

    def sleep(self, seconds):
        self.naps.append(seconds)
        self.time += seconds


@pytest.fixture
def clock():
    """Time in the player's hands."""
    return Clock()


@pytest.fixture
def player(stub, clock):
    """Return a function making a player at the stub, with options."""
    clients = []

    def make(**options):
        client = connect(stub.url, KEY)
        clients.append(client)
        options = {"speed": 0, "start": START, "serial": "M-1"} | options
        return Player(client, sleep=clock.sleep, clock=clock, **options)

    yield make
    for client in clients:
        client.close()


def rows(count, step=1.0, first=0.0):
    return [Row(first + i * step, {"heart_rate": 60.0 + i}) for i in range(count)]


def test_every_row_arrives_with_its_time_its_device_and_its_values(stub, player):
    recording = [
        Row(3600, {"heart_rate": 61.25, "spo2": None}),
        Row(3600.5, {}),
        Row(3661, {"temperature": 36.8}),
    ]

    counts = player().play(recording)

    (request,) = stub.requests
    assert request.path == wire.PATH
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Content-Type"] == "application/json"
    assert request.readings == [
        {
            "at": "2026-11-20T10:00:00Z",
            "device": "M-1",
            "heart_rate": 61.25,
            "spo2": None,
        },
        {"at": "2026-11-20T10:01:01Z", "device": "M-1", "temperature": 36.8},
    ]
    assert (counts.rows, counts.empty, counts.sent, counts.posts) == (3, 1, 2, 1)
    assert (counts.stored, counts.duplicates) == (2, 0)
    assert counts.values == {"heart_rate": 1, "temperature": 1}
    assert counts.off == {"spo2": 1}


def test_a_device_key_alone_needs_no_serial(stub):
    with connect(stub.url, KEY) as client:
        play(rows(1), client=client)

    assert "device" not in stub.requests[0].readings[0]


def test_at_speed_one_each_reading_is_posted_when_due(stub, player, clock):
    player(speed=1).play(rows(4, step=2.5, first=100))

    assert [len(request.readings) for request in stub.requests] == [1, 1, 1, 1]
    assert clock.naps == [2.5, 2.5, 2.5]


def test_at_speed_sixty_rows_due_together_share_a_post(stub, player, clock):
    player(speed=60).play(rows(120))

    assert sum(len(request.readings) for request in stub.requests) == 120
    assert max(len(request.readings) for request in stub.requests) == 13  # 0.2 s
    assert clock.time == pytest.approx(119 / 60)


def test_at_speed_zero_nothing_waits(stub, player, clock):
    counts = player().play(rows(250))

    assert [len(request.readings) for request in stub.requests] == [100, 100, 50]
    assert clock.naps == []
    assert counts.stored == 250


def test_a_given_batch_is_kept_at_any_speed(stub, player, clock):
    player(speed=1, batch=3).play(rows(7))

    assert [len(request.readings) for request in stub.requests] == [3, 3, 1]
    assert clock.time == 6


def test_a_second_replay_of_the_same_times_stores_nothing_twice(stub, player):
    player().play(rows(5))
    counts = player().play(rows(5))

    assert (counts.stored, counts.duplicates, counts.taken) == (0, 5, 5)


def test_refused_readings_are_counted_by_field_and_code(player):
    recording = [*rows(3), Row(9, {"heart_rate": 999.0})]

    counts = player().play(recording)

    assert counts.stored == 3
    assert counts.rejected == {("heart_rate", "out_of_range"): 1}
    assert any(
        "rejected heart_rate out_of_range: 1 (Heart rate must be" in line
        for line in counts.lines()
    )


def test_the_server_is_waited_for_as_long_as_it_asks(stub, player, clock):
    at_noon = email.utils.format_datetime(datetime.now(UTC) + timedelta(seconds=30))
    stub.script.extend(
        [
            error(429, "Too fast.", Retry_After="7"),
            error(503, "Storage away.", Retry_After="2.5"),
            error(503, "Storage away.", Retry_After=at_noon),
            error(503, "A proxy asks for an hour.", Retry_After="3600"),
            error(503, "Storage away.", Retry_After="0"),
        ]
    )

    counts = player(patience=1000).play(rows(2))

    assert clock.naps[:2] == [7, 2.5]
    assert 25 < clock.naps[2] <= 30
    assert clock.naps[3:] == [60, 0.05]
    assert (counts.stored, counts.retries, counts.posts) == (2, 5, 1)
    assert len({request.body for request in stub.requests}) == 1


def test_a_lost_connection_is_tried_again_more_and_more_slowly(stub, player, clock):
    stub.script.extend([DROP, DROP, error(502, "Bad gateway."), DROP, DROP, DROP])

    counts = player().play(rows(1))

    assert clock.naps == [0.5, 1, 2, 4, 5, 5]
    assert counts.stored == 1


def test_a_server_that_stays_away_ends_the_replay_with_its_counts(stub, player, clock):
    stub.script.extend([(200, {}, {"stored": 1})] + [DROP] * 100)
    replay = player(batch=1, patience=60)

    with pytest.raises(NotDelivered, match="took nothing for 60 s"):
        replay.play(rows(3))

    assert clock.time <= 60
    assert (replay.counts.sent, replay.counts.stored) == (1, 1)
    assert replay.counts.retries > 10


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        (400, "fault in this program"),
        (401, "issue_device_key"),
        (403, "put it in service"),
        (404, "Check --url"),
        (413, "smaller --batch"),
        (415, "Check that --url"),
        (418, "No device can do anything"),
    ],
)
def test_a_refusal_stops_at_once_and_says_what_to_do(
    stub, player, clock, status, advice
):
    stub.script.append(error(status, "Because."))

    with pytest.raises(NotDelivered) as refusal:
        player().play(rows(1))

    assert advice in str(refusal.value)
    assert "Because." in str(refusal.value)
    assert clock.naps == []
    assert len(stub.requests) == 1


def test_a_redirect_names_the_address_to_give(stub, player):
    stub.script.append((301, {"Location": "https://ward.invalid/"}, b""))

    with pytest.raises(NotDelivered, match="https://ward"):
        player().play(rows(1))


@pytest.mark.parametrize("answer", [b"<html>", b"[]", b'{"stored": "no"}'])
def test_another_program_behind_the_address_is_noticed(stub, player, answer):
    stub.script.append((200, {}, answer))

    with pytest.raises(NotDelivered, match="not as a Wardwatch server"):
        player().play(rows(1))


def test_progress_is_told_after_every_post(player):
    told = []

    player(batch=2, on_progress=lambda c: told.append((c.rows, c.sent))).play(rows(5))

    assert told == [(2, 2), (4, 4), (5, 5)]


@given(
    steps=st.lists(st.floats(0, 1e5), min_size=1, max_size=50),
    speed=st.sampled_from([0, 0.1, 0.5, 1, 2, 60, 1000]),
)
def test_by_default_no_row_is_posted_before_its_own_time(steps, speed):
    now = datetime(2026, 11, 20, tzinfo=UTC)
    length = sum(steps[1:])

    start = default_start(length, speed, now=now)

    offset = 0.0
    for step in [0.0, *steps[1:]]:
        offset += step
        posted = now + timedelta(seconds=offset / speed if speed else 0)
        stamped = start + timedelta(seconds=offset)
        assert stamped <= posted + timedelta(milliseconds=1)
    if speed == 1:
        assert start == now
    if speed == 0 or speed >= 1:
        assert posted - stamped < timedelta(milliseconds=1)


@given(
    steps=st.lists(st.floats(0, 100), max_size=60),
    speed=st.sampled_from([0, 0.5, 1, 60]),
    batch=st.integers(1, 10),
    linger=st.sampled_from([0.2, float("inf")]),
)
def test_posts_hold_every_row_once_in_order(steps, speed, batch, linger):
    recording, offset = [], 50.0
    for step in steps:
        offset += step
        recording.append(Row(offset, {"spo2": 97.0}))

    posts = list(in_posts(recording, speed=speed, batch=batch, linger=linger))

    assert [row for _, group in posts for row in group] == recording
    dues = [due for due, _ in posts]
    assert dues == sorted(dues)
    for due, group in posts:
        assert 1 <= len(group) <= batch
        last = group[-1].offset_seconds - recording[0].offset_seconds
        assert due == (last / speed if speed else 0)
        if speed:
            spread = (group[-1].offset_seconds - group[0].offset_seconds) / speed
            assert spread <= linger + 1e-9


def test_live_devices_post_one_by_one():
    assert [default_batch(speed) for speed in (0, 0.5, 1, 60)] == [100, 1, 1, 100]
