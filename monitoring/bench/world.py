"""A database of its own for the benchmark, with wards, beds, devices and keys."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import quote

from django.core.management import call_command
from django.db import connection, connections
from django.utils import timezone

from hospital.accounts.models import User
from monitoring.readings.partitions import ensure_partitions
from wards.admissions.models import Admission, BedStay, DeviceAssignment
from wards.devices.keys import digest_of, hint_of, new_key
from wards.devices.models import Device, DeviceContact, DeviceKey
from wards.patients.models import Patient
from wards.places.models import Bed, Room, Ward, WardMembership

DATABASE: Final = "wardwatch_bench"


@dataclass(frozen=True)
class BenchBed:
    """One monitored bed: all a load generator and a viewer must know of it."""

    ward: str
    device_id: int
    admission_id: int
    key: str


@contextmanager
def bench_database() -> Iterator[str]:
    """Make an empty database, point Django at it, drop it; gives its address."""
    main = connection.settings_dict["NAME"]
    _recreate(DATABASE)
    _switch_to(DATABASE)
    try:
        call_command("migrate", verbosity=0)
        ensure_partitions()
        yield _address()
    finally:
        _switch_to(main)
        _recreate(DATABASE, drop_only=True)


def build(*, wards: int, beds_per_ward: int, prefix: str) -> list[BenchBed]:
    """Store wards full of monitored patients and a nurse who works on all."""
    nurse, _ = User.objects.get_or_create(
        email="bench@wardwatch.invalid",
        defaults={"full_name": "Bench Nurse", "role": User.Role.NURSE},
    )
    beds: list[BenchBed] = []
    for number in range(wards):
        slug = f"{prefix}{number}"
        ward = Ward.objects.create(name=slug, slug=slug)
        WardMembership.objects.create(
            user=nurse, ward=ward, starts_on=timezone.localdate() - timedelta(days=1)
        )
        beds += _fill(ward, beds_per_ward, nurse)
    return beds


def _fill(ward: Ward, count: int, by: User) -> list[BenchBed]:
    since = timezone.now() - timedelta(days=8)
    room = Room.objects.create(ward=ward, name="Room")
    beds = Bed.objects.bulk_create(
        Bed(ward=ward, room=room, label=f"B{n:03}", position=n) for n in range(count)
    )
    patients = Patient.objects.bulk_create(
        Patient(
            hospital_number=f"{ward.slug}-{n}".upper(),
            given_name="Given",
            family_name=f"Family{n}",
            birth_date=date(1950, 1, 1),
            sex=Patient.Sex.UNKNOWN,
            registered_by=by,
        )
        for n in range(count)
    )
    devices = Device.objects.bulk_create(
        Device(serial=f"{ward.slug}-{n}", model="Bench", expected_interval=1.0)
        for n in range(count)
    )
    DeviceContact.objects.bulk_create(DeviceContact(device=d) for d in devices)
    admissions = Admission.objects.bulk_create(
        Admission(patient=patient, admitted_at=since, admitted_by=by)
        for patient in patients
    )
    BedStay.objects.bulk_create(
        BedStay(admission=admission, bed=bed, started_at=since, started_by=by)
        for admission, bed in zip(admissions, beds, strict=True)
    )
    DeviceAssignment.objects.bulk_create(
        DeviceAssignment(
            admission=admission, device=device, started_at=since, started_by=by
        )
        for admission, device in zip(admissions, devices, strict=True)
    )
    keys = [new_key() for _ in devices]
    DeviceKey.objects.bulk_create(
        DeviceKey(device=device, digest=digest_of(key), hint=hint_of(key))
        for device, key in zip(devices, keys, strict=True)
    )
    return [
        BenchBed(ward.slug, device.pk, admission.pk, key)
        for device, admission, key in zip(devices, admissions, keys, strict=True)
    ]


def _recreate(name: str, *, drop_only: bool = False) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        if not drop_only:
            cursor.execute(f'CREATE DATABASE "{name}"')


def _switch_to(name: str) -> None:
    connections.close_all()
    # Django's own, which its type stubs leave out.
    connection.close_pool()  # type: ignore[attr-defined]
    connection.settings_dict["NAME"] = name


def _address() -> str:
    connection.ensure_connection()
    settings = connection.settings_dict
    who = quote(settings["USER"] or "", safe="")
    if settings["PASSWORD"]:
        who += ":" + quote(settings["PASSWORD"], safe="")
    host = settings["HOST"] or "localhost"
    if host.startswith("/"):
        return f"postgres://{who}@/{host}/{DATABASE}"
    return f"postgres://{who}@{host}:{settings['PORT'] or 5432}/{DATABASE}"
