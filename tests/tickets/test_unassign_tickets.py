"""PATCH /api/users/<id>, and the tickets assigned to that user"""

import pytest

from ticketing.tickets.models import Status


@pytest.fixture
def tickets(make_ticket, customer, colleague):
    """A ticket of each status, assigned to the colleague."""
    return {
        status: make_ticket(customer, status=status, assigned_to=colleague.id)
        for status in Status
    }


@pytest.mark.parametrize("change", [{"role": "customer"}, {"active": False}])
def test_a_demoted_or_deactivated_admin_stays_assigned_to_closed_tickets_only(
    api, live, heard, admin, colleague, tickets, change
):
    socket = live(admin)

    response = api(admin).patch(f"/api/users/{colleague.id}", json=change)

    assert response.status_code == 200
    left = {
        status: api(admin).get(f"/api/tickets/{ticket.id}").json["assigned_to"]
        for status, ticket in tickets.items()
    }
    assert left == dict.fromkeys(Status) | {Status.CLOSED: colleague.id}
    events = heard(socket)
    unclosed = [t.id for s, t in tickets.items() if s is not Status.CLOSED]
    assert [event["ticket_id"] for event in events] == sorted(unclosed)
    for event in events:
        assert (event["name"], event["actor_id"]) == ("ticket.updated", admin.id)
        changes = event["payload"]["changes"]
        assert changes == {"assigned_to": [colleague.id, None]}


def test_a_closed_ticket_of_a_former_admin_is_unassigned_when_it_is_reopened(
    api, admin, colleague, tickets
):
    url = f"/api/tickets/{tickets[Status.CLOSED].id}"
    api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})

    reopened = api(admin).patch(url, json={"status": "open"}).json

    assert (reopened["status"], reopened["assigned_to"]) == ("open", None)


def test_a_demotion_keeps_the_tickets_of_other_admins_assigned(
    api, make_ticket, customer, admin, colleague
):
    ticket = make_ticket(customer, assigned_to=admin.id)

    api(admin).patch(f"/api/users/{colleague.id}", json={"active": False})

    assert api(admin).get(f"/api/tickets/{ticket.id}").json["assigned_to"] == admin.id


def test_a_change_that_keeps_an_active_admin_unassigns_nothing(
    api, live, heard, admin, colleague, tickets
):
    socket = live(admin)

    api(admin).patch(f"/api/users/{colleague.id}", json={"active": True})

    shown = api(admin).get(f"/api/tickets?assigned_to={colleague.id}").json["data"]
    assert len(shown) == len(Status)
    assert heard(socket) == []
