"""The one ASGI application: device endpoint, pages, sockets.

The device endpoint stands before Django's request stack, which would cost each
post about eight times as much (`design.md` section 4).
"""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hospital.settings")
django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from channels.security.websocket import AllowedHostsOriginValidator  # noqa: E402
from channels.sessions import SessionMiddlewareStack  # noqa: E402

from monitoring.board.routing import websocket_urlpatterns  # noqa: E402

websocket_application = AllowedHostsOriginValidator(
    SessionMiddlewareStack(URLRouter(websocket_urlpatterns))
)

application = ProtocolTypeRouter(
    {"http": django_application, "websocket": websocket_application}
)
