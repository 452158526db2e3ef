"""Many simulated devices in one process, each on its own line to the server."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import httpx

from monitoring.replay import wire
from monitoring.simulator.device import SimulatedDevice
from monitoring.simulator.fleet_file import Fleet
from monitoring.simulator.line import Line, Tally

REPORT_EVERY: Final = 30.0
TIMEOUT: Final = 5.0


def lines_of(fleet: Fleet, *, now: float, tally: Tally) -> list[Line]:
    """Return a line for every device, their first readings spread over an interval.

    Raises:
        wire.BadAddress: a key holds what no header can carry.
    """
    lines = []
    for entry in fleet.devices:
        device = SimulatedDevice(entry.serial, entry.profile, fleet.seed)
        first = now + device.phase * min(entry.interval, TIMEOUT)
        lines.append(
            Line(device, entry.interval, wire.headers(entry.key), tally, first)
        )
    return lines


@dataclass(slots=True)
class Simulation:
    """All devices of a fleet, posting to one server until told to stop.

    ``report`` gets a line of counts every ``REPORT_EVERY`` seconds.
    """

    fleet: Fleet
    url: str
    report: Callable[[str], object]
    tally: Tally = field(default_factory=Tally)
    lines: list[Line] = field(default_factory=list)

    async def run(self, stop: asyncio.Event) -> None:
        """Simulate until ``stop`` is set.

        Raises:
            wire.BadAddress: the URL or a key cannot be one.
        """
        url = wire.endpoint(self.url)
        self.lines = lines_of(self.fleet, now=time.time(), tally=self.tally)
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
        async with httpx.AsyncClient(timeout=TIMEOUT, limits=limits) as client:
            tasks = [
                asyncio.create_task(self._keep_posting(line, client, url))
                for line in self.lines
            ]
            tasks.append(asyncio.create_task(self._keep_reporting()))
            stopped = asyncio.create_task(stop.wait())
            # A task that ends by itself has a fault in it: say so, do not limp on.
            await asyncio.wait([stopped, *tasks], return_when=asyncio.FIRST_COMPLETED)
            for task in (stopped, *tasks):
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        self.report(self.summary())
        for result in ended:
            if isinstance(result, Exception):
                raise result

    async def _keep_posting(
        self, line: Line, client: httpx.AsyncClient, url: str
    ) -> None:
        while True:
            await asyncio.sleep(max(0.0, line.next_at - time.time()))
            line.measure_until(time.time())
            await line.deliver(client, url, time.time())

    async def _keep_reporting(self) -> None:
        while True:
            await asyncio.sleep(REPORT_EVERY)
            self.report(self.summary())

    def summary(self) -> str:
        """Return the counts since the beginning, and what waits now."""
        tally = self.tally
        waiting = sum(len(line.outbox) for line in self.lines)
        return (
            f"{len(self.lines)} simulated devices: {tally.sent} readings in "
            f"{tally.posts} posts, {tally.stored} stored, {tally.duplicates} "
            f"duplicates, {tally.rejected} rejected, {tally.failures} failed posts, "
            f"{waiting} readings waiting"
        )
