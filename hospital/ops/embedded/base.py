"""Django's PostgreSQL engine on the embedded server."""

from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from .server import ensure_database, socket_directory


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL in ``settings.EMBEDDED_POSTGRES_DIR``, started when first needed."""

    def get_connection_params(self) -> dict[str, Any]:
        host = socket_directory(settings.EMBEDDED_POSTGRES_DIR)
        self.settings_dict |= {"HOST": host, "USER": "postgres"}
        # Tests make and drop their own databases; only the main one is made here.
        name = self.settings_dict["NAME"]
        if name and not name.startswith("test_"):
            ensure_database(host, name)
        return super().get_connection_params()
