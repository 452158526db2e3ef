"""One demo hospital for all tests that only look at it."""

import pytest
from django.db import transaction
from django.test import override_settings

from monitoring.demo.build import build_demo


@pytest.fixture(scope="module")
def demo(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo hospital, built once for a module; each test's changes are undone."""
    folder = tmp_path_factory.mktemp("demo")
    with (
        django_db_blocker.unblock(),
        override_settings(DEMO_DIR=folder, DEMO_PASSWORD=""),
        transaction.atomic(),
    ):
        build_demo()
        yield folder
        transaction.set_rollback(True)
