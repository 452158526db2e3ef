"""Talking to the endpoint as a device does, without a socket in between."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import connections

from monitoring.ingest.app import Endpoint


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def codes(self) -> list[tuple[int, str, str]]:
        """Index, field and code of everything rejected."""
        return [
            (item["index"], item["field"], item["code"])
            for item in self.json["rejected"]
        ]


class Device:
    """A client that holds one key."""

    def __init__(self, endpoint: Endpoint, key: str | None) -> None:
        self.endpoint = endpoint
        self.key = key

    async def post(self, *readings: Any) -> Answer:
        """Post readings as the contract says."""
        return await self.send(json.dumps({"readings": readings}).encode())

    async def send(
        self,
        body: bytes = b"",
        *,
        method: str = "POST",
        path: str = "/api/v1/readings",
        headers: dict[bytes, bytes] | None = None,
        chunks: list[bytes] | None = None,
    ) -> Answer:
        """Send any request at all. ``headers`` replace the usual ones by name."""
        sent = {b"content-type": b"application/json"}
        if self.key is not None:
            sent[b"authorization"] = b"Bearer " + self.key.encode()
        sent |= headers or {}
        waiting = [body] if chunks is None else list(chunks)
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            if not waiting:
                return {"type": "http.disconnect"}
            chunk = waiting.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "headers": [(name, value) for name, value in sent.items() if value],
        }
        await self.endpoint(scope, receive, send)
        start, end = messages
        return Answer(
            start["status"],
            {name.decode().lower(): value.decode() for name, value in start["headers"]},
            end["body"],
        )


@pytest.fixture
async def endpoint(transactional_db):
    """The endpoint as one process runs it."""
    endpoint = Endpoint()
    yield endpoint
    await endpoint.close()
    # The thread behind sync_to_async has a connection of its own.
    await sync_to_async(connections.close_all)()


@pytest.fixture
def client_of(endpoint):
    """Return a function giving the client of a key."""
    return lambda key: Device(endpoint, key)
