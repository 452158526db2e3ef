"""The one ASGI application: device endpoint, pages, sockets.

The device endpoint stands before Django's request stack, which would cost each
post about eight times as much (`design.md` section 4).
"""

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hospital.settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402

from monitoring.board.routing import websocket_urlpatterns  # noqa: E402
from monitoring.ingest.app import Endpoint  # noqa: E402
from monitoring.ingest.openapi import OPENAPI_PATH  # noqa: E402

websocket_application = AllowedHostsOriginValidator(
    SessionMiddlewareStack(URLRouter(websocket_urlpatterns))
)

endpoint = Endpoint()

_ENDPOINT = ("/api/v1/", OPENAPI_PATH)


async def http_application(scope: Any, receive: Any, send: Any) -> None:
    """Device posts to the endpoint, everything else to Django."""
    if scope["path"].startswith(_ENDPOINT):
        await endpoint(scope, receive, send)
    else:
        await django_application(scope, receive, send)


application = ProtocolTypeRouter(
    {"http": http_application, "websocket": websocket_application}
)
