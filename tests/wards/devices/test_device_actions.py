"""Devices and gateways: registering, changing, taking out of service."""

from functools import partial

import pytest

from hospital.access.models import AuditEvent
from hospital.access.refusals import NotPermitted, NotPossible
from hospital.versions import version_of
from tests.factories import (
    BedFactory,
    BedStayFactory,
    DeviceFactory,
    GatewayFactory,
    UserFactory,
    admit,
)
from tests.racing import race
from wards.admissions.actions import swap_device
from wards.devices.actions import (
    NEXT_STATUS,
    change_device,
    change_gateway,
    register_device,
    register_gateway,
    set_device_status,
)
from wards.devices.models import Device, DeviceContact, Gateway
from wards.events import KEYS_GROUP, ward_group

IN_SERVICE, MAINTENANCE, RETIRED = Device.Status


@pytest.fixture
def told(monkeypatch):
    """The groups that were told something, in order."""
    groups = []
    monkeypatch.setattr("wards.events._send", lambda group, _: groups.append(group))
    return groups


def seen(stored) -> str:
    fresh = type(stored).objects.get(pk=stored.pk)
    return version_of(fresh, stored.SETTINGS_FIELDS)


def test_a_registered_device_has_its_contact_row_and_no_key(admin):
    device = register_device(device=DeviceFactory.build(serial="SN-1"), by=admin)

    assert DeviceContact.objects.filter(device=device).exists()
    assert not device.keys.exists()
    assert AuditEvent.objects.get().detail == {"serial": "SN-1"}


def test_a_serial_number_is_given_once(admin):
    DeviceFactory(serial="SN-1")

    with pytest.raises(NotPossible, match="serial is taken") as refused:
        register_device(device=DeviceFactory.build(serial="SN-1"), by=admin)

    assert refused.value.field == "serial"


@pytest.mark.parametrize("role", ["nurse", "doctor", "stranger"])
def test_only_the_desk_changes_equipment(role, request):
    by = request.getfixturevalue(role)
    device, gateway = DeviceFactory(), GatewayFactory()

    with pytest.raises(NotPermitted):
        register_device(device=DeviceFactory.build(), by=by)
    with pytest.raises(NotPermitted):
        change_device(device=device, seen=seen(device), by=by)
    with pytest.raises(NotPermitted):
        set_device_status(device=device, status=RETIRED, by=by)
    with pytest.raises(NotPermitted):
        register_gateway(gateway=GatewayFactory.build(), devices=[], by=by)
    with pytest.raises(NotPermitted):
        change_gateway(gateway=gateway, devices=[], seen=seen(gateway), by=by)


def test_a_new_interval_is_written_down_and_told_to_the_board(
    admin, ward, told, django_capture_on_commit_callbacks
):
    device = admit(ward=ward).device_assignments.get().device
    version = seen(device)
    device.expected_interval = 30.0

    with django_capture_on_commit_callbacks(execute=True):
        change_device(device=device, seen=version, by=admin)

    assert told == [ward_group(ward.pk)]
    assert AuditEvent.objects.get().detail == {
        "changed": "expected_interval",
        "expected_interval.old": "1.0",
        "expected_interval.new": "30.0",
    }


def test_changing_a_device_never_touches_its_status_or_serial(admin):
    device = DeviceFactory(status=IN_SERVICE)
    stale = Device.objects.get(pk=device.pk)
    stale.model, stale.status, stale.serial = "Another", RETIRED, "forged"

    change_device(device=stale, seen=seen(device), by=admin)

    device.refresh_from_db()
    assert (device.model, device.status) == ("Another", IN_SERVICE)
    assert device.serial != "forged"


def test_the_second_editor_of_a_device_is_told(admin):
    device = DeviceFactory()
    version = seen(device)
    device.model = "First"
    change_device(device=device, seen=version, by=admin)
    device.model = "Second"

    with pytest.raises(NotPossible, match="Somebody else changed"):
        change_device(device=device, seen=version, by=admin)

    assert Device.objects.get().model == "First"


@pytest.mark.parametrize("old", Device.Status)
@pytest.mark.parametrize("new", Device.Status)
def test_every_way_from_one_status_to_another(
    admin, told, old, new, django_capture_on_commit_callbacks
):
    device = DeviceFactory(status=old)

    with django_capture_on_commit_callbacks(execute=True):
        if new == old or new in NEXT_STATUS[old]:
            set_device_status(device=device, status=new, by=admin)
        else:
            with pytest.raises(NotPossible, match="maintenance first"):
                set_device_status(device=device, status=new, by=admin)

    changed = old != new and new in NEXT_STATUS[old]
    assert Device.objects.get().status == (new if changed else old)
    assert AuditEvent.objects.count() == changed
    assert told == [KEYS_GROUP] * changed


@pytest.mark.parametrize("status", [MAINTENANCE, RETIRED])
def test_a_device_with_a_patient_stays_in_service(admin, ward, status):
    device = DeviceFactory()
    admit(bed=BedFactory(ward=ward, label="N07"), device=device)

    with pytest.raises(NotPossible) as refused:
        set_device_status(device=device, status=status, by=admin)

    assert refused.value.message == (
        "N07 on North is monitored by it: swap the device first."
    )
    assert Device.objects.get().status == IN_SERVICE


def test_a_gateway_posts_for_the_devices_it_is_given(
    admin, told, django_capture_on_commit_callbacks
):
    one, two = DeviceFactory(serial="A"), DeviceFactory(serial="B")
    gateway = register_gateway(
        gateway=GatewayFactory.build(name="Cellar"), devices=[one], by=admin
    )
    version = seen(gateway)

    with django_capture_on_commit_callbacks(execute=True):
        change_gateway(gateway=gateway, devices=[two], seen=version, by=admin)

    assert list(gateway.devices.all()) == [two]
    assert told == [KEYS_GROUP]
    event = AuditEvent.objects.get(kind="gateway.changed")
    assert event.detail == {
        "changed": "devices",
        "devices.old": "A",
        "devices.new": "B",
    }


def test_two_editors_of_one_gateway_do_not_lose_each_others_devices(admin):
    gateway = GatewayFactory()
    version = seen(gateway)
    change_gateway(gateway=gateway, devices=[DeviceFactory()], seen=version, by=admin)

    with pytest.raises(NotPossible, match="Somebody else changed"):
        change_gateway(gateway=gateway, devices=[], seen=version, by=admin)

    assert gateway.devices.count() == 1


def test_a_gateways_name_is_given_once(admin):
    GatewayFactory(name="Cellar")
    other = GatewayFactory(name="Attic")
    version = seen(other)
    other.name = "Cellar"

    with pytest.raises(NotPossible, match="name is taken"):
        change_gateway(gateway=other, devices=[], seen=version, by=admin)
    with pytest.raises(NotPossible, match="name is taken"):
        register_gateway(
            gateway=GatewayFactory.build(name="Cellar"), devices=[], by=admin
        )

    assert Gateway.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_retiring_and_attaching_one_device_at_once_never_both_happen():
    desk = UserFactory(admin=True)
    for _ in range(5):
        device = DeviceFactory()
        stay = BedStayFactory().admission

        race(
            partial(set_device_status, device=device, status=RETIRED, by=desk),
            partial(
                swap_device,
                admission=stay,
                device=Device.objects.get(pk=device.pk),
                by=desk,
            ),
        )

        device.refresh_from_db()
        is_attached = device.assignments.open().exists()
        assert is_attached == (device.status == IN_SERVICE)
