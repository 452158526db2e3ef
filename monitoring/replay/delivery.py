"""Posting one body until the server has it, or until that is clearly hopeless."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Final

import httpx
import msgspec

from monitoring.replay import wire

PATIENCE: Final = 120.0
"""Seconds without one answer after which a replay gives up."""
TIMEOUT: Final = 10.0
FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 5.0
SHORTEST_WAIT: Final = 0.05
LONGEST_ASKED_WAIT: Final = 60.0
"""A ``Retry-After`` is honoured up to here; a proxy may ask for an hour."""

# Answers that say "not now". The same body is safe to repeat by the contract.
TRY_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504})
# Answers that no repetition changes, and what the person at the keyboard can do.
WHAT_TO_DO: Final = MappingProxyType(
    {
        400: "The server refused the whole post, which is a fault in this program.",
        401: (
            "The server does not know this key. Make one with "
            "`manage.py issue_device_key SERIAL` and give it with --key."
        ),
        403: (
            "The device may not post now: put it in service on the devices page, "
            "or use a key of this device."
        ),
        404: "There is no device endpoint there. Check --url.",
        405: "There is no device endpoint there. Check --url.",
        413: "The post was too large. Try a smaller --batch.",
        415: "The server did not see JSON. Check that --url leads to Wardwatch itself.",
    }
)


class NotDelivered(Exception):
    """The server did not take a post and will not; the text says what to do."""


def connect(url: str, key: str) -> httpx.Client:
    """Return a client bound to a server's endpoint and a device's key.

    Raises:
        wire.BadAddress: the URL or the key cannot be one.
    """
    base = wire.endpoint(url).removesuffix(wire.PATH)
    return httpx.Client(base_url=base, headers=wire.headers(key), timeout=TIMEOUT)


@dataclass(slots=True)
class Delivery:
    """Posts bodies one after the other, each until it is answered for good.

    Waits as long as the server asks, else twice as long each time; ``retries`` counts
    the repetitions. Gives up after ``patience`` seconds without a usable answer.
    """

    client: httpx.Client
    patience: float = PATIENCE
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    retries: int = field(default=0, init=False)

    def post(self, body: bytes) -> wire.Answer:
        """Return the server's answer to a body.

        Raises:
            NotDelivered: refused for good, or no answer for too long.
        """
        began = self.clock()
        wait = FIRST_WAIT
        while True:
            asked, why = None, ""
            try:
                response = self.client.post(wire.PATH, content=body)
            except httpx.TransportError as error:
                why = str(error) or type(error).__name__
            else:
                if response.status_code not in TRY_AGAIN:
                    return _settled(response)
                asked = wire.retry_after(response, now=datetime.now(UTC))
                why = wire.complaint(response)
            pause = wait
            if asked is not None:
                pause = min(max(asked, SHORTEST_WAIT), LONGEST_ASKED_WAIT)
            if self.clock() - began + pause > self.patience:
                raise NotDelivered(
                    f"{self.client.base_url} took nothing for {self.patience:.0f} s, "
                    f"so this ends here. Last heard: {why}"
                )
            self.sleep(pause)
            self.retries += 1
            wait = min(2 * wait, LONGEST_WAIT)


def _settled(response: httpx.Response) -> wire.Answer:
    """Return the answer in a response that repetition would not change."""
    status = response.status_code
    if status == httpx.codes.OK:
        try:
            return wire.read_answer(response.content)
        except msgspec.DecodeError:
            raise NotDelivered(
                f"{response.url} answered, but not as a Wardwatch server does. "
                "Check --url."
            ) from None
    if response.is_redirect:
        there = response.headers.get("Location", "another address")
        raise NotDelivered(f"The server sends us to {there}: give that as --url.")
    advice = WHAT_TO_DO.get(status, "No device can do anything about that.")
    raise NotDelivered(f"{advice} The server says: {wire.complaint(response)}")
