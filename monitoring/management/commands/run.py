"""Everything at once, for trying Wardwatch out: what ``make run`` calls."""

import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from typing import Any, Final

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand
from django.db import OperationalError, connections

from hospital.ops.assets import gather_assets
from hospital.ops.children import Children, GaveUp
from hospital.ops.models import Installation
from monitoring.demo import access
from monitoring.demo.build import DemoRefused, build_demo, is_empty

HOST: Final = "127.0.0.1"
START_PATIENCE: Final = 60.0
"""Seconds the server may take to answer for the first time."""


class Command(BaseCommand):
    """Database, demo hospital, server and simulated devices, until Ctrl-C.

    One Ctrl-C (or SIGTERM, or closing the terminal) stops all of them, the embedded
    PostgreSQL included, and counts as success.
    """

    help = "Prepare and serve the demo hospital on this machine, until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        children = Children(self._note)
        _on_signals(signal.default_int_handler)
        try:
            is_demo = self._prepare()
            self._serve(children, is_demo=is_demo)
        except KeyboardInterrupt:
            self._note("\nStopping ...")
        except GaveUp as error:
            raise CommandError(str(error)) from None
        finally:
            # A second Ctrl-C must not leave half of it running.
            _on_signals(signal.SIG_IGN)
            children.stop()
        self._note("Stopped.")

    def _prepare(self) -> bool:
        """Make everything ready to serve, and tell whether it is the demo hospital."""
        if not settings.IS_LOCAL:
            raise CommandError(
                "This command is for trying Wardwatch out on one machine, and "
                "ALLOWED_HOSTS names others. Use `manage.py serve`: see "
                "docs/operations.md."
            )
        _refuse_taken_port(settings.PORT)
        self._note("Starting the database ...")
        try:
            call_command("migrate", interactive=False, verbosity=0)
        except OperationalError as error:
            raise CommandError(f"The database cannot be reached: {error}") from None
        if gather_assets():
            self._note("Browser files gathered.")
        if is_empty():
            self._note("Building the demo hospital ...")
            try:
                build_demo()
            except DemoRefused as refusal:
                raise CommandError(str(refusal)) from None
        is_demo = Installation.objects.filter(is_demo=True).exists()
        if is_demo:
            access.refresh()
        # From here on this process only watches: it keeps no connection open.
        for connection in connections.all(initialized_only=True):
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]
        return is_demo

    def _serve(self, children: Children, *, is_demo: bool) -> None:
        address = f"http://{HOST}:{settings.PORT}"
        manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
        children.start("The server", [*manage, "serve", "--port", str(settings.PORT)])
        _wait_until_it_answers(f"{address}/healthz", children)
        if is_demo and settings.SIMULATE:
            keys = str(access.keys_file())
            simulate = [*manage, "simulate", "--url", address, "--keys", keys]
            children.start("The simulator", simulate)
        self._greet(address, is_demo=is_demo)
        while True:
            children.check()
            time.sleep(0.5)

    def _greet(self, address: str, *, is_demo: bool) -> None:
        lines = ["", f"  Wardwatch is at  {address}", ""]
        if is_demo:
            lines += [f"    {email}" for email in access.SIGN_IN_AS]
            lines += ["", f"    password: {access.password()}", ""]
            if not settings.SIMULATE:
                lines += ["  SIMULATE=0: no simulated devices post.", ""]
        else:
            lines += ["  This database is not the demo: nothing is simulated.", ""]
        self._note("\n".join([*lines, "  Ctrl-C stops everything.", ""]))

    def _note(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def _refuse_taken_port(port: int) -> None:
    with socket.socket() as probe:
        # As the server itself will: a port that is merely cooling down is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). "
                "Choose another one: PORT=8001 make run"
            ) from None


def _wait_until_it_answers(url: str, children: Children) -> None:
    give_up_at = time.monotonic() + START_PATIENCE
    while time.monotonic() < give_up_at:
        children.check()
        try:
            with urllib.request.urlopen(url, timeout=2):  # noqa: S310
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
    raise GaveUp(f"The server did not answer within {START_PATIENCE:.0f} s.")


def _on_signals(handler: Any) -> None:
    """Let Ctrl-C, SIGTERM and a closed terminal all do the same."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, handler)
