"""Every change of devices and gateways, and of the keys they post with."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.utils import timezone

from hospital.access import audit
from hospital.access.constraints import refused_by_constraints
from hospital.access.permissions import check_is_admin
from hospital.access.refusals import NotPossible
from hospital.accounts.models import User
from hospital.versions import as_detail, changes, check_unchanged
from wards.admissions.models import BedStay, DeviceAssignment
from wards.devices.keys import digest_of, hint_of, new_key
from wards.devices.models import Device, DeviceContact, DeviceKey, Gateway
from wards.events import (
    publish_keys_changed,
    publish_ward_changed,
    wards_of_admission,
)

OVERLAP: Final = timedelta(hours=1)
"""For so long the key in use still opens the endpoint after a new one was issued."""

NEXT_STATUS: Final[dict[str, tuple[str, ...]]] = {
    Device.Status.IN_SERVICE: (Device.Status.MAINTENANCE, Device.Status.RETIRED),
    Device.Status.MAINTENANCE: (Device.Status.IN_SERVICE, Device.Status.RETIRED),
    # What was given up is looked over before it goes to a patient again.
    Device.Status.RETIRED: (Device.Status.MAINTENANCE,),
}
"""Where a device may go from where it is."""


@transaction.atomic
def register_device(*, device: Device, by: User) -> Device:
    """Add a device. ``device`` is filled in and not yet stored; it has no key yet.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: there is a device of that serial number.
    """
    check_is_admin(by)
    with refused_by_constraints({Device: "serial"}):
        device.save(force_insert=True)
    audit.record("device.registered", device, by=by, serial=device.serial)
    return device


@transaction.atomic
def change_device(*, device: Device, seen: str, by: User) -> Device:
    """Store what ``device`` now says of itself. Its serial and status are not touched.

    ``seen`` is the ``version_of`` the device its editor was looking at.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: somebody else changed it meanwhile.
    """
    check_is_admin(by)
    stored = Device.objects.select_for_update(no_key=True).get(pk=device.pk)
    check_unchanged(stored, Device.SETTINGS_FIELDS, seen)
    changed = changes(stored, device, Device.SETTINGS_FIELDS)
    if not changed:
        return device
    device.save(update_fields=list(changed))
    audit.record("device.changed", device, by=by, **as_detail(changed))
    # Boards judge silence by the interval, so they must learn of a new one.
    for assignment in DeviceAssignment.objects.open().filter(device=device):
        for ward_id in wards_of_admission(assignment.admission_id):
            transaction.on_commit(partial(publish_ward_changed, ward_id), robust=True)
    return device


@transaction.atomic
def set_device_status(*, device: Device, status: str, by: User) -> Device:
    """Take a device out of service or back. To where it is already: nothing happens.

    Holds the device's signal, so that the endpoint refuses exactly what comes after.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: a patient is monitored by it, or it cannot go there from here.
    """
    check_is_admin(by)
    DeviceContact.lock(device.pk)
    device.refresh_from_db(fields=["status"])
    if status == device.status:
        return device
    if status not in NEXT_STATUS[device.status]:
        raise NotPossible(
            f"{device} is retired. Put it in maintenance first, so that somebody "
            "looks it over before it goes to a patient."
        )
    _check_with_nobody(device)
    old, device.status = device.status, status
    device.save(update_fields=["status"])
    audit.record("device.status_set", device, by=by, old=old, new=status)
    transaction.on_commit(publish_keys_changed, robust=True)
    return device


def _check_with_nobody(device: Device) -> None:
    assignment = DeviceAssignment.objects.open().filter(device=device).first()
    if assignment is None:
        return
    stay = (
        BedStay.objects.open()
        .filter(admission=assignment.admission_id)
        .select_related("bed__ward")
        .first()
    )
    where = f"{stay.bed} on {stay.bed.ward}" if stay else "A patient"
    raise NotPossible(f"{where} is monitored by it: swap the device first.")


@transaction.atomic
def register_gateway(
    *, gateway: Gateway, devices: Iterable[Device], by: User
) -> Gateway:
    """Add a gateway that may post for ``devices``. It has no key yet.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: there is a gateway of that name.
    """
    check_is_admin(by)
    with refused_by_constraints({Gateway: "name"}):
        gateway.save(force_insert=True)
    gateway.devices.set(devices)
    audit.record("gateway.registered", gateway, by=by, devices=_serials(gateway))
    return gateway


@transaction.atomic
def change_gateway(
    *, gateway: Gateway, devices: Iterable[Device], seen: str, by: User
) -> Gateway:
    """Store a gateway's name and status, and which devices it may post for.

    ``seen`` is the ``version_of`` the gateway its editor was looking at.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: somebody else changed it meanwhile, or its name is taken.
    """
    check_is_admin(by)
    stored = Gateway.objects.select_for_update(no_key=True).get(pk=gateway.pk)
    check_unchanged(stored, Gateway.SETTINGS_FIELDS, seen)
    own = [name for name in Gateway.SETTINGS_FIELDS if name != "devices"]
    changed = changes(stored, gateway, own)
    if changed:
        with refused_by_constraints({Gateway: "name"}):
            gateway.save(update_fields=list(changed))
    before = _serials(gateway)
    gateway.devices.set(devices)
    after = _serials(gateway)
    if before != after:
        changed["devices"] = (before, after)
    if changed:
        audit.record("gateway.changed", gateway, by=by, **as_detail(changed))
        transaction.on_commit(publish_keys_changed, robust=True)
    return gateway


def _serials(gateway: Gateway) -> str:
    return ", ".join(
        gateway.devices.order_by("serial").values_list("serial", flat=True)
    )


@transaction.atomic
def issue_key(
    *,
    owner: Device | Gateway,
    by: User | None,
    overlap: timedelta = OVERLAP,
    unless_newer_than: int | None = None,
) -> str:
    """Return a new key of a device or gateway. It is stored hashed, never shown again.

    The key its device posts with goes on working for ``overlap``, so that it can be
    given the new one without a gap; all others end now. ``by`` is None for the
    command line only. ``unless_newer_than`` is the id of the newest key the person
    had before them (0: none): a form sent twice then makes one key.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
        NotPossible: the owner is retired, or a newer key was issued meanwhile.
    """
    if by is not None:
        check_is_admin(by)
    held = _hold(owner)
    if held.status == type(owner).Status.RETIRED:
        raise NotPossible(f"{owner} is retired: its keys open nothing.")
    _check_newest(held, unless_newer_than)
    now = timezone.now()
    valid = list(held.keys.valid(at=now))
    _end_all_but_one(valid, until=now + overlap, now=now)
    key = new_key()
    issued = DeviceKey.objects.create(
        **_owned_by(owner),
        digest=digest_of(key),
        hint=hint_of(key),
        issued_at=now,
        issued_by=by,
    )
    audit.record(
        "key.issued",
        owner,
        by=by,
        at=now,
        key=issued.pk,
        hint=issued.hint,
        overlap_seconds=overlap.total_seconds() if valid else 0,
    )
    transaction.on_commit(publish_keys_changed, robust=True)
    return key


@transaction.atomic
def revoke_keys(*, owner: Device | Gateway, by: User) -> int:
    """End every key of a device or gateway at once; return how many that were.

    Raises:
        NotPermitted: ``by`` does not run the admissions desk.
    """
    check_is_admin(by)
    now = timezone.now()
    ended = _hold(owner).keys.valid(at=now).update(expires_at=now)
    if ended:
        audit.record("key.revoked", owner, by=by, at=now, keys=ended)
        transaction.on_commit(publish_keys_changed, robust=True)
    return ended


def _hold(owner: Device | Gateway) -> Device | Gateway:
    """Return the owner as it is now, held so that keys change one at a time."""
    return type(owner).objects.select_for_update(no_key=True).get(pk=owner.pk)


def _owned_by(owner: Device | Gateway) -> dict[str, Device | Gateway]:
    return {"device" if isinstance(owner, Device) else "gateway": owner}


def _check_newest(owner: Device | Gateway, newest_seen: int | None) -> None:
    newest = owner.keys.order_by("pk").last()
    if newest_seen is None or newest is None or newest.pk == newest_seen:
        return
    raise NotPossible(
        f"A key ({newest}) was issued at "
        f"{timezone.localtime(newest.issued_at):%H:%M:%S} already. A key is shown "
        "once and cannot be shown again. If nobody kept it, issue another: the key "
        "in use goes on working meanwhile."
    )


def _end_all_but_one(valid: list[DeviceKey], *, until: datetime, now: datetime) -> None:
    """Let the key in use go on to ``until``; end the others.

    In use is what was posted with last. A key that was issued and never arrived
    must not push out the one that keeps a patient's monitor connected.
    """
    if not valid:
        return
    earliest = datetime.min.replace(tzinfo=now.tzinfo)
    in_use = max(
        valid, key=lambda key: (key.last_used_at or earliest, key.issued_at, key.pk)
    )
    for key in valid:
        key.expires_at = until if key is in_use else now
        key.save(update_fields=["expires_at"])
