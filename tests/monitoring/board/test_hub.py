"""What reaches the screens, how soon, and what happens when messages do not."""

import asyncio
import re
import time

import pytest
from channels.layers import get_channel_layer

from monitoring.board import hub as hub_module
from monitoring.board import line, viewers, watched
from monitoring.board.hub import hub
from monitoring.board.viewers import Viewer
from monitoring.readings.models import LatestValues
from tests.factories import admit
from tests.monitoring.board.conftest import (
    arrived,
    in_database,
    remember,
    tell,
    tick_clock,
)

BOARD = "/ws/wards/north/"


async def settled(screen):
    """Pass over what a screen gets for having come."""
    await screen.html()
    await tick_clock()
    await screen.beat()
    await screen.beat()
    for ward in hub().wards.values():
        if ward.reading:
            await ward.reading


async def test_a_value_reaches_board_and_patient_within_a_tick(look, nurse, ward, stay):
    board = await look(nurse, BOARD)
    page = await look(nurse, f"/ws/patients/{stay.patient_id}/")
    await settled(board)
    await settled(page)

    began = time.monotonic()
    await tell(ward, arrived(ward, stay, 1, heart_rate=81, spo2=None))
    html = await board.html(">81<")

    assert time.monotonic() - began < 1
    assert html.startswith(f'<div class="live" id="live-{stay.pk}"')
    assert 'hx-swap-oob="true"' in html
    assert "sensor off" in html
    assert await page.html(">81<") == html


async def test_a_board_gets_only_what_changed(look, nurse, ward, stay):
    other = await in_database(lambda: admit(ward=ward))
    screen = await look(nurse, BOARD)
    await settled(screen)

    await tell(ward, arrived(ward, stay, 1, heart_rate=81))
    html = await screen.html(">81<")

    assert f"live-{other.pk}" not in html
    assert "EXAMPLE" not in html


