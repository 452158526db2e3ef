"""Invented patients must never lie among real ones."""

import pytest
from django.core.management import CommandError, call_command

from hospital.ops.models import Installation
from monitoring.demo import access
from tests.factories import DeviceFactory, PatientFactory, UserFactory, WardFactory
from wards.places.models import Bed

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def demo_dir(settings, tmp_path):
    settings.DEMO_DIR = tmp_path / "demo"
    settings.DEMO_PASSWORD = ""
    return settings.DEMO_DIR


@pytest.mark.parametrize(
    "something", [WardFactory, UserFactory, PatientFactory, DeviceFactory]
)
def test_a_database_with_anything_in_it_is_refused(something):
    something()

    with pytest.raises(CommandError, match="only ever loaded into an empty one"):
        call_command("demo")

    assert not Installation.objects.exists()
    assert not Bed.objects.exists()


def test_an_empty_database_marked_as_no_demo_is_refused():
    Installation.objects.create(pk=1, is_demo=False)

    with pytest.raises(CommandError, match="only ever loaded into an empty one"):
        call_command("demo")


def test_the_password_is_made_once_and_readable_by_nobody_else(demo_dir):
    first = access.password()

    assert len(first) >= 12
    assert access.password() == first
    assert (demo_dir / "password").stat().st_mode & 0o777 == 0o600
