"""What tests of posting programs share."""

import pytest

from tests.monitoring.devices import stub_server


@pytest.fixture
def stub():
    """A stand-in for the server, over real HTTP."""
    with stub_server() as server:
        yield server
