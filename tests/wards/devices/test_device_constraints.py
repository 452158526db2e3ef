"""What the database itself refuses of devices and keys, whoever writes."""

import pytest
from django.db import IntegrityError, transaction

from tests.factories import DeviceFactory, GatewayFactory, issue_key
from wards.devices.models import DeviceKey

pytestmark = pytest.mark.django_db


def refused(name: str):
    """Expect the constraint of this name to be broken."""
    return pytest.raises(IntegrityError, match=name)


@pytest.mark.parametrize("field", ["expected_interval", "episodic_interval"])
def test_intervals_are_positive(field):
    with refused("device_intervals_are_positive"), transaction.atomic():
        DeviceFactory(**{field: 0})


def test_a_serial_is_unique():
    DeviceFactory(serial="SN-1")

    with refused("wards_device_serial_key"), transaction.atomic():
        DeviceFactory(serial="SN-1")


@pytest.mark.parametrize("owners", ["none", "both"])
def test_a_key_belongs_to_a_device_or_a_gateway(owners):
    belongs = (
        {"device": DeviceFactory(), "gateway": GatewayFactory()}
        if owners == "both"
        else {}
    )

    with refused("key_belongs_to_device_or_gateway"), transaction.atomic():
        DeviceKey.objects.create(digest=b"x", hint="x", **belongs)


@pytest.mark.parametrize(
    ("factory", "name"),
    [
        (DeviceFactory, "key_one_lasting_per_device"),
        (GatewayFactory, "key_one_lasting_per_gateway"),
    ],
)
def test_one_key_lasts_per_owner(factory, name):
    owner = factory()
    issue_key(owner)

    with refused(name), transaction.atomic():
        issue_key(owner)
