"""Fixtures for rules: create them, act on tickets, and run the jobs."""

from datetime import timedelta

import pytest
import time_machine

from ticketing.core.database import utcnow
from ticketing.core.transaction import publish, transaction
from ticketing.jobs.worker import Worker
from ticketing.rules import silences
from ticketing.service_levels.events import SlaMissed, SlaWarning
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import Ticket

URL = "/api/rules"


@pytest.fixture
def add_rule(api, admin):
    """Create a rule as an admin; return it."""

    def add_rule(on="ticket.opened", conditions=(), actions=(), **more):
        body = {"name": "Rule", "on": on, "conditions": dict(conditions), **more}
        body["actions"] = dict(actions or {"priority": "urgent"})
        response = api(admin).post(URL, json=body)
        assert response.status_code == 201, response.json
        return response.json

    return add_rule


@pytest.fixture
def open_ticket(api, customer, category):
    """Open a ticket as the customer, or as another user; return it."""

    def open_ticket(user=customer, **fields):
        body = {
            "subject": "Printer on fire",
            "description": "It burns.",
            "priority": "low",
            "category_id": category.id,
            **fields,
        }
        response = api(user).post("/api/tickets", json=body)
        assert response.status_code == 201
        return response.json

    return open_ticket


@pytest.fixture
def say(api):
    """Write a message on a ticket."""

    def say(user, ticket, text="Hello?"):
        url = f"/api/tickets/{ticket['id']}/messages"
        assert api(user).post(url, json={"message": text}).status_code == 201

    return say


@pytest.fixture
def edit(api):
    """Change a ticket as a user."""

    def edit(user, ticket, **changes):
        url = f"/api/tickets/{ticket['id']}"
        assert api(user).patch(url, json=changes).status_code == 200

    return edit


@pytest.fixture
def show(api, admin):
    """Return a ticket as it is now."""
    return lambda ticket: api(admin).get(f"/api/tickets/{ticket['id']}").json


@pytest.fixture
def entries(api, admin):
    """Return the entries of a stream of a ticket."""

    def entries(ticket, stream="public"):
        url = f"/api/tickets/{ticket['id']}/events?stream={stream}&limit=100"
        return api(admin).get(url).json["data"]

    return entries


@pytest.fixture
def applied(entries):
    """Return the payloads of ``rule.applied`` in the log of a ticket."""

    def applied(ticket):
        log = entries(ticket, "staff")
        return [e["payload"] for e in log if e["name"] == "rule.applied"]

    return applied


@pytest.fixture
def alarm(app):
    """Record a warning or a miss of a target of a ticket."""

    def alarm(ticket, name="sla.missed", target="first_response"):
        kind = {"sla.missed": SlaMissed, "sla.warning": SlaWarning}[name]

        @transaction()
        def record():
            lock_tickets(Ticket.id == ticket["id"])
            payload = {"target": target, "due_at": None, "policy_id": 1}
            publish(kind(ticket["id"], None, payload, internal=True))

        with app.app_context():
            record()

    return alarm


@pytest.fixture
def clock():
    """A clock that a test can move: ``clock.shift(seconds)``."""
    with time_machine.travel(utcnow()) as clock:
        yield clock


@pytest.fixture
def poll_idle(app, work):
    """Poll for idle tickets, and run the jobs that this enqueues."""

    def poll_idle():
        with app.app_context():
            silences.poll()
        work()

    return poll_idle


@pytest.fixture
def pass_minutes(clock, poll_idle):
    """Move the clock on, and then poll for idle tickets."""

    def pass_minutes(minutes):
        clock.shift(timedelta(minutes=minutes))
        poll_idle()

    return pass_minutes


@pytest.fixture
def asleep(monkeypatch):
    """Let only the test start jobs."""
    monkeypatch.setattr(Worker, "wake", lambda self: None)
