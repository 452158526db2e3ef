"""A device that posts while the desk moves it from patient to patient."""

import asyncio

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from monitoring.readings.models import LatestValues, Reading
from tests.factories import UserFactory, admit, issue_key
from wards.admissions.actions import swap_device
from wards.admissions.models import DeviceAssignment

pytestmark = pytest.mark.django_db(transaction=True)

MOVES = 12


def _move_back_and_forth(clerk, device, patients) -> None:
    """Take the device from one patient and give it to the other, in turns."""
    try:
        for turn in range(MOVES):
            giver, taker = patients[turn % 2], patients[(turn + 1) % 2]
            swap_device(admission=giver, device=None, by=clerk)
            swap_device(admission=taker, device=device, by=clerk)
    finally:
        connections.close_all()


@sync_to_async
def _misattributed(device) -> list[str]:
    """Readings that lie with anybody but who held the device at that instant."""
    wrong = []
    for reading in Reading.objects.filter(device=device):
        held = DeviceAssignment.objects.filter(admission__isnull=False)
        holder = held.at(device, reading.at).values_list("admission", flat=True).first()
        if reading.admission_id != holder:
            wrong.append(f"{reading.at}: {reading.admission_id} instead of {holder}")
    return wrong


@sync_to_async
def _world():
    first, second = admit(), admit()
    device = first.device_assignments.get().device
    clerk = UserFactory(admin=True)
    swap_device(admission=second, device=None, by=clerk)
    return clerk, device, (first, second), issue_key(device)


async def test_no_reading_is_given_to_the_wrong_patient(client_of):
    clerk, device, patients, key = await _world()
    monitor = client_of(key)
    moving = asyncio.create_task(
        asyncio.to_thread(_move_back_and_forth, clerk, device, patients)
    )

    stored = 0
    while not moving.done():
        # Without a time of its own, so the instant is the server's, as late as can be.
        answer = await monitor.post({"heart_rate": 60 + stored % 40})
        stored += answer.json.get("stored", 0) if answer.status == 200 else 0
        await asyncio.sleep(0)
    await moving

    assert stored > MOVES
    assert await _misattributed(device) == []


async def test_the_next_patient_starts_without_the_last_ones_numbers(client_of):
    clerk, device, (first, second), key = await _world()
    monitor = client_of(key)
    await monitor.post({"heart_rate": 71, "spo2": 97})

    await sync_to_async(swap_device)(admission=first, device=None, by=clerk)
    await sync_to_async(swap_device)(admission=second, device=device, by=clerk)
    await monitor.post({"spo2": 93})

    latest = await sync_to_async(LatestValues.objects.get)(device=device)
    assert latest.admission_id == second.pk
    assert set(latest.values) == {"spo2"}
