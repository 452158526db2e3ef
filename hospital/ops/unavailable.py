"""A page in plain words when the database cannot be reached."""

import logging
import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from psycopg_pool import PoolTimeout

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5


def server_error(request: HttpRequest) -> HttpResponse:
    """The page for anything that went wrong: 503 for a lost database, else 500.

    With the database lost nothing was changed by the request: its transaction did
    not commit, or only the answer to the commit was lost, and then the change shows
    on return. Uses no database, no session and no user.
    """
    error = sys.exc_info()[1]
    if isinstance(error, OperationalError | InterfaceError | PoolTimeout):
        logger.error("database unavailable: %s", error)
        return HttpResponse(
            render_to_string(
                "503.html",
                {
                    "retry_after": RETRY_AFTER_SECONDS,
                    "reload": request.method in ("GET", "HEAD"),
                },
            ),
            status=503,
            headers={
                "Retry-After": str(RETRY_AFTER_SECONDS),
                "Cache-Control": "no-store",
            },
        )
    return HttpResponse(
        render_to_string("500.html"), status=500, headers={"Cache-Control": "no-store"}
    )