async def test_many_changes_of_one_bed_become_one_frame(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await settled(screen)
    screen.frames.clear()

    for number in range(50):
        await tell(ward, arrived(ward, stay, number, heart_rate=100 + number))
    await screen.html(">149<")

    assert len(screen.frames) <= 2


async def test_each_tile_is_drawn_once_for_all_who_look(
    look, nurse, doctor, ward, stay, monkeypatch
):
    screens = [await look(user, BOARD) for user in (nurse, doctor, nurse)]
    for screen in screens:
        await settled(screen)
    drawn = []
    real = watched.render_live
    monkeypatch.setattr(
        watched, "render_live", lambda *a, **k: drawn.append(1) or real(*a, **k)
    )

    await tell(ward, arrived(ward, stay, 1, heart_rate=81))
    frames = [await screen.html(">81<") for screen in screens]

    assert len(set(frames)) == 1
    assert len(drawn) == 1


async def test_values_that_arrive_ask_nothing_of_the_database(
    look, nurse, ward, stay, monkeypatch
):
    screen = await look(nurse, BOARD)
    await settled(screen)
    asked = []
    monkeypatch.setattr(hub_module, "load_ward", asked.append)
    monkeypatch.setattr(hub_module, "permitted", lambda *of: asked.append(of))

    for number in range(1, 4):
        await tell(ward, arrived(ward, stay, number, heart_rate=80 + number))
        await screen.html(f">{80 + number}<")

    assert asked == []


async def test_a_missed_message_is_made_good_from_the_database(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await settled(screen)
    await tell(ward, arrived(ward, stay, 1, heart_rate=80))
    await screen.html(">80<")

    # The second never comes; what it said is in the database.
    await in_database(lambda: remember(stay, spo2=93))
    await tell(ward, arrived(ward, stay, 3, heart_rate=82))

    assert ">93<" in await screen.html(">93<")


async def test_another_process_counts_for_itself(look, nurse, ward, stay, monkeypatch):
    screen = await look(nurse, BOARD)
    await settled(screen)
    await tell(ward, arrived(ward, stay, 7, heart_rate=80))
    await screen.html(">80<")
    asked = []
    monkeypatch.setattr(hub_module, "load_ward", asked.append)

    await tell(ward, arrived(ward, stay, 1, source="two", heart_rate=81))
    await tell(ward, arrived(ward, stay, 8, heart_rate=82))

    await screen.html(">82<")
    assert asked == []


async def test_a_changed_ward_is_drawn_anew(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await settled(screen)

    await in_database(lambda: admit(ward=ward, family_name="Newcomer"))
    await tell(ward, {"type": "ward.changed", "ward": ward.pk})

    html = await screen.html("NEWCOMER")
    assert 'id="board"' in html


async def test_a_value_that_arrives_while_the_ward_is_read_is_not_lost(
    look, nurse, ward, stay, monkeypatch
):
    screen = await look(nurse, BOARD)
    await settled(screen)
    real, begun, go_on = hub_module.load_ward, asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def slow(ward):
        picture = real(ward)
        loop.call_soon_threadsafe(begun.set)
        asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(5)
        return picture

    monkeypatch.setattr(hub_module, "load_ward", slow)
    await tell(ward, {"type": "ward.changed", "ward": ward.pk})
    await begun.wait()
    await tell(ward, arrived(ward, stay, 1, heart_rate=91))
    await screen.html(">91<")
    go_on.set()
    await tell(ward, arrived(ward, stay, 2, spo2=92))
    html = await screen.html(">92<")

    assert ">91<" in html


async def test_coming_back_shows_everything_anew(look, nurse, ward, stay):
    first = await look(nurse, BOARD)
    await settled(first)
    await first.leave()

    await in_database(lambda: remember(stay, heart_rate=66))
    second = await look(nurse, BOARD)

    assert ">66<" in await second.html()


async def test_a_value_struck_out_leaves_the_screen(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await settled(screen)

    await in_database(lambda: LatestValues.objects.update(values={}))
    await tell(ward, {"type": "ward.changed", "ward": ward.pk})

    html = await screen.html(f'id="live-{stay.pk}"')
    assert re.search(r'data-vital="heart_rate" data-state="none">--<', html)


# -- when messages do not come ---------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    """Decide how long ago the clock beat in the database: ``clock.append(0.5)``.

    Never, at first. A server of other tests may be running on this database.
    """
    ages = [None]
    monkeypatch.setattr(line, "beat_age", lambda _: ages[-1])
    return ages


@pytest.fixture
def impatient(monkeypatch):
    """Doubt the layer and ask the database sooner than a hospital would."""
    monkeypatch.setattr(line, "QUIET_AFTER", 0.4)
    monkeypatch.setattr(hub_module, "POLL_EVERY", 0.1)
    monkeypatch.setattr(hub_module, "BEAT_EVERY", 0.1)


async def test_with_the_layer_lost_the_database_is_read_again_and_again(
    look, nurse, ward, stay, impatient, clock
):
    screen = await look(nurse, BOARD)
    await screen.html()
    clock.append(0.5)

    # The clock runs elsewhere, but nothing is heard of it.
    await screen.beat(layer="degraded", watch_late=False)
    await in_database(lambda: remember(stay, heart_rate=55))
    await screen.html(">55<")

    # It is heard again.
    await tick_clock()
    await screen.beat(layer="ok", watch_late=False)


async def test_a_layer_that_breaks_is_joined_again(
    look, nurse, ward, stay, monkeypatch, clock
):
    screen = await look(nurse, BOARD)
    await settled(screen)
    layer = get_channel_layer()
    broken = asyncio.Event()
    real = layer.receive

    async def receive(channel):
        if broken.is_set():
            raise ConnectionError("Redis is gone")
        return await real(channel)

    monkeypatch.setattr(layer, "receive", receive)
    broken.set()
    await tick_clock()
    await tick_clock()
    await screen.beat(layer="degraded")

    broken.clear()
    await screen.beat(layer="ok")
    await tell(ward, arrived(ward, stay, 1, heart_rate=83))
    await screen.html(">83<")


async def test_a_clock_that_stands_still_is_said(
    look, nurse, ward, stay, impatient, clock
):
    screen = await look(nurse, BOARD)

    # It never ran, and the layer is not to blame.
    await screen.beat(watch_late=True, layer="ok")

    await tick_clock()
    await screen.beat(watch_late=False, layer="ok")


async def test_a_clock_that_says_it_is_late_is_believed(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await settled(screen)

    await tick_clock(late_ms=9000)

    await screen.beat(watch_late=True)


async def test_with_the_database_lost_nobody_is_told_to_go(
    look, nurse, ward, stay, monkeypatch
):
    screen = await look(nurse, BOARD)
    await settled(screen)
    monkeypatch.setattr(hub_module, "CHECKED_AT_LEAST_EVERY", 3)
    monkeypatch.setattr(hub_module, "CHECK_EVERY", 0.1)

    def gone(*arguments):
        raise OSError("no database")

    monkeypatch.setattr(hub_module, "permitted", gone)
    for viewer in hub()._viewers():
        viewer.check_due = 0

    # Not "you may not", but "not now": the page keeps trying.
    assert await screen.closed(8) == viewers.TRY_AGAIN


# -- slow and dead screens -------------------------------------------------------------


def a_viewer(send):
    return Viewer(session_key=None, find=lambda _: None, naming="names", send=send)


async def test_a_dead_screen_delays_no_other_and_keeps_one_fragment_a_bed():
    stuck = asyncio.Event()
    got = []

    async def never(message):
        await stuck.wait()

    async def at_once(message):
        got.append(message["text"])

    dead, well = a_viewer(never), a_viewer(at_once)
    pumps = [asyncio.create_task(viewer.pump()) for viewer in (dead, well)]
    for number in range(100):
        for viewer in (dead, well):
            viewer.show({"live-1": f"one {number}", "live-2": f"two {number}"})
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    assert got[-1] == "one 99two 99"
    assert dead._fragments == {"live-1": "one 99", "live-2": "two 99"}
    for pump in pumps:
        pump.cancel()


async def test_a_screen_that_falls_behind_gets_only_beats_until_it_answers(monkeypatch):
    monkeypatch.setattr(viewers, "HOLD_BACK_AFTER", 0.05)
    got = []

    async def send(message):
        got.append(message["text"])

    slow = a_viewer(send)
    pump = asyncio.create_task(slow.pump())
    slow.beat("beat 1", 1)
    await asyncio.sleep(0.01)
    slow.hear('{"seen": 1}')  # it is one that answers
    slow.beat("beat 2", 2)
    await asyncio.sleep(0.1)
    slow.show({"live-1": "held back"})
    slow.show({"live-1": "the newest"})
    slow.beat("beat 3", 3)
    await asyncio.sleep(0.01)
    assert got == ["beat 1", "beat 2", "beat 3"]

    slow.hear('{"seen": 3}')
    await asyncio.sleep(0.01)
    assert got == ["beat 1", "beat 2", "beat 3", "the newest"]
    pump.cancel()


async def test_a_screen_that_never_answers_again_is_let_go(monkeypatch):
    monkeypatch.setattr(viewers, "GIVE_UP_AFTER", 0.01)
    got = []

    async def send(message):
        got.append(message)

    lost = a_viewer(send)
    pump = asyncio.create_task(lost.pump())
    lost.beat("1", 1)
    await asyncio.sleep(0)
    lost.hear('{"seen": 1}')
    lost.beat("2", 2)
    await asyncio.sleep(0.05)
    lost.beat("3", 3)
    await asyncio.wait_for(pump, 1)

    assert got[-1] == {"type": "websocket.close", "code": viewers.TRY_AGAIN}


async def test_a_program_that_only_listens_is_served_all_the_same(monkeypatch):
    monkeypatch.setattr(viewers, "GIVE_UP_AFTER", 0.01)
    monkeypatch.setattr(viewers, "HOLD_BACK_AFTER", 0.01)
    got = []

    async def send(message):
        got.append(message["text"])

    listener = a_viewer(send)
    pump = asyncio.create_task(listener.pump())
    listener.beat("1", 1)
    await asyncio.sleep(0.05)
    listener.show({"live-1": "news"})
    await asyncio.sleep(0.01)

    assert got == ["1", "news"]
    pump.cancel()


async def test_a_whole_page_makes_earlier_fragments_void():
    got = []

    async def send(message):
        got.append(message["text"])

    viewer = a_viewer(send)
    viewer.show({"live-1": "old"})
    viewer.show_whole("everything ")
    viewer.show({"live-1": "new"})
    pump = asyncio.create_task(viewer.pump())
    await asyncio.sleep(0.01)

    assert got == ["everything new"]
    pump.cancel()
