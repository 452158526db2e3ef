"""Who may look through a socket, and for how long. The rules of the pages hold."""

from datetime import timedelta

import pytest
from django.contrib.auth.signals import user_logged_out
from django.test import Client
from django.utils import timezone

from hospital.accounts.models import User
from monitoring.board import hub as hub_module
from monitoring.board.viewers import CLOSED_BY_RULE
from tests.factories import BedFactory, BedStayFactory, WardMembershipFactory
from tests.monitoring.board.conftest import connect, in_database, socket_to
from wards.admissions.models import BedStay
from wards.events import publish_access_changed, publish_ward_changed
from wards.places.models import WardMembership

BOARD = "/ws/wards/north/"


@pytest.fixture
def soon(monkeypatch):
    """Let sockets ask every second whether their user may still look."""
    monkeypatch.setattr(hub_module, "CHECK_EVERY", 0.5)


async def assert_blanked(screen, *, within=5.0):
    """The screen is closed by rule, and the last it got holds no patient any more."""
    assert await screen.closed(within) == CLOSED_BY_RULE
    last = screen.frames[-1]
    assert 'id="live-page"' in last
    assert 'hx-swap-oob="true"' in last
    assert "This screen is closed" in last
    assert "EXAMPLE" not in last
    assert "data-vital" not in last


async def test_the_first_frame_is_the_whole_board(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)

    html = await screen.html()

    assert 'id="board"' in html
    assert 'hx-swap-oob="true"' in html
    assert "EXAMPLE</b> Ada" in html
    assert ">78<" in html
    assert (await screen.beat())["layer"] == "ok"


async def test_the_first_frame_of_a_patient_is_all_that_is_live(
    look, nurse, ward, stay
):
    screen = await look(nurse, f"/ws/patients/{stay.patient_id}/")

    html = await screen.html()

    assert 'id="now"' in html
    assert ">78<" in html


async def test_nobody_signed_in_sees_nothing(look, ward, stay):
    await assert_blanked(await look(None, BOARD))
    await assert_blanked(await look(None, f"/ws/patients/{stay.patient_id}/"))


async def test_others_see_nothing(look, ward, stay, stranger, admin):
    for user in (stranger, admin):
        await assert_blanked(await look(user, BOARD))
        await assert_blanked(await look(user, f"/ws/patients/{stay.patient_id}/"))


async def test_a_ward_or_patient_that_is_not_there_looks_like_one_not_mine(look, nurse):
    await assert_blanked(await look(nurse, "/ws/wards/nowhere/"))
    await assert_blanked(await look(nurse, "/ws/patients/99999/"))


async def test_another_sites_page_gets_no_socket(transactional_db):
    assert not await connect(socket_to(BOARD, origin="http://evil.invalid"))


async def test_any_other_address_is_refused(transactional_db):
    assert not await connect(socket_to("/ws/elsewhere/"))


async def test_hidden_names_stay_hidden_on_the_socket(look, nurse, ward, stay):
    screen = await look(nurse, BOARD, wardwatch_initials="1")

    html = await screen.html()

    assert "EXAMPLE" not in html.upper()
    assert ">EA<" in html


