"""Keys on pages: shown once, renewed without a gap, revoked at once."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from tests.factories import DeviceFactory, GatewayFactory, utc
from wards.devices.keys import digest_of
from wards.devices.models import Device, DeviceKey

KEY = re.compile(r"ww_[\w-]{43}")


@pytest.fixture(params=["device", "gateway"])
def owner(request, db):
    """A device, then a gateway: their key pages are alike."""
    return DeviceFactory() if request.param == "device" else GatewayFactory()


def address(owner, suffix: str = "_key") -> str:
    kind = "device" if isinstance(owner, Device) else "gateway"
    return reverse(f"{kind}{suffix}", args=[owner.pk])


def newest(client, owner) -> dict[str, object]:
    """What the form of the key page would send."""
    return {"newest": client.get(address(owner)).context["form"].initial["newest"]}


def test_the_answer_shows_the_key_and_nothing_ever_again(owner, admin, sign_in):
    client = sign_in(admin)
    assert not KEY.search(client.get(address(owner)).text)

    answer = client.post(address(owner), newest(client, owner))

    key = KEY.search(answer.text)[0]
    assert bytes(DeviceKey.objects.get().digest) == digest_of(key)
    assert "no-store" in answer["Cache-Control"]
    assert f"Bearer {key}" in answer.text
    assert "http://testserver/api/v1/device" in answer.text
    for url in (address(owner), address(owner, "")):
        assert key not in client.get(url).text


def test_the_example_stores_no_reading(owner, admin, sign_in):
    client = sign_in(admin)

    answer = client.post(address(owner), newest(client, owner))

    assert "/api/v1/readings" not in answer.text


def test_reloading_the_answer_neither_shows_nor_makes_a_key(owner, admin, sign_in):
    client = sign_in(admin)
    sent = newest(client, owner)
    first = KEY.search(client.post(address(owner), sent).text)[0]

    again = client.post(address(owner), sent)

    assert again.status_code == 409
    assert "shown once and cannot be shown again" in again.text
    assert not KEY.search(again.text)
    assert DeviceKey.objects.count() == 1
    assert first[:8] in again.text


@pytest.mark.parametrize("sent", [{}, {"newest": "x"}, {"newest": "-1"}])
def test_a_form_that_does_not_know_makes_no_second_key(owner, admin, sign_in, sent):
    client = sign_in(admin)
    client.post(address(owner), newest(client, owner))

    assert client.post(address(owner), sent).status_code == 409
    assert DeviceKey.objects.count() == 1


def test_renewing_says_until_when_the_old_key_works(owner, admin, sign_in):
    with time_machine.travel(utc("2026-11-20 12:00"), tick=False) as clock:
        client = sign_in(admin)
        old = KEY.search(client.post(address(owner), newest(client, owner)).text)[0]

        answer = client.post(address(owner), newest(client, owner))

        assert f"{old[:8]}…" in answer.text
        assert "works until" in answer.text
        assert "13:00:00" in answer.text
        page = client.get(address(owner, "")).text
        assert "ends <time" in page
        assert "in 1 h" in page
        clock.shift(timedelta(hours=1))
        assert "Ended <time" in client.get(address(owner, "")).text


def test_revoking_is_asked_first(owner, admin, sign_in):
    client = sign_in(admin)
    client.post(address(owner), newest(client, owner))
    url = address(owner, "_key_revoke")

    assert "silent" in client.get(url).text
    assert DeviceKey.objects.valid().exists()
    assert client.post(url).url == address(owner, "")
    assert not DeviceKey.objects.valid().exists()
    assert "Issue a key" in client.get(address(owner, "")).text


def test_what_is_retired_is_offered_no_key(owner, admin, sign_in):
    type(owner).objects.update(status="retired")
    client = sign_in(admin)

    assert "Issue a key" not in client.get(address(owner, "")).text
    assert 'name="newest"' not in client.get(address(owner)).text
    assert client.post(address(owner), {"newest": 0}).status_code == 409


def test_last_use_is_shown(owner, admin, sign_in):
    client = sign_in(admin)
    with time_machine.travel(utc("2026-11-20 12:00"), tick=False) as clock:
        client.post(address(owner), newest(client, owner))
        DeviceKey.objects.update(last_used_at=utc("2026-11-20 12:00"))
        clock.shift(timedelta(minutes=5))
        assert "5 min ago" in sign_in(admin).get(address(owner, "")).text
