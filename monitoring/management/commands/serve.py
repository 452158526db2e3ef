"""Serve pages, sockets and the device endpoint."""

import asyncio
from argparse import ArgumentParser
from typing import Any

import uvloop
from django.core.management.base import BaseCommand

from monitoring.readings.partitions import ensure_partitions
from monitoring.watch import run_until_cancelled


class Command(BaseCommand):
    """One process: Daphne, with the clock inside."""

    help = "Serve Wardwatch on one address."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=8000)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        # Importing Daphne makes its reactor on the loop that the policy gives.
        from daphne.server import Server, twisted_loop

        from hospital.asgi import application

        ensure_partitions()
        clock = twisted_loop.create_task(run_until_cancelled(), name="clock")
        self.stdout.write(f"Wardwatch serves http://{host}:{port}")
        Server(
            application=application,
            endpoints=[f"tcp:port={port}:interface={host}"],
            ready_callable=None,
        ).run()
        clock.cancel()