async def test_signing_out_closes_at_once(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await screen.html()

    def sign_out():
        client = Client()
        client.cookies.load(screen.cookie)
        client.post("/accounts/logout/")

    await in_database(sign_out)

    await assert_blanked(screen)


async def test_the_sign_out_signal_is_heard(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await screen.html()

    def sign_out():
        screen.session.delete()
        user_logged_out.send(User, request=None, user=nurse)

    await in_database(sign_out)

    await assert_blanked(screen)


def end_membership(nurse):
    WardMembership.objects.filter(user=nurse).update(
        ends_on=timezone.localdate() - timedelta(days=1)
    )
    publish_access_changed(nurse.pk)


def disable(nurse):
    nurse.is_active = False
    nurse.save()


def make_admin(nurse):
    nurse.role = User.Role.ADMIN
    nurse.save()


def change_password(nurse):
    nurse.set_password("another horse battery staple")
    nurse.save()


@pytest.mark.parametrize("how", [end_membership, disable, make_admin, change_password])
@pytest.mark.parametrize("what", ["board", "patient"])
async def test_whoever_may_look_no_more_is_blanked_at_once(
    look, nurse, ward, stay, how, what
):
    screen = await look(
        nurse, BOARD if what == "board" else f"/ws/patients/{stay.patient_id}/"
    )
    await screen.html()

    await in_database(lambda: how(nurse))

    await assert_blanked(screen)


def expire_session(screen):
    session = screen.session
    session.set_expiry(-1)
    session.save()


def delete_membership(screen):
    WardMembership.objects.all().delete()


@pytest.mark.parametrize("how", [expire_session, delete_membership])
async def test_what_nobody_tells_of_is_found_out(look, nurse, ward, stay, how, soon):
    screen = await look(nurse, BOARD)
    await screen.html()

    await in_database(lambda: how(screen))

    await assert_blanked(screen)


async def test_others_stay_when_one_must_go(look, nurse, doctor, ward, stay):
    gone, stays = await look(nurse, BOARD), await look(doctor, BOARD)
    await gone.html()
    await stays.html()

    await in_database(lambda: disable(nurse))

    await assert_blanked(gone)
    await stays.beat()
    await stays.beat()


async def transfer(stay, bed):
    """Move a patient as the desk does, and tell both wards."""

    def move():
        old = BedStay.objects.select_related("bed").get(admission=stay, ended_at=None)
        old.ended_at, old.ended_by = timezone.now(), stay.admitted_by
        old.save()
        BedStayFactory(admission=stay, bed=bed, started_at=old.ended_at)
        publish_ward_changed(old.bed.ward_id)
        publish_ward_changed(bed.ward_id)

    await in_database(move)


async def test_a_patients_screen_follows_to_another_ward_of_mine(
    look, nurse, ward, stay
):
    other = await in_database(lambda: WardMembershipFactory(user=nurse).ward)
    bed = await in_database(lambda: BedFactory(ward=other, label="OTHER-1"))
    screen = await look(nurse, f"/ws/patients/{stay.patient_id}/")
    await screen.html()

    await transfer(stay, bed)

    assert "OTHER-1" in await screen.html("OTHER-1")


async def test_a_patients_screen_does_not_follow_to_a_ward_of_others(
    look, nurse, ward, stay
):
    bed = await in_database(BedFactory)
    screen = await look(nurse, f"/ws/patients/{stay.patient_id}/")
    await screen.html()

    await transfer(stay, bed)

    await assert_blanked(screen)


async def test_a_discharged_patients_screen_is_closed(look, nurse, ward, stay):
    screen = await look(nurse, f"/ws/patients/{stay.patient_id}/")
    await screen.html()

    def discharge():
        now = timezone.now()
        for things in (stay.bed_stays, stay.device_assignments):
            things.update(ended_at=now, ended_by=stay.admitted_by)
        stay.discharged_at, stay.discharged_by = now, stay.admitted_by
        stay.save()
        publish_ward_changed(ward.pk)

    await in_database(discharge)

    await assert_blanked(screen)


async def test_what_the_page_says_cannot_do_harm(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await screen.html()

    for text in ("", "nonsense", "[]", '{"seen": "x"}', '{"seen": 1e400}', "9" * 5000):
        await screen.say(text=text)
    await screen.say(text="[" * 100_000)
    await screen.say(bytes=b"\xff\x00")

    await screen.beat()
    await screen.beat()


async def test_leaving_ends_everything_that_ran_for_it(look, nurse, ward, stay):
    screen = await look(nurse, BOARD)
    await screen.html()

    await screen.leave()

    assert not hub_module.hub().wards
    assert not hub_module.hub()._tasks
