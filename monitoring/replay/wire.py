"""The device endpoint as a device sees it: its address, a body, an answer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

import httpx
import msgspec

from monitoring.replay.recordings import Values

PATH: Final = "/api/v1/readings"
MAX_READINGS: Final = 1000
"""The most readings the endpoint takes in one post."""


class BadAddress(ValueError):
    """A URL or key no request could be made with; the text says what is wrong."""


class Rejection(msgspec.Struct, frozen=True):
    """Why one reading of a post was refused."""

    index: int
    field: str = ""
    code: str = ""
    message: str = ""


class Answer(msgspec.Struct, frozen=True):
    """What the endpoint did with the readings of one post."""

    stored: int
    duplicates: int = 0
    rejected: list[Rejection] = []


read_answer: Final = msgspec.json.Decoder(Answer).decode
"""Decode a 200's body; raises ``msgspec.DecodeError`` for anything else."""


def endpoint(url: str) -> str:
    """Return the endpoint's full URL, given that or the server's base URL.

    Raises:
        BadAddress: no http or https URL with a host.

    >>> endpoint("http://127.0.0.1:8000/")
    'http://127.0.0.1:8000/api/v1/readings'
    """
    try:
        given = httpx.URL(url.strip())
    except httpx.InvalidURL:
        given = httpx.URL()
    if given.scheme not in {"http", "https"} or not given.host:
        raise BadAddress(f"{url!r} is no URL such as http://127.0.0.1:8000.")
    path = given.path.rstrip("/").removesuffix(PATH) + PATH
    return str(given.copy_with(path=path, query=None, fragment=None))


def headers(key: str) -> dict[str, str]:
    """Return the headers of a post with this device key.

    Raises:
        BadAddress: the key holds what no header can carry.
    """
    if not (key.isascii() and key.isprintable() and key.strip()):
        raise BadAddress("The key is not a device key: copy it whole and alone.")
    return {
        "Authorization": f"Bearer {key.strip()}",
        "Content-Type": "application/json",
    }


def reading(
    at: datetime, values: Values, *, device: str | None = None, **extra: Any
) -> dict[str, Any]:
    """Return one reading as the endpoint takes it; ``at`` is aware."""
    stamp = at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    result = {"at": stamp, **extra}
    if device is not None:
        result["device"] = device
    result.update(values.items())
    return result


def body(readings: Sequence[Mapping[str, Any]]) -> bytes:
    """Return the body of a post of these readings."""
    return msgspec.json.encode({"readings": readings})


def retry_after(response: httpx.Response, *, now: datetime) -> float | None:
    """Return the seconds the server asks to wait, None where it does not say.

    Both forms of the header are read: seconds, and an HTTP date against ``now``.
    """
    text = response.headers.get("Retry-After", "").strip()
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (TypeError, ValueError):
        return None


def complaint(response: httpx.Response) -> str:
    """Return what the server said was wrong, in its own words where it has any."""
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"It answered {response.status_code} {response.reason_phrase}."
