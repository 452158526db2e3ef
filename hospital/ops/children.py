"""Other programs, started, kept running and stopped by this one."""

import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

PATIENCE: Final = 10.0
"""Seconds a program gets to stop by itself before it is killed."""

DEATHS_ALLOWED: Final = 3
DEATHS_WITHIN: Final = 60.0
"""A program that ends this often within this many seconds will not be helped by
starting it once more."""


class GaveUp(Exception):
    """A program ends as often as it is started. Carries the sentence saying so."""


@dataclass
class _Child:
    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes]
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=DEATHS_ALLOWED))


class Children:
    """Programs that run beside this one and end with it.

    Each has a process group of its own, so that a Ctrl-C at the terminal reaches only
    this process, which then stops them in the reverse of the order they were started
    in.
    ``say`` prints a sentence for the person at the terminal.
    """

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._children: list[_Child] = []

    def start(self, name: str, command: Sequence[str]) -> None:
        """Run ``command``. ``name`` is what sentences call it, such as "The server"."""
        self._children.append(_Child(name, command, _launch(command)))

    def check(self) -> None:
        """Start again whatever has ended.

        Raises:
            GaveUp: it ended ``DEATHS_ALLOWED`` times within ``DEATHS_WITHIN`` seconds.
        """
        for child in self._children:
            status = child.process.poll()
            if status is None:
                continue
            now = time.monotonic()
            child.deaths.append(now)
            often = len(child.deaths) == DEATHS_ALLOWED
            if often and now - child.deaths[0] < DEATHS_WITHIN:
                raise GaveUp(
                    f"{child.name} {_ending(status)} {DEATHS_ALLOWED} times in a row. "
                    "Its own words are above."
                )
            self._say(f"{child.name} {_ending(status)}. Starting it again.")
            child.process = _launch(child.command)

    def stop(self) -> None:
        """Ask all to stop, last started first, and wait; kill whatever does not."""
        while self._children:
            child = self._children.pop()
            child.process.terminate()
            try:
                child.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self._say(f"{child.name} did not stop within {PATIENCE:.0f} s: killed.")
                child.process.kill()
                child.process.wait()


def _launch(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(  # noqa: S603
        command, stdin=subprocess.DEVNULL, start_new_session=True
    )


def _ending(status: int) -> str:
    if status < 0:
        return f"was ended by {signal.Signals(-status).name}"
    return f"ended with code {status}"
