"""Reaching the database without Django's ORM, where every microsecond counts."""

from typing import Any, Final

from django.db import connection

_WANTED: Final = (
    "host",
    "port",
    "user",
    "password",
    "dbname",
    "sslmode",
    "sslrootcert",
)
STATEMENT_TIMEOUT_MS: Final = 10_000
LOCK_TIMEOUT_MS: Final = 5_000


def connection_arguments(*, application: str) -> dict[str, Any]:
    """Return what ``psycopg.connect`` needs to reach Django's default database.

    Starts the embedded server if that is the one. Statements end after ten seconds
    and waits for a lock after five: a writer that hangs is worse than one that
    fails. ``application`` is what the database's own monitoring shows.
    """
    parameters = connection.get_connection_params()
    return {
        key: value for key, value in parameters.items() if key in _WANTED and value
    } | {
        "application_name": application,
        "connect_timeout": 3,
        "options": (
            f"-c statement_timeout={STATEMENT_TIMEOUT_MS} "
            f"-c lock_timeout={LOCK_TIMEOUT_MS} "
            "-c idle_in_transaction_session_timeout=30000 -c timezone=UTC"
        ),
    }
