"""Where sessions are kept: Django's own table, asked only for keys it can hold."""

from typing import Any

from django.contrib.sessions.backends import db


class SessionStore(db.SessionStore):
    """Sessions in the database. A key that we never give out is nobody's.

    A quoted cookie may hold any character, a NUL too, at which PostgreSQL would
    raise an error where nobody expects one, in pages and sockets alike.
    """

    def _validate_session_key(self, key: Any) -> bool:
        return isinstance(key, str) and len(key) >= 8 and key.isalnum()
