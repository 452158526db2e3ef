"""Notices to open screens that a ward has changed. They carry no patient data."""

import asyncio
import logging
from typing import Final

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer

from wards.places.models import Ward

logger = logging.getLogger(__name__)

ACCESS_GROUP: Final = "access"
"""Group of every process that has sockets open: who may see what has changed."""


CLOCK_GROUP: Final = "clock"
"""Group of every process that must know whether the clock goes."""

KEYS_GROUP: Final = "device-keys"
"""Group of every process that keeps device keys in mind."""


SEND_TIMEOUT: Final = 2.0
"""Seconds a notice may take: a network that swallows it must not hold up the answer
to a change that is committed, or the person would send it again."""


def ward_group(ward_id: int) -> str:
    """Channel-layer group of every process that shows one ward."""
    return f"ward.{ward_id}"


def publish_ward_changed(ward_id: int) -> None:
    """Tell every open screen of a ward to look at the database again.

    For use after commit: ``transaction.on_commit(partial(...), robust=True)``. A lost
    channel layer is logged and no more: what was committed stands, and screens
    catch up by themselves.
    """
    _send(ward_group(ward_id), {"type": "ward.changed", "ward": ward_id})


def publish_access_changed(user_id: int | None = None) -> None:
    """Tell every open socket to check again whether its user may stay."""
    _send(ACCESS_GROUP, {"type": "access.changed", "user": user_id})


def publish_keys_changed() -> None:
    """Tell every process to forget the device keys it keeps in mind.

    For after commit, when a key, a status or a gateway's devices have changed.
    """
    _send(KEYS_GROUP, {"type": "keys.changed"})


def wards_of_admission(admission_id: int) -> list[int]:
    """Ids of the wards on whose boards an admission lies now: one, or none."""
    return list(
        Ward.objects.filter(
            beds__stays__admission=admission_id, beds__stays__ended_at=None
        ).values_list("pk", flat=True)
    )


async def _send_in_time(group: str, message: dict[str, object]) -> None:
    layer = get_channel_layer()
    if layer is not None:
        async with asyncio.timeout(SEND_TIMEOUT):
            await layer.group_send(group, message)


def _send(group: str, message: dict[str, object]) -> None:
    try:
        async_to_sync(_send_in_time)(group, message)
    except Exception:
        # Each layer has errors of its own, so all are caught here. They must be:
        # Django's own net under `on_commit(robust=True)` fails on a partial, which
        # has no name to log, and the answer to a committed change would be a 500.
        logger.exception("channel layer lost: %s not told", group)
