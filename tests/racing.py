"""Several people doing something at the same instant, each on a real connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection

PATIENCE = 20
"""Seconds after which a race counts as stuck."""


def race(*attempts: Callable[[], Any]) -> list[Any]:
    """Start all at once; return what each returned or raised, in order.

    For tests marked ``django_db(transaction=True)``: the racers see only what is
    committed.
    """
    start = Barrier(len(attempts))

    def run(attempt: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE)
            return attempt()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as racers:
        running = [racers.submit(run, attempt) for attempt in attempts]
        return [racer.result(PATIENCE) for racer in running]
