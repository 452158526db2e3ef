"""Posting as many devices at once: bare sockets, so that the generator costs little."""

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from monitoring.bench.report import quantile

Body = Callable[[int], bytes]
"""Makes the body of the n-th post of a run."""


@dataclass
class Result:
    """What came of a run: seconds per post, answers by status, length in seconds.

    ``cpu_seconds`` is what the server spent on it.
    """

    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def rate(self) -> float:
        """Posts answered with 200, a second."""
        return self.statuses[200] / self.seconds

    @property
    def cpu_us(self) -> float:
        """Microseconds of the server's processor time a post."""
        return self.cpu_seconds / max(1, self.statuses[200]) * 1e6

    def ms(self, share: float) -> float:
        """The latency that ``share`` of the posts stayed under, in milliseconds."""
        return quantile(self.latencies, share) * 1000


async def saturate(
    port: int, keys: Sequence[str], body: Body, *, connections: int, seconds: float
) -> Result:
    """Post over each connection as soon as the last post is answered."""
    result = Result()
    numbers = iter(range(10**12))
    end = perf_counter() + seconds

    async def device(key: str) -> None:
        client = await Client.open(port, key)
        while perf_counter() < end:
            await client.post(body(next(numbers)), result)
        client.close()

    began = perf_counter()
    await asyncio.gather(*(device(keys[n % len(keys)]) for n in range(connections)))
    result.seconds = perf_counter() - began
    return result


async def pace(
    port: int, keys: Sequence[str], body: Body, *, rate: float, seconds: float
) -> Result:
    """Post ``rate`` times a second in all, spread evenly over the keys' connections.

    Latency is counted from when a post was due, so that a server that stalls is not
    excused by posts that waited their turn.
    """
    result = Result()
    interval = len(keys) / rate
    rounds = int(seconds / interval)
    clients = [await Client.open(port, key) for key in keys]
    start = perf_counter() + 0.2

    async def device(number: int, client: Client) -> None:
        for turn in range(rounds):
            due = start + interval * (turn + number / len(clients))
            await asyncio.sleep(max(0.0, due - perf_counter()))
            await client.post(body(turn * len(clients) + number), result, due=due)

    await asyncio.gather(*(device(*pair) for pair in enumerate(clients)))
    result.seconds = perf_counter() - start
    for client in clients:
        client.close()
    return result


class Client:
    """One kept-alive connection with one key."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._head = (
            "POST /api/v1/readings HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            "Content-Length: "
        ).encode()

    @classmethod
    async def open(cls, port: int, key: str) -> "Client":
        """Connect to the server on this machine."""
        return cls(*await asyncio.open_connection("127.0.0.1", port), key)

    async def post(
        self, body: bytes, result: Result, *, due: float | None = None
    ) -> None:
        """Post once and note the answer; ``due`` is when it should have begun."""
        began = perf_counter() if due is None else due
        self._writer.write(b"%b%d\r\n\r\n%b" % (self._head, len(body), body))
        head = await self._reader.readuntil(b"\r\n\r\n")
        at = head.lower().index(b"content-length:") + 15
        await self._reader.readexactly(int(head[at : head.index(b"\r", at)]))
        result.latencies.append(perf_counter() - began)
        result.statuses[int(head[9:12])] += 1

    def close(self) -> None:
        """Hang up."""
        self._writer.close()
