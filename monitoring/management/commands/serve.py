"""Serve pages, sockets and the device endpoint."""

import asyncio
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from monitoring.readings.partitions import ensure_partitions


class Command(BaseCommand):
    """One process: Daphne, with the clock inside."""

    help = "Serve Wardwatch on one address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        from daphne.server import Server

        from hospital.asgi import application

        ensure_partitions()
        self.stdout.write(f"Wardwatch serves http://{host}:{port}")
        Server(
            application=application,
            endpoints=[f"tcp:port={port}:interface={host}"],
            signal_handlers=True,
        ).run()
