"""``manage.py issue_device_key``: the key on standard output, and nothing else."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from hospital.access.models import AuditEvent
from tests.factories import DeviceFactory, GatewayFactory
from wards.devices.keys import digest_of
from wards.devices.models import Device, DeviceKey

pytestmark = pytest.mark.django_db


def issue(*args: str) -> str:
    out, errors = StringIO(), StringIO()
    call_command("issue_device_key", *args, stdout=out, stderr=errors)
    assert errors.getvalue() == ""
    return out.getvalue()


def test_a_devices_key_is_printed_alone():
    device = DeviceFactory(serial="SN-1")

    printed = issue("SN-1")

    assert printed == printed.strip() + "\n"
    key = DeviceKey.objects.get(digest=digest_of(printed.strip()))
    assert (key.device, key.issued_by) == (device, None)
    assert AuditEvent.objects.get().actor is None


def test_a_gateways_key_is_printed_alone():
    gateway = GatewayFactory(name="Cellar, north wing")

    printed = issue("--gateway", "Cellar, north wing")

    assert DeviceKey.objects.get(digest=digest_of(printed.strip())).gateway == gateway


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["SN-404"], "no device of serial SN-404"),
        (["--gateway", "Nowhere"], "no gateway called Nowhere"),
        (["OLD"], "OLD is retired"),
        ([], "required"),
        (["SN-1", "--gateway", "x"], "not allowed with"),
    ],
)
def test_what_cannot_be_done_is_an_error_and_prints_nothing(args, sentence):
    DeviceFactory(serial="OLD", status=Device.Status.RETIRED)
    out = StringIO()

    with pytest.raises(CommandError, match=sentence):
        call_command("issue_device_key", *args, stdout=out)

    assert out.getvalue() == ""
    assert not DeviceKey.objects.exists()
