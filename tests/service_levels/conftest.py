"""Fixtures for service levels: a calendar, policies, and a clock that tests set."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from ticketing.service_levels.alarms import emit_due
from ticketing.service_levels.candidates import count_batches
from ticketing.service_levels.recounting import recompute as recomputed
from ticketing.service_levels.service import recount_outdated

MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday: 9:00 in Berlin

OFFICE = {
    "name": "Office",
    "time_zone": "Europe/Berlin",
    "hours": {
        "mon": [["09:00", "12:30"], ["13:00", "17:00"]],
        "fri": [["10:00", "24:00"]],
    },
    "holidays": ["2026-12-25"],
}


@pytest.fixture
def add_calendar(api, admin) -> Callable:
    """Create a calendar; return the answer."""
    return lambda **fields: api(admin).post("/api/calendars", json=OFFICE | fields)


@pytest.fixture
def add_policy(api, admin) -> Callable:
    """Create a policy for all tickets; return the answer."""

    def add_policy(**fields):
        return api(admin).post("/api/sla-policies", json={"name": "All"} | fields)

    return add_policy


class Clock:
    """The time, which passes only when a test moves it on."""

    def __init__(self, traveller: time_machine.Traveller) -> None:
        self._traveller = traveller

    def go_on(self, **time: int) -> None:
        """Let time pass."""
        self._traveller.shift(timedelta(**time))


@pytest.fixture
def clock() -> Iterator[Clock]:
    """Stop the clock, on a Monday morning."""
    with time_machine.travel(MORNING, tick=False) as traveller:
        yield Clock(traveller)


@pytest.fixture
def opened(api, customer, category) -> Callable:
    """Open a ticket; return its URL."""

    def opened(**fields):
        body = {"subject": "Printer on fire", "description": "It burns."}
        body |= {"priority": "high", "category_id": category.id, **fields}
        response = api(customer).post("/api/tickets", json=body)
        return f"/api/tickets/{response.json['id']}"

    return opened


@pytest.fixture
def targets(api, admin) -> Callable:
    """Return the field ``sla`` of a ticket, as admins see it."""
    return lambda url: api(admin).get(url).json["sla"]


@pytest.fixture
def alarms(app, api, admin) -> Callable:
    """Emit the due alarms, as a worker does; return all alarms in a ticket's log."""

    def alarms(url, emits=True):
        if emits:
            with app.app_context():
                emit_due()
        entries = api(admin).get(f"{url}/events?stream=staff&limit=100").json["data"]
        return [
            (entry["name"], entry["payload"]["target"])
            for entry in entries
            if entry["name"].startswith("sla.")
        ]

    return alarms


@pytest.fixture
def recompute(app) -> Callable:
    """Recount all tickets from their logs; return the ids of those that differed."""

    def recompute():
        with app.app_context():
            _, batches = count_batches()
            return [one for ids in batches for one in recomputed(ids)]

    return recompute


@pytest.fixture
def recount(app) -> Callable:
    """Run the job that recounts tickets after a change of policies."""

    def recount():
        with app.app_context():
            recount_outdated()

    return recount
