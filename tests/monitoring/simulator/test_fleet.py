"""Fleets of simulated devices against a real HTTP server."""

import asyncio
import itertools
import json
from io import StringIO

import httpx
import pytest
from django.core.management import CommandError, call_command

from monitoring.replay import wire
from monitoring.simulator.device import SimulatedDevice
from monitoring.simulator.fleet import Simulation, lines_of
from monitoring.simulator.fleet_file import BadFleet, Entry, Fleet, read_fleet
from monitoring.simulator.line import BUFFER, Line, Tally
from tests.monitoring.devices import DROP, error

NOW = 1_795_176_000.0


@pytest.fixture
async def client():
    """A real HTTP client."""
    async with httpx.AsyncClient(timeout=5) as client:
        yield client


@pytest.fixture
def post(stub, client):
    """Return a function that lets a line measure and post up to a moment."""

    async def run(line, now):
        line.measure_until(now)
        await line.deliver(client, wire.endpoint(stub.url), now)

    return run


def line(profile="stable", *, interval=2.0):
    device = SimulatedDevice("SIM-N01", profile)
    return Line(device, interval, wire.headers("ww_k"), Tally(), NOW)


async def test_each_reading_is_posted_when_it_is_taken(stub, post):
    ours = line()

    await post(ours, NOW)
    await post(ours, NOW + 1)
    await post(ours, ours.next_at)

    assert [len(request.readings) for request in stub.requests] == [1, 1]
    assert stub.requests[0].headers["Authorization"] == "Bearer ww_k"
    assert stub.requests[0].readings[0]["device"] == "SIM-N01"
    assert ours.tally == Tally(posts=2, sent=2, stored=2)


async def test_what_a_lost_server_missed_comes_as_a_batch(stub, post):
    ours = line()
    stub.script.extend([DROP, error(503, "Away."), DROP])

    now = NOW
    while len(stub.requests) < 4:
        now += 0.5
        await post(ours, now)

    assert now - NOW <= 0.5 + 0.5 + 1 + 2 + 4 * 0.5
    assert not ours.outbox
    times = [reading["at"] for reading in stub.requests[-1].readings]
    assert len(times) >= 2
    assert times == sorted(set(times))
    assert (ours.tally.failures, ours.tally.stored) == (3, len(times))


async def test_tries_are_never_more_than_five_seconds_apart(stub, post):
    ours = line()
    stub.script.extend([DROP] * 8 + [error(503, "Away.", Retry_After="3600")] * 2)

    tried, now = [], NOW
    while len(stub.requests) < 11:
        before = len(stub.requests)
        await post(ours, now)
        if len(stub.requests) > before:
            tried.append(now)
        now += 0.5

    gaps = [b - a for a, b in itertools.pairwise(tried)]
    assert max(gaps) == 5
    assert gaps[:3] == [0.5, 1, 2]


async def test_the_buffer_is_bounded_and_keeps_the_newest(stub, post):
    ours = line()
    stub.script.append(DROP)

    await post(ours, NOW)
    hours_later = NOW + 10 * BUFFER
    ours.measure_until(hours_later)
    assert len(ours.outbox) == BUFFER
    await post(ours, hours_later)

    sizes = [len(request.readings) for request in stub.requests[1:]]
    assert sum(sizes) == BUFFER
    assert max(sizes) == 500
    newest = stub.requests[-1].readings[-1]["at"]
    assert newest == ours.device.reading(ours.last_at)["at"]


async def test_a_late_device_posts_what_it_kept_in_one_go(stub, post):
    ours = line("late")

    now = NOW
    while now < NOW + 2 * 480:
        await post(ours, now)
        now += 2

    largest = max(len(request.readings) for request in stub.requests)
    assert 45 <= largest <= 55
    assert ours.tally.duplicates == 0


async def test_a_silent_device_does_not_post(stub, post):
    ours = line("silent")
    gone = next(
        second
        for second in range(540)
        if ours.device.measure(NOW + second) is None
        and ours.device.measure(NOW + second + 100) is None
    )
    ours.next_at = NOW + gone

    await post(ours, NOW + gone + 60)

    assert stub.requests == []


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_key_is_named_once_and_tried_again_later(
    stub, post, caplog, status
):
    ours = line()
    stub.script.extend([error(status, "Not you.")] * 2)

    for second in range(0, 70, 2):
        await post(ours, NOW + second)

    assert [record.message for record in caplog.records] == [
        f"SIM-N01 is refused ({status}). Not you."
    ]
    assert "ww_k" not in caplog.text
    assert len(stub.requests[2].readings) > 20
    assert not ours.outbox


