import pytest

from monitoring.board.states import Value, blank_after, state_of, trend_of

NOW = 1_800_000_000_000


def value(number=78.0, *, ago=0.0, received_ago=None):
    at = NOW - int(ago * 1000)
    received = at if received_ago is None else NOW - int(received_ago * 1000)
    return Value(number, at, received)


@pytest.mark.parametrize(
    ("ago", "interval", "state"),
    [
        (0, 1, "live"),
        (10, 1, "live"),
        (10.1, 1, "stale"),
        (60, 1, "stale"),
        (60.1, 1, "none"),
        (25, 5, "live"),
        (25.1, 5, "stale"),
        (150, 5, "stale"),
        (150.1, 5, "none"),
        (4 * 3600, 3600, "live"),
    ],
)
def test_a_number_fades_and_goes_by_its_devices_own_interval(ago, interval, state):
    assert state_of(value(ago=ago), now=NOW, interval=interval) == state


def test_what_was_never_measured_shows_nothing():
    assert state_of(None, now=NOW, interval=1) == "none"


def test_a_sensor_that_is_off_says_so_and_not_for_ever():
    assert state_of(value(None, ago=5), now=NOW, interval=1) == "off"
    assert state_of(value(None, ago=61), now=NOW, interval=1) == "none"


def test_a_clock_that_is_ahead_makes_no_number_younger_than_its_arrival():
    ahead = Value(78.0, NOW + 600_000, NOW - 30_000)

    assert state_of(ahead, now=NOW, interval=1) == "stale"


def test_a_clock_that_is_behind_is_not_corrected():
    behind = value(ago=300, received_ago=0)

    assert state_of(behind, now=NOW, interval=1) == "none"


def test_a_clock_set_right_is_believed_at_once():
    ahead = Value(78.0, NOW + 600_000, NOW - 1000)
    after = Value(80.0, NOW, NOW)

    assert after.is_newer_than(ahead)
    assert not ahead.is_newer_than(after)


def test_late_data_does_not_replace_newer():
    assert not value(ago=90, received_ago=0).is_newer_than(value(ago=1))


def test_blanking_keeps_the_proportion_to_fading():
    assert blank_after(1) == 60
    assert blank_after(10) == 300


def trend(before, recent, name="heart_rate"):
    means = dict(enumerate([*before, *recent], start=100))
    return trend_of(name, means, minute=100 + len(before) + len(recent))


def test_an_arrow_points_where_every_earlier_minute_is_left_behind():
    flat = [80.0] * 10

    assert trend(flat, [81.0] * 5) == "up"
    assert trend(flat, [79.0] * 5) == "down"
    assert trend(flat, [80.0] * 5) == "steady"


def test_one_equal_minute_is_enough_to_be_steady():
    assert trend([80.0] * 9 + [84.0], [84.0] * 5) == "steady"


def test_the_arrow_goes_by_the_number_as_shown():
    assert trend([80.0] * 10, [80.4] * 5) == "steady"
    assert trend([36.0] * 10, [36.4] * 5, name="temperature") == "up"


def test_too_little_makes_no_arrow():
    assert trend([80.0] * 5, [90.0] * 5) is None
    assert trend_of("heart_rate", {}, minute=100) is None
