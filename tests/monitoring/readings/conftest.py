"""Readings as the endpoint would have stored them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from monitoring.readings.models import Reading
from tests.factories import admit


def store(admission, *, ago=0.0, **fields):
    """Return a stored reading of a stay's device, taken ``ago`` seconds ago."""
    device = admission.device_assignments.get().device
    at = timezone.now() - timedelta(seconds=ago)
    fields = {"received_at": at, "changed_at": at} | fields
    return Reading.objects.create(device=device, at=at, admission=admission, **fields)


@pytest.fixture
def stay(ward):
    """A patient on ``ward`` with a monitor."""
    return admit(
        ward=ward,
        since=timezone.now() - timedelta(days=2),
        family_name="Example",
        given_name="Ada",
    )
