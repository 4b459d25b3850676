"""A deployed process, and people who use it by the Pusher protocol."""

import pytest
import served
from raw_pusher import RawPusher
from served import open_ticket, register


@pytest.fixture(scope="session", params=["eventlet", "threading"])
def server(request, tmp_path_factory):
    """A deployed process, in whose log no traceback is left."""
    directory = tmp_path_factory.mktemp(request.param)
    with served.deployment(directory, request.param) as [process]:
        yield process
        assert "Traceback" not in process.log.read_text()


@pytest.fixture
def customer(server):
    """A customer of that process."""
    return register(server, "Carla")


@pytest.fixture
def admin(server):
    """An admin of that process."""
    return register(server, "Ada", "admin")


@pytest.fixture
def ticket(server, customer):
    """A ticket of the customer."""
    return open_ticket(server, customer)


@pytest.fixture
def pusher(server):
    """A client that has connected, and subscribed nothing."""
    with RawPusher(server) as client:
        yield client.connect()
