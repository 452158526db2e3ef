"""Is this process alive, and is all it needs."""

import asyncio
import logging
from typing import Final

from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.contrib.auth.decorators import login_not_required
from django.db import Error, connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from hospital.ops.beat import WATCH, WATCH_LATE_AFTER, beat_age

logger = logging.getLogger(__name__)

LAYER_TIMEOUT: Final = 2.0


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """200 while this process answers at all. Asks nothing of anything else."""
    return JsonResponse({"status": "ok"}, headers={"Cache-Control": "no-store"})


@login_not_required
@require_safe
async def readyz(request: HttpRequest) -> HttpResponse:
    """200 when database, channel layer and clock all work; 503 naming what does not."""
    checks = {
        "database": await sync_to_async(_database)(),
        "channel_layer": await _channel_layer(),
        "watch": await sync_to_async(_watch)(),
    }
    ready = all(state == "ok" for state in checks.values())
    return JsonResponse(
        {"status": "ok" if ready else "unavailable", "checks": checks},
        status=200 if ready else 503,
        headers={"Cache-Control": "no-store"},
    )


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Exception as error:
        # Any failure at all means "not ready"; a health page must never be a 500.
        logger.warning("readyz: database: %s", error)
        return "unavailable"
    return "ok"


async def _channel_layer() -> str:
    layer = get_channel_layer()
    if layer is None:
        return "not configured"
    try:
        async with asyncio.timeout(LAYER_TIMEOUT):
            channel = await layer.new_channel("ready")
            await layer.send(channel, {"type": "ready"})
            await layer.receive(channel)
    except Exception as error:
        logger.warning("readyz: channel layer: %s", error)
        return "unavailable"
    return "ok"


def _watch() -> str:
    try:
        age = beat_age(WATCH)
    except Error as error:
        logger.warning("readyz: watch: %s", error)
        return "unknown"
    if age is None:
        return "never ran"
    return "ok" if age <= WATCH_LATE_AFTER else f"late by {age:.0f} s"
