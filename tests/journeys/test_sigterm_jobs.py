"""SIGTERM, while the serving process does jobs."""

import time
from datetime import timedelta

import pytest
from outside import WebhookReceiver
from served import open_ticket
from sqlalchemy import create_engine, select

from ticketing.core.database import utcnow
from ticketing.jobs.models import Job, State

PATIENCE_S = 20


@pytest.fixture
def hanging(tmp_path):
    """A receiver of webhooks that does not answer."""
    receiver = WebhookReceiver(tmp_path / "receiver")
    receiver.start()
    yield receiver
    receiver.stop()


@pytest.mark.parametrize("sockets", [0, 2])
@pytest.mark.parametrize("how", ["eventlet", "threading"])
def test_sigterm_leaves_the_jobs_that_run_to_others_soon(
    how, sockets, serve, hanging, register, connect
):
    with serve(how, WEBHOOK_PRIVATE="allowed") as served:
        job = select(Job.state, Job.due_at)
        engine = create_engine(served.environ["DATABASE_URL"])

        def jobs():
            with engine.connect() as connection:
                return [*connection.execute(job)]

        hook = {"url": hanging.url("hanging"), "events": ["message.sent"]}
        served.root.post("/webhooks", hook)
        carla = register(served, "Carla")
        carla.say(open_ticket(served, carla), "Hello?")
        clients = [connect(carla) for _ in range(sockets)]
        deadline = time.monotonic() + PATIENCE_S
        while [state for state, _ in jobs()] != [State.LEASED]:
            assert time.monotonic() < deadline
            time.sleep(0.05)

        seconds = served.terminate()

        assert seconds < 10
        [(state, due_at)] = jobs()
        assert state is State.LEASED
        assert due_at - utcnow() < timedelta(seconds=10)
        for client in clients:
            client.wait_for("disconnect")
