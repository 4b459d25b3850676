"""GET /api/messages/unread-count"""

import pytest

from ticketing.tickets.models import Status


@pytest.fixture
def count(api):
    """Return the number of a user's unread messages."""

    def count(user):
        response = api(user).get("/api/messages/unread-count")
        assert list(response.json) == ["unread_count"]
        return response.json["unread_count"]

    return count


def test_the_unread_count_of_customers_has_messages_of_support_in_their_tickets(
    customer, stranger, admin, make_ticket, make_message, count
):
    make_message(admin)
    make_message(admin, ticket=make_ticket(customer, status=Status.CLOSED))
    make_message(customer)
    make_message(admin, ticket=make_ticket(stranger))

    assert (count(customer), count(stranger)) == (2, 1)


def test_the_unread_count_of_admins_has_messages_of_customers_in_assigned_tickets(
    customer, admin, colleague, make_ticket, make_message, count
):
    mine = make_ticket(customer, assigned_to=admin.id)
    make_message(customer, ticket=mine)
    make_message(colleague, ticket=mine)
    make_message(customer)  # assigned to nobody

    assert (count(admin), count(colleague)) == (1, 0)


@pytest.mark.parametrize("assigned", [False, True])
def test_the_unread_count_of_admins_has_messages_of_support_in_their_own_tickets(
    admin, colleague, make_ticket, make_message, count, assigned
):
    own = make_ticket(admin, assigned_to=admin.id if assigned else None)
    make_message(colleague, ticket=own)
    make_message(admin, ticket=own)

    assert (count(admin), count(colleague)) == (1, 0)


def test_messages_that_were_read_leave_the_unread_count(
    api, customer, admin, ticket, make_message, count
):
    make_message(admin)

    api(customer).get(f"/api/tickets/{ticket.id}/messages")

    assert count(customer) == 0


def test_messages_that_another_admin_read_leave_the_unread_count(
    api, customer, admin, colleague, make_ticket, make_message, count
):
    ticket = make_ticket(customer, assigned_to=admin.id)
    make_message(customer, ticket=ticket)

    api(colleague).get(f"/api/tickets/{ticket.id}/messages")

    assert count(admin) == 0


def test_the_unread_count_of_a_former_admin_has_no_assigned_tickets(
    api, customer, admin, colleague, make_ticket, make_message, count
):
    closed = make_ticket(customer, assigned_to=admin.id, status=Status.CLOSED)
    make_message(customer, ticket=closed)
    make_message(colleague, ticket=make_ticket(admin))

    api(colleague).patch(f"/api/users/{admin.id}", json={"role": "customer"})

    assert count(admin) == 1


@pytest.mark.parametrize(
    ("viewer", "unread"), [("customer", 2), ("admin", 1), ("colleague", 1)]
)
def test_a_ticket_shows_the_unread_count_of_the_viewers_side(
    api, customer, admin, ticket, make_message, request, viewer, unread
):
    for author in (customer, admin, admin):
        make_message(author)
    client = api(request.getfixturevalue(viewer))

    shown = client.get(f"/api/tickets/{ticket.id}").json
    [listed] = client.get("/api/tickets").json["data"]

    assert (shown["unread_count"], listed["unread_count"]) == (unread, unread)
