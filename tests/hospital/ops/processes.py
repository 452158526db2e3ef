"""Telling which processes a command left behind."""

import time
from collections.abc import Callable

import psutil


def family(pid: int) -> list[psutil.Process]:
    """A process and everything it has started, now."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def survivors(processes: list[psutil.Process]) -> list[str]:
    """Those of ``processes`` that still run, as their command lines."""
    return [
        " ".join(process.cmdline())
        for process in processes
        if process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    ]


def wait_for(happened: Callable[[], object], *, seconds: float = 20) -> None:
    """Return as soon as something is so; fail when it takes too long."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"did not happen within {seconds} s"
        time.sleep(0.02)
