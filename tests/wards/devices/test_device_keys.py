"""Issuing, rotating and revoking the keys devices post with."""

from datetime import timedelta
from functools import partial

import pytest
import time_machine
from django.utils import timezone

from hospital.access.models import AuditEvent
from hospital.access.refusals import NotPermitted, NotPossible
from tests.factories import DeviceFactory, GatewayFactory, UserFactory, utc
from tests.racing import race
from wards.devices.actions import issue_key, revoke_keys
from wards.devices.keys import digest_of
from wards.devices.models import Device, DeviceKey, Gateway
from wards.events import KEYS_GROUP

NOON = utc("2026-11-20 12:00")


@pytest.fixture(params=["device", "gateway"])
def owner(request, db):
    """A device, then a gateway: keys are alike for both."""
    return DeviceFactory() if request.param == "device" else GatewayFactory()


def opens(key: str) -> bool:
    """Whether the endpoint would take the key now."""
    return DeviceKey.objects.valid().filter(digest=digest_of(key)).exists()


def use(key: str) -> None:
    """Note that a device posted with the key now."""
    DeviceKey.objects.filter(digest=digest_of(key)).update(last_used_at=timezone.now())


def test_a_key_is_stored_only_as_its_hash(owner, admin):
    key = issue_key(owner=owner, by=admin)

    stored = owner.keys.get()
    assert key.startswith("ww_")
    assert len(key) > 40
    assert bytes(stored.digest) == digest_of(key)
    assert stored.hint == key[:8]
    assert (stored.issued_by, stored.expires_at) == (admin, None)
    assert key not in str(AuditEvent.objects.values_list("detail"))


def test_rotation_lets_the_old_key_work_for_an_hour(owner, admin):
    with time_machine.travel(NOON, tick=False) as clock:
        old = issue_key(owner=owner, by=admin)
        use(old)
        new = issue_key(owner=owner, by=admin)

        clock.shift(timedelta(minutes=59, seconds=59))
        assert opens(old)
        assert opens(new)
        clock.shift(timedelta(seconds=1))
        assert not opens(old)
        assert opens(new)


def test_the_overlap_may_be_nothing(owner, admin):
    old = issue_key(owner=owner, by=admin)
    new = issue_key(owner=owner, by=admin, overlap=timedelta(0))

    assert not opens(old)
    assert opens(new)


def test_at_most_two_keys_work_at_a_time(owner, admin):
    keys = []
    for _ in range(4):
        keys.append(issue_key(owner=owner, by=admin))
        use(keys[-1])

    assert [opens(key) for key in keys] == [False, False, True, True]


def test_keys_that_never_arrived_do_not_push_out_the_one_in_use(owner, admin):
    with time_machine.travel(NOON, tick=False) as clock:
        in_use = issue_key(owner=owner, by=admin)
        use(in_use)
        clock.shift(timedelta(minutes=30))
        lost = issue_key(owner=owner, by=admin)
        clock.shift(timedelta(minutes=30))
        arrived = issue_key(owner=owner, by=admin)

        clock.shift(timedelta(minutes=59))
        assert opens(in_use)
        assert not opens(lost)
        assert opens(arrived)
        clock.shift(timedelta(minutes=1))
        assert not opens(in_use)


def test_a_form_sent_twice_makes_one_key(owner, admin):
    first = issue_key(owner=owner, by=admin, unless_newer_than=0)

    with pytest.raises(NotPossible, match="shown once"):
        issue_key(owner=owner, by=admin, unless_newer_than=0)

    assert opens(first)
    newest = owner.keys.get().pk
    assert issue_key(owner=owner, by=admin, unless_newer_than=newest)


def test_revoking_ends_all_keys_at_once(
    owner, admin, monkeypatch, django_capture_on_commit_callbacks
):
    told = []
    monkeypatch.setattr(
        "wards.events._send", lambda group, message: told.append((group, message))
    )
    keys = [issue_key(owner=owner, by=admin) for _ in range(2)]

    with django_capture_on_commit_callbacks(execute=True):
        assert revoke_keys(owner=owner, by=admin) == 2
        assert revoke_keys(owner=owner, by=admin) == 0

    assert not any(opens(key) for key in keys)
    assert told == [(KEYS_GROUP, {"type": "keys.changed"})]
    assert AuditEvent.objects.get(kind="key.revoked").detail == {"keys": 2}
    assert opens(issue_key(owner=owner, by=admin))


def test_one_owners_keys_leave_anothers_alone(admin):
    here, elsewhere = DeviceFactory(), DeviceFactory()
    gateway = GatewayFactory()
    others = [issue_key(owner=owner, by=admin) for owner in (elsewhere, gateway)]

    issue_key(owner=here, by=admin)
    issue_key(owner=here, by=admin)
    revoke_keys(owner=here, by=admin)

    assert all(opens(key) for key in others)


def test_what_is_retired_gets_no_key(admin):
    with pytest.raises(NotPossible, match="retired"):
        issue_key(owner=DeviceFactory(status=Device.Status.RETIRED), by=admin)
    with pytest.raises(NotPossible, match="retired"):
        issue_key(owner=GatewayFactory(status=Gateway.Status.RETIRED), by=admin)


def test_a_device_in_maintenance_can_be_given_its_key(admin):
    assert issue_key(owner=DeviceFactory(status=Device.Status.MAINTENANCE), by=admin)


@pytest.mark.parametrize("role", ["nurse", "doctor", "stranger"])
def test_only_the_desk_issues_and_revokes(owner, role, request):
    by = request.getfixturevalue(role)

    with pytest.raises(NotPermitted):
        issue_key(owner=owner, by=by)
    with pytest.raises(NotPermitted):
        revoke_keys(owner=owner, by=by)


@pytest.mark.django_db(transaction=True)
def test_six_desks_rotating_one_key_leave_two_that_work():
    desk, device = UserFactory(admin=True), DeviceFactory()
    in_use = issue_key(owner=device, by=desk)
    use(in_use)
    keys = race(*[partial(issue_key, owner=device, by=desk)] * 6)

    assert len(set(keys)) == 6
    assert opens(in_use)
    assert sum(opens(key) for key in keys) == 1
    assert device.keys.filter(expires_at=None).count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_one_form_sent_six_times_at_once_one_makes_a_key():
    desk, device = UserFactory(admin=True), DeviceFactory()
    once = partial(issue_key, owner=device, by=desk, unless_newer_than=0)
    answers = race(*[once] * 6)

    assert sum(isinstance(answer, str) for answer in answers) == 1
    assert sum(isinstance(answer, NotPossible) for answer in answers) == 5
