"""The ceiling: Daphne, Channels' router, and an application that only answers."""

import asyncio
import sys
from typing import Any

import uvloop

_ANSWER = b'{"stored":1,"duplicates":0,"rejected":[]}'


async def noop(scope: Any, receive: Any, send: Any) -> None:
    """Take the body in and answer what a stored reading is answered."""
    while (await receive()).get("more_body"):
        pass
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_ANSWER)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": _ANSWER})


if __name__ == "__main__":
    asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    from channels.routing import ProtocolTypeRouter
    from daphne.server import Server

    Server(
        application=ProtocolTypeRouter({"http": noop}),
        endpoints=[f"tcp:port={sys.argv[1]}:interface=127.0.0.1"],
    ).run()
