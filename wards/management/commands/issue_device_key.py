"""Prints a new key of a device or gateway, for scripts that set devices up."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from hospital.access.refusals import NotPossible
from wards.devices.actions import issue_key
from wards.devices.models import Device, Gateway


class Command(BaseCommand):
    """Issue a key. Standard output is the key and nothing else."""

    help = (
        "Issue a key and print only that. The key in use goes on working for an "
        "hour. A running server learns of the new one within seconds."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        owner = parser.add_mutually_exclusive_group(required=True)
        owner.add_argument("serial", nargs="?", help="serial of the device")
        owner.add_argument("--gateway", metavar="NAME", help="a gateway instead")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = _owner(serial=options["serial"], gateway=options["gateway"])
        try:
            self.stdout.write(issue_key(owner=owner, by=None))
        except NotPossible as refusal:
            raise CommandError(refusal.message) from None


def _owner(*, serial: str | None, gateway: str | None) -> Device | Gateway:
    try:
        if gateway is not None:
            return Gateway.objects.get(name=gateway)
        return Device.objects.get(serial=serial)
    except Device.DoesNotExist:
        raise CommandError(f"There is no device of serial {serial}.") from None
    except Gateway.DoesNotExist:
        raise CommandError(f"There is no gateway called {gateway}.") from None
