"""How far a replay is: one line rewritten on a terminal, a line now and then else."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from monitoring.replay.counts import Counts, duration

TERMINAL_EVERY: Final = 0.2
PLAIN_EVERY: Final = 30.0
_CLEAR: Final = "\r\x1b[2K"


@dataclass(slots=True)
class Progress:
    """Tells the progress of ``total`` rows; ``live`` where a line can be rewritten."""

    total: int
    write: Callable[[str], object]
    flush: Callable[[], object]
    live: bool
    clock: Callable[[], float] = time.monotonic
    _told_at: float = field(init=False)

    def __post_init__(self) -> None:
        self._told_at = self.clock()

    def __call__(self, counts: Counts) -> None:
        """Tell how far it is, unless that was told a moment ago."""
        every = TERMINAL_EVERY if self.live else PLAIN_EVERY
        if self.clock() - self._told_at < every:
            return
        self._told_at = self.clock()
        line = self.line(counts)
        self.write(_CLEAR + line if self.live else f"{line}\n")
        self.flush()

    def finish(self) -> None:
        """Wipe the line a terminal still shows."""
        if self.live:
            self.write(_CLEAR)
            self.flush()

    def line(self, counts: Counts) -> str:
        """Return percent, readings, their rate and the time left."""
        share = counts.rows / self.total
        rate = counts.sent / counts.seconds if counts.seconds else 0.0
        left = counts.seconds / share - counts.seconds if share else 0.0
        return (
            f"{share:4.0%}  {counts.sent} readings, {rate:.1f}/s, "
            f"{counts.rejected.total()} rejected, {duration(left)} left"
        )
