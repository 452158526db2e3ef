"""The demo's secrets: one password for its people, keys for its monitors.

Both are kept in ``var/demo/``, readable by the owner only, so that a second start
can print the password again and give the simulator its keys.
"""

import json
import secrets
from pathlib import Path
from typing import Final

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from hospital.accounts.models import User
from monitoring.demo import cast
from wards.devices.keys import digest_of, hint_of, new_key
from wards.devices.models import Device, DeviceKey, Gateway

SIGN_IN_AS: Final = tuple(person.email for person in cast.STAFF[:3])
"""Whom the start prints: a nurse, a doctor and an admin."""


def password() -> str:
    """Return the password of the demo's people: given, kept, or made and kept now."""
    file = Path(settings.DEMO_DIR) / "password"
    if settings.DEMO_PASSWORD:
        _write_private(file, settings.DEMO_PASSWORD)
    elif not file.is_file():
        _write_private(file, secrets.token_urlsafe(9))
    return file.read_text()


def keys_file() -> Path:
    """Where the simulator finds the monitors it plays and the keys it posts with."""
    return Path(settings.DEMO_DIR) / "device-keys.json"


def refresh() -> None:
    """Make database and ``var/demo/`` agree again.

    The people's password follows ``DEMO_PASSWORD``; where the file of keys is lost
    (``var`` cleaned, another folder on the same database) new ones are issued.
    """
    wanted = password()
    people = User.objects.filter(email__in=[person.email for person in cast.STAFF])
    stale = [user.pk for user in people if not user.check_password(wanted)]
    if stale:
        people.filter(pk__in=stale).update(password=make_password(wanted))
    if not keys_file().is_file():
        issue_keys()


@transaction.atomic
def issue_keys() -> None:
    """Give every simulated monitor a key to post with, and write them down.

    Monitors behind a gateway share its key. Keys that were given out before end at
    once: whoever held them lost them.
    """
    devices = Device.objects.filter(serial__startswith=cast.SIMULATED)
    gateways = Gateway.objects.filter(name=cast.GATEWAY)
    DeviceKey.objects.valid().filter(
        Q(device__in=devices) | Q(gateway__in=gateways)
    ).update(expires_at=timezone.now())

    keys: dict[int, str] = {}
    for gateway in gateways:
        shared = _issue(gateway=gateway)
        keys |= dict.fromkeys(gateway.devices.values_list("pk", flat=True), shared)
    fleet = [
        {
            "serial": device.serial,
            "key": keys.get(device.pk) or _issue(device=device),
            "interval": device.expected_interval,
            "profile": cast.profile_of(device.serial),
        }
        for device in devices
    ]
    _write_private(keys_file(), json.dumps({"devices": fleet}, indent=1) + "\n")


def _issue(*, device: Device | None = None, gateway: Gateway | None = None) -> str:
    key = new_key()
    DeviceKey.objects.create(
        device=device, gateway=gateway, digest=digest_of(key), hint=hint_of(key)
    )
    return key


def _write_private(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    file.chmod(0o600)
    file.write_text(text)
