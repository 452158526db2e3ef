"""Simulate bedside devices that post over HTTP like real ones, until stopped."""

import asyncio
import signal
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from monitoring.replay.wire import BadAddress
from monitoring.simulator.fleet import Simulation
from monitoring.simulator.fleet_file import BadFleet, read_fleet


class Command(BaseCommand):
    """Knows serials and keys, no patients; touches no database."""

    help = "Simulate bedside devices that post over HTTP, until stopped."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the server and the file of keys."""
        parser.add_argument("--url", default="http://127.0.0.1:8000")
        parser.add_argument(
            "--keys",
            type=Path,
            required=True,
            help='JSON: {"devices": [{"serial", "key", "interval", "profile"}, …], '
            '"gateways": [{"key", "devices": [serial]}], "seed": 7}; a device of a '
            "gateway needs no key; interval (s), profile and seed may be left out",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until SIGINT or SIGTERM."""
        try:
            fleet = read_fleet(options["keys"])
            simulation = Simulation(fleet, options["url"], self._say)
            asyncio.run(_until_signalled(simulation))
        except (BadFleet, BadAddress) as error:
            raise CommandError(str(error)) from None

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()


async def _until_signalled(simulation: Simulation) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await simulation.run(stop)
