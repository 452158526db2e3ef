"""What every test may rely on. Data lies in ``tests/factories.py``."""

import os
from pathlib import Path

import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client, override_settings
from psycopg.errors import DeadlockDetected

from tests import factories

# Twisted must find its asyncio reactor installed before anything imports another.
import daphne.server  # noqa: F401  isort:skip

pytest_plugins = ["tests.site"]

# Importing the application warns where this is missing, as it is in a new clone.
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)

DATA = Path(
    os.environ.get(
        "WARDWATCH_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"
    )
)


@pytest.fixture
def recordings() -> Path:
    """The folder of recordings of real patients; skips where there is none."""
    if not DATA.is_dir():
        pytest.skip(f"no recordings in {DATA}")
    return DATA


@pytest.fixture(autouse=True, scope="session")
def _plain_static():
    """Pages name their files plainly, so that no test needs ``collectstatic``.

    Browser tests run a server of their own, with the files as they are served.
    """
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    with override_settings(STORAGES=settings.STORAGES | {"staticfiles": plain}):
        yield


@pytest.fixture(autouse=True, scope="session")
def _flush_until_done():
    """Empty all tables between tests, also while the shared server's clock reads them.

    Both lock many tables, each in its own order. PostgreSQL then stops one of the
    two; when it is us, the other has finished by the next try.
    """
    once = DatabaseOperations.execute_sql_flush

    def until_done(self, sql_list):
        for _ in range(20):
            try:
                return once(self, sql_list)
            except OperationalError as error:
                if not isinstance(error.__cause__, DeadlockDetected):
                    raise
        return once(self, sql_list)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "execute_sql_flush", until_done)
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The test database with today's partitions, as a started server has them."""
    from monitoring.readings.partitions import ensure_partitions

    with django_db_blocker.unblock():
        ensure_partitions()


@pytest.fixture
def ward(db):
    """A ward."""
    return factories.WardFactory(name="North", slug="north")


@pytest.fixture
def nurse(ward):
    """A nurse who works on ``ward``."""
    return factories.WardMembershipFactory(ward=ward, user__full_name="Nia Nurse").user


@pytest.fixture
def doctor(ward):
    """A doctor who works on ``ward``."""
    return factories.WardMembershipFactory(
        ward=ward, user__doctor=True, user__full_name="Dov Doctor"
    ).user


@pytest.fixture
def stranger(db):
    """A nurse of another ward."""
    return factories.WardMembershipFactory().user


@pytest.fixture
def admin(db):
    """Somebody at the admissions desk."""
    return factories.UserFactory(admin=True, full_name="Ada Admin")


@pytest.fixture
def sign_in():
    """Return a function giving a client that a person is signed in with."""

    def signed_in(user) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in


@pytest.fixture(autouse=True)
def _no_readings_left(request, django_db_blocker):
    """Empty the readings after tests that commit; Django leaves that table alone."""
    yield
    marker = request.node.get_closest_marker("django_db")
    commits = bool(marker and marker.kwargs.get("transaction"))
    if commits or "transactional_db" in request.fixturenames:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE monitoring_reading")
            # Under Playwright's event loop this is not the tests' usual connection,
            # and nobody else would close it.
            connection.close()
        # Under a running event loop this is a connection nobody else would close.
        connections.close_all()
