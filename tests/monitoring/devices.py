"""A stand-in for the server, over real HTTP, that misbehaves on request."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

DROP = "drop"
"""Hang up after reading the request, with no answer at all."""


@dataclass
class Received:
    """One request: its path, headers, and the readings of its body."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def readings(self) -> list[dict[str, Any]]:
        return json.loads(self.body)["readings"]


@dataclass
class StubServer:
    """Answers posts like the endpoint, after whatever ``script`` holds is used up.

    A script entry is ``DROP`` or (status, headers, body). ``stored`` holds what a
    200 confirmed, by device and time; what comes again is a duplicate.
    """

    script: deque[Any] = field(default_factory=deque)
    requests: list[Received] = field(default_factory=list)
    stored: dict[tuple[str | None, str], dict[str, Any]] = field(default_factory=dict)
    after_post: Callable[["StubServer"], None] = lambda _server: None
    lock: Lock = field(default_factory=Lock)
    url: str = ""

    def store(self, readings: list[dict[str, Any]]) -> dict[str, Any]:
        stored = duplicates = 0
        rejected = []
        for index, reading in enumerate(readings):
            key = (reading.get("device"), reading["at"])
            if (reading.get("heart_rate") or 0) > 350:
                rejected.append(
                    {
                        "index": index,
                        "field": "heart_rate",
                        "code": "out_of_range",
                        "message": "Heart rate must be 0 to 350 /min.",
                    }
                )
            elif key in self.stored:
                duplicates += 1
            else:
                self.stored[key] = reading
                stored += 1
        return {"stored": stored, "duplicates": duplicates, "rejected": rejected}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    stub: StubServer

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        stub = self.stub
        with stub.lock:
            received = Received(self.path, dict(self.headers), raw)
            stub.requests.append(received)
            step = stub.script.popleft() if stub.script else None
            if step == DROP:
                self.close_connection = True
                return
            status, headers, body = step or (200, {}, stub.store(received.readings))
            stub.after_post(stub)
        answer = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *args: Any) -> None:
        pass


def error(status: int, message: str, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Return a script entry that refuses in the contract's form."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, names, {"error": {"code": "refused", "message": message}}


@contextmanager
def stub_server() -> Iterator[StubServer]:
    """Serve a fresh stub on a free port of this machine."""
    stub = StubServer()
    handler = type("Handler", (_Handler,), {"stub": stub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
