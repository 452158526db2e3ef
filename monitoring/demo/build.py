"""Building the demo hospital, once, in an empty database."""

import random
from itertools import count
from typing import Final

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from hospital.accounts.models import User
from hospital.ops.models import Installation
from monitoring.demo import access, cast
from monitoring.demo.history import write_history
from monitoring.demo.stays import OPENED_BEFORE, Register
from monitoring.readings.partitions import ensure_partitions
from wards.devices.models import Device, Gateway
from wards.patients.models import Patient
from wards.places.models import Bed, Room, Ward, WardMembership

SEED: Final = 20
"""Two demo hospitals built at the same minute are the same, their keys apart."""


class DemoRefused(Exception):
    """The database is not empty. Carries the sentence saying so."""


def is_empty() -> bool:
    """Whether nobody has entered anything yet: no people, places or patients."""
    return not any(
        model.objects.exists() for model in (User, Ward, Patient, Device, Installation)
    )


def build_demo() -> None:
    """Fill an empty database with the demo hospital and mark it, all or nothing.

    Raises:
        DemoRefused: there is something in the database.
    """
    if not is_empty():
        raise DemoRefused(
            "This database is not empty. The demo hospital is only ever loaded into "
            "an empty one, so that invented patients never lie among real ones."
        )
    ensure_partitions()
    with transaction.atomic():
        try:
            # First, so that of two at the same time one waits here and then fails.
            with transaction.atomic():
                Installation.objects.create(pk=1, is_demo=True)
        except IntegrityError:
            raise DemoRefused(
                "Another process has just loaded the demo hospital."
            ) from None
        _build()


def _build() -> None:
    people = _people()
    wards = _wards(people)
    beds = _beds(wards)
    now = timezone.now()
    register = Register(
        desk=people[cast.DESK],
        doctors={
            wards[slug].pk: people[person.email]
            for person in cast.STAFF
            for slug in person.wards
            if person.role == User.Role.DOCTOR
        },
        now=now,
        chance=random.Random(SEED),  # noqa: S311
    )
    _fill(register, beds)
    _spares()
    access.issue_keys()
    write_history(now=now)


def _people() -> dict[str, User]:
    hashed = make_password(access.password())
    people = {
        person.email: User.objects.create(
            email=person.email,
            full_name=person.full_name,
            role=person.role,
            password=hashed,
        )
        for person in cast.STAFF
    }
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, primary=True, verified=True)
        for user in people.values()
    )
    return people


def _wards(people: dict[str, User]) -> dict[str, Ward]:
    wards = {
        plan.slug: Ward.objects.create(slug=plan.slug, name=plan.name)
        for plan in cast.WARDS
    }
    since = timezone.localdate() - OPENED_BEFORE
    WardMembership.objects.bulk_create(
        WardMembership(user=people[person.email], ward=wards[slug], starts_on=since)
        for person in cast.STAFF
        for slug in person.wards
    )
    return wards


def _beds(wards: dict[str, Ward]) -> dict[str, Bed]:
    beds = {}
    for plan in cast.WARDS:
        numbers = count(1)
        for name, size in plan.rooms:
            room = Room.objects.create(ward=wards[plan.slug], name=name)
            for number in (next(numbers) for _ in range(size)):
                label = f"{plan.name[0]}{number:02}"
                beds[label] = Bed.objects.create(
                    ward=room.ward,
                    room=room,
                    label=label,
                    position=number,
                    in_use=label not in cast.CLOSED_BEDS,
                )
    return beds


def _fill(register: Register, beds: dict[str, Bed]) -> None:
    patients = iter(cast.PATIENTS)
    gateway = Gateway.objects.create(name=cast.GATEWAY)
    for plan in cast.WARDS:
        for number in range(1, plan.occupied + 1):
            bed = beds[f"{plan.name[0]}{number:02}"]
            device = None
            if bed.label not in cast.UNMONITORED_BEDS:
                device = _monitor(bed.label, plan)
                if plan.slug == cast.GATEWAY_WARD:
                    gateway.devices.add(device)
            register.lies_in(
                bed,
                next(patients),
                device=device,
                moved_from=beds.get(cast.MOVED_FROM.get(bed.label, "")),
            )
    for nth, invented in enumerate(cast.GONE_HOME):
        register.has_left(beds[cast.LEAVERS_BED], invented, days_ago=30 - 7 * nth)
    for invented in cast.NOT_ADMITTED:
        register.enter(invented)


def _monitor(label: str, plan: cast.WardPlan) -> Device:
    is_sparse = cast.PROFILES.get(label) == "sparse"
    return Device.objects.create(
        serial=f"{cast.SIMULATED}{label}",
        model=plan.model,
        kind=plan.kind,
        expected_interval=cast.SPARSE_INTERVAL if is_sparse else plan.interval,
        episodic_interval=cast.EPISODIC_INTERVAL,
        added_at=timezone.now() - OPENED_BEFORE,
    )


def _spares() -> None:
    for spare in cast.SPARES:
        Device.objects.create(
            serial=spare.serial,
            model=spare.model,
            kind=spare.kind,
            status=spare.status,
            added_at=timezone.now() - OPENED_BEFORE,
        )