async def test_what_is_refused_for_good_is_not_repeated(stub, post, caplog):
    ours = line()
    stub.script.extend([error(400, "No."), (200, {}, b"<html>")])

    await post(ours, NOW)
    await post(ours, ours.next_at)
    await post(ours, ours.next_at)

    first, second, third = (request.readings[0]["at"] for request in stub.requests)
    assert first < second < third
    assert (ours.tally.failures, ours.tally.stored) == (2, 1)
    assert len(caplog.records) == 2


def test_devices_start_apart_and_stay_apart():
    fleet = Fleet([Entry(f"SIM-N{i:02}", "k") for i in range(40)])

    lines = lines_of(fleet, now=NOW, tally=Tally())

    assert all(NOW <= each.next_at < NOW + 2 for each in lines)
    for each in lines:
        each.measure_until(NOW + 600)
    tenths = [int(each.next_at * 10) for each in lines]
    assert max(map(tenths.count, tenths)) <= 8


async def test_a_fleet_runs_until_it_is_stopped(stub):
    devices = [Entry(f"SIM-N{i:02}", "k", interval=0.1) for i in range(5)]
    told = []
    simulation = Simulation(Fleet(devices), stub.url, told.append)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def enough(server):
        if len(server.stored) == 25:
            loop.call_soon_threadsafe(stop.set)

    stub.after_post = enough

    async with asyncio.timeout(10):
        await simulation.run(stop)

    assert {device for device, _ in stub.stored} == {d.serial for d in devices}
    assert told[-1].startswith("5 simulated devices: ")
    assert "0 failed posts" in told[-1]


async def test_a_fault_in_one_device_is_not_hidden(stub, monkeypatch):
    def broken(self, now):
        raise ZeroDivisionError

    monkeypatch.setattr(Line, "measure_until", broken)
    simulation = Simulation(Fleet([Entry("S", "k")]), stub.url, print)

    with pytest.raises(ZeroDivisionError):
        await simulation.run(asyncio.Event())


def test_a_file_of_keys_needs_only_serials_and_keys(tmp_path):
    file = tmp_path / "keys.json"
    file.write_text('{"devices": [{"serial": "SIM-N01", "key": "ww_k"}]}')

    fleet = read_fleet(file)

    assert fleet == Fleet([Entry("SIM-N01", "ww_k", 2.0, "stable")], seed=7)


def test_a_device_without_a_key_posts_through_its_gateway(tmp_path):
    file = tmp_path / "keys.json"
    content = {
        "devices": [{"serial": "A"}, {"serial": "B", "key": "ww_b"}],
        "gateways": [{"name": "North", "key": "ww_g", "devices": ["A", "C"]}],
    }
    file.write_text(json.dumps(content))

    devices = read_fleet(file).devices

    assert [(entry.serial, entry.key) for entry in devices] == [
        ("A", "ww_g"),
        ("B", "ww_b"),
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "no file of device keys"),
        ('{"devices": []}', "no file of device keys"),
        ('{"devices": [{"serial": "S"}]}', "S has no key and no gateway"),
        ('{"devices": [{"serial": "S", "key": "ww_k", "interval": 0}]}', "interval"),
        (
            '{"devices": [{"serial": "S", "key": "ww_k", "profile": "odd"}]}',
            "profile 'odd'; known: stable",
        ),
        (
            json.dumps({"devices": [{"serial": "S", "key": "ww_k"}] * 2}),
            "S is there twice",
        ),
    ],
)
def test_a_wrong_file_is_refused_without_telling_keys(tmp_path, content, sentence):
    file = tmp_path / "keys.json"
    file.write_text(content)

    with pytest.raises(BadFleet) as refusal:
        read_fleet(file)

    assert sentence in str(refusal.value)
    assert "ww_k" not in str(refusal.value)


def test_the_command_refuses_a_missing_file_and_a_wrong_address(tmp_path):
    file = tmp_path / "keys.json"
    with pytest.raises(CommandError, match="No such file"):
        call_command("simulate", f"--keys={file}")
    file.write_text('{"devices": [{"serial": "S", "key": "k"}]}')
    with pytest.raises(CommandError, match="no URL"):
        call_command("simulate", f"--keys={file}", "--url=here", stdout=StringIO())
