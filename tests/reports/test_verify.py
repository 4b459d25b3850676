"""flask reports verify"""

from datetime import UTC, datetime

import pytest

from ticketing.core.database import db
from ticketing.reports import verification
from ticketing.tickets.models import Ticket


@pytest.fixture
def verify(app):
    """Run the command."""
    return lambda: app.test_cli_runner().invoke(args=["reports", "verify"])


@pytest.fixture
def spoil(app):
    """Change facts of a ticket without an entry in its log."""

    def spoil(ticket, **facts):
        with app.app_context():
            changed = Ticket.__table__.update().where(Ticket.id == ticket.id)
            db.session.execute(changed.values(**facts))
            db.session.commit()

    return spoil


@pytest.fixture
def handled(api, admin, customer, ticket):
    """Answer, reopen, resolve and rate the ticket."""
    url = f"/api/tickets/{ticket.id}"
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    for status in ("resolved", "open", "closed"):
        api(admin).patch(url, json={"status": status})
    for score in (2, 4):
        api(customer).put(f"{url}/rating", json={"score": score})
    return ticket


def test_verify_succeeds_if_the_facts_equal_the_log(
    verify, handled, make_ticket, customer
):
    make_ticket(customer)

    result = verify()

    said = "Compared 2 tickets with their log: all are right.\n"
    assert (result.exit_code, result.output) == (0, said)


@pytest.mark.parametrize(
    "facts",
    [
        {"first_response_seconds": None},
        {"first_response_seconds": 5},
        {"resolved_at": None},
        {"resolved_at": datetime(2026, 3, 1, tzinfo=UTC)},
        {"resolution_seconds": 7},
        {"reopened_at": None},
        {"rated_at": datetime(2026, 3, 1, tzinfo=UTC)},
        {"rating_score": 2},
    ],
    ids=str,
)
def test_verify_fails_with_the_ids_of_tickets_whose_facts_differ(
    verify, spoil, handled, facts
):
    spoil(handled, **facts)

    result = verify()

    assert result.exit_code == 1
    assert f"The log says something else of {handled.id}." in result.output


@pytest.mark.parametrize(
    "facts",
    [
        {"first_response_seconds": 5},
        {"sla_met": False},
        {"sla_misses_at": datetime(2026, 3, 1, tzinfo=UTC)},
    ],
    ids=str,
)
def test_verify_compares_targets_and_opening_hours_too(
    api, admin, customer, category, verify, spoil, facts
):
    calendar = {"name": "-", "time_zone": "UTC", "hours": {"mon": [["00:00", "00:01"]]}}
    calendar = api(admin).post("/api/calendars", json=calendar).json["id"]
    policy = {"name": "-", "first_response": 525_600, "calendar_id": calendar}
    api(admin).post("/api/sla-policies", json=policy)
    body = {"subject": "-", "description": "-", "category_id": category.id}
    opened = api(customer).post("/api/tickets", json=body | {"priority": "low"})
    url = opened.headers["Location"]
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    api(admin).patch(url, json={"status": "resolved"})
    before = verify()

    spoil(Ticket(id=opened.json["id"]), **facts)

    assert before.exit_code == 0
    assert f"something else of {opened.json['id']}." in verify().output


def test_verify_finds_facts_of_a_ticket_without_a_log(verify, spoil, ticket):
    spoil(ticket, rated_at=datetime(2026, 3, 1, tzinfo=UTC), rating_score=5)

    assert verify().exit_code == 1


def test_verify_compares_every_ticket_in_batches(
    monkeypatch, verify, spoil, make_ticket, customer
):
    monkeypatch.setattr(verification, "BATCH_SIZE", 2)
    tickets = [make_ticket(customer) for _ in range(5)]
    for ticket in (tickets[1], tickets[4]):
        spoil(ticket, first_response_seconds=1)

    result = verify()

    assert f"of {tickets[1].id}, {tickets[4].id}." in result.output
