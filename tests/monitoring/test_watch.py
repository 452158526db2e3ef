"""The clock's jobs, one by one."""

from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.db import connections
from django.utils import timezone

from hospital.ops.beat import WATCH, beat_age
from monitoring.readings.models import Silence
from monitoring.readings.silences import note_silences
from monitoring.watch import Watch
from tests.factories import DeviceFactory, admit
from wards.devices.models import Device, DeviceContact
from wards.events import CLOCK_GROUP


def heard(device, *, seconds_ago):
    DeviceContact.objects.filter(device=device).update(
        last_heard_at=timezone.now() - timedelta(seconds=seconds_ago)
    )


@pytest.fixture
def bed(ward):
    """A patient on ``ward`` with a device that posts every second."""
    return admit(ward=ward)


@pytest.fixture
def device(bed):
    return bed.device_assignments.get().device


@pytest.mark.django_db
class TestSilences:
    def test_a_device_past_its_time_is_silent_once(self, ward, device):
        heard(device, seconds_ago=device.silent_after + 1)

        assert note_silences() == [ward.pk]
        assert note_silences() == []
        silence = Silence.objects.get()
        assert silence.device == device
        assert silence.ended_at is None

    def test_a_device_within_its_time_is_not(self, device):
        heard(device, seconds_ago=device.silent_after - 1)

        assert note_silences() == []

    def test_how_long_depends_on_the_devices_own_interval(self, ward, device):
        Device.objects.filter(pk=device.pk).update(expected_interval=60)
        heard(device, seconds_ago=120)

        assert note_silences() == []

    def test_it_ends_when_the_device_is_heard_again(self, ward, device):
        heard(device, seconds_ago=60)
        note_silences()
        heard(device, seconds_ago=0)

        assert note_silences() == [ward.pk]
        assert Silence.objects.get().ended_at is not None

    def test_one_never_heard_since_it_was_given_out_is_silent_too(self, ward, device):
        assert note_silences() == [ward.pk]

    def test_one_in_the_cupboard_is_not(self, db):
        heard(DeviceFactory(), seconds_ago=9999)

        assert note_silences() == []

    def test_it_ends_when_the_device_is_taken_away(self, bed, device):
        heard(device, seconds_ago=60)
        note_silences()
        bed.device_assignments.update(ended_at=timezone.now(), ended_by=bed.admitted_by)

        note_silences()

        assert Silence.objects.get().ended_at is not None


@pytest.mark.django_db(transaction=True)
async def test_a_tick_beats_and_tells_every_process():
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.group_add(CLOCK_GROUP, channel)

    await Watch().tick()

    assert (await layer.receive(channel))["type"] == "clock.beat"
    assert await sync_to_async(beat_age)(WATCH) < 5
    await sync_to_async(connections.close_all)()
