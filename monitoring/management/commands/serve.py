"""Serve pages, sockets and the device endpoint."""

import asyncio
import socket
from argparse import ArgumentParser
from contextlib import closing
from typing import Any, Final

import uvloop
from django.core.exceptions import RequestAborted
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError, ProgrammingError

from monitoring.readings.partitions import ensure_partitions
from monitoring.watch import run_until_cancelled

HTTP_TIMEOUT: Final = 300
"""Seconds a request may take in all: a long export passes, a stuck upload ends."""


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

        _check_port(host, port)
        _prepare_database()
        twisted_loop.set_exception_handler(_note_loop_error)
        clock = twisted_loop.create_task(run_until_cancelled(), name="clock")
        self.stdout.write(f"Wardwatch serves http://{host}:{port}")
        Server(
            application=application,
            endpoints=[_endpoint(host, port)],
            http_timeout=HTTP_TIMEOUT,
        ).run()
        clock.cancel()


def _note_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Report what no task waits for, but not a browser that left while we answered.

    Django notes that in a task of its own which it does not always look at again.
    """
    if not isinstance(context.get("exception"), RequestAborted):
        loop.default_exception_handler(context)


def _endpoint(host: str, port: int) -> str:
    """Return Twisted's words for an address; a colon in them needs a backslash."""
    interface = host.replace(":", r"\:")
    return f"tcp:port={port}:interface={interface}"


def _check_port(host: str, port: int) -> None:
    """Refuse a port that is taken: Daphne would log it and go on serving nobody."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with closing(socket.socket(family, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host}:{port}: {error.strerror}. Choose another "
                "port with --port, or stop what uses this one."
            ) from None


def _prepare_database() -> None:
    try:
        ensure_partitions()
    except ProgrammingError:
        raise CommandError(
            "The database has no tables yet. Run manage.py migrate first."
        ) from None
    except OperationalError as error:
        raise CommandError(f"The database cannot be reached: {error}") from None
