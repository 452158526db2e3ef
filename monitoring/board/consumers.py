"""The two live sockets: a ward's board, and one patient's page.

Plain ASGI applications, without a channel-layer channel of their own: the hub hears
for all. The Origin has been checked before (`hospital.asgi`); who is asking and what
they may see is asked here on arrival, and again for as long as they look.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from monitoring.board.access import Finder, find_patient, find_ward
from monitoring.board.hub import hub
from monitoring.board.viewers import Send, Viewer
from monitoring.board.views import naming_of

Receive = Callable[[], Awaitable[dict[str, Any]]]


async def ward_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """``/ws/wards/<slug>/``: the board of one ward."""
    await _serve(scope, receive, send, find_ward(_argument(scope, "slug")))


async def patient_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """``/ws/patients/<id>/``: one patient, wherever they lie on the user's wards."""
    await _serve(scope, receive, send, find_patient(_argument(scope, "patient_id")))


async def no_such_socket(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """Any other address: refused in the handshake."""
    await receive()
    await send({"type": "websocket.close"})


def _argument(scope: dict[str, Any], name: str) -> Any:
    return scope["url_route"]["kwargs"][name]


async def _serve(
    scope: dict[str, Any], receive: Receive, send: Send, find: Finder
) -> None:
    """Accept always: a refusal in the handshake could not say why."""
    await receive()
    await send({"type": "websocket.accept"})
    viewer = Viewer(
        session_key=scope["session"].session_key,
        find=find,
        naming=naming_of(scope.get("cookies", {})),
        send=send,
    )
    pump = asyncio.create_task(viewer.pump())
    hear = asyncio.create_task(_hear(viewer, receive))
    try:
        await hub().join(viewer)
        await asyncio.wait({pump, hear}, return_when=asyncio.FIRST_COMPLETED)
        if viewer.is_closing and not hear.done():
            await asyncio.wait({pump}, timeout=5)
    finally:
        hub().leave(viewer)
        for task in (pump, hear):
            task.cancel()
            with suppress(asyncio.CancelledError, OSError):
                await task


async def _hear(viewer: Viewer, receive: Receive) -> None:
    """Take in what the page says until it is gone."""
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            return
        viewer.hear(message.get("text"))
