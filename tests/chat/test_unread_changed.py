"""``unread.changed`` reaches exactly the users whose total has changed."""

import pytest


def totals(client):
    """Return the totals that a client has received since the last call."""
    packets = [p for p in client.get_received() if p["name"] == "unread.changed"]
    assert all(list(p["args"][0]) == ["unread_count"] for p in packets)
    return [p["args"][0]["unread_count"] for p in packets]


@pytest.fixture
def say(api):
    def say(user, ticket):
        url = f"/api/tickets/{ticket.id}/messages"
        assert api(user).post(url, json={"message": "Hm."}).status_code == 201

    return say


@pytest.fixture
def mine(make_ticket, customer, admin):
    """A ticket of the customer, assigned to the admin."""
    return make_ticket(customer, assigned_to=admin.id)


@pytest.fixture
def sockets(live, customer, admin, colleague, stranger):
    """A socket of each user, without any room joined."""
    return [live(user) for user in (customer, admin, colleague, stranger)]


def received_totals(sockets):
    """Return the totals that customer, admin, colleague and stranger received."""
    return [totals(socket) for socket in sockets]


def test_a_message_of_support_changes_the_unread_total_of_the_customer(
    say, admin, mine, ticket, sockets
):
    say(admin, mine)
    say(admin, ticket)

    assert received_totals(sockets) == [[1, 2], [], [], []]


def test_every_socket_of_a_user_receives_the_unread_total(
    say, live, customer, admin, mine
):
    sockets = [live(customer), live(customer)]

    say(admin, mine)

    assert [totals(socket) for socket in sockets] == [[1], [1]]


def test_a_message_of_the_customer_changes_the_unread_total_of_the_assignee(
    say, customer, mine, ticket, sockets
):
    say(customer, mine)
    say(customer, ticket)  # assigned to nobody
    say(customer, mine)

    assert received_totals(sockets) == [[], [1, 2], [], []]


def test_a_socket_in_the_room_receives_the_unread_total_once(
    say, customer, admin, listen, ticket
):
    client = listen(customer)

    say(admin, ticket)

    assert totals(client) == [1]


def test_unread_totals_treat_an_admin_as_customer_of_their_own_ticket(
    say, make_ticket, admin, colleague, sockets
):
    own = make_ticket(admin, assigned_to=colleague.id)

    say(admin, own)
    say(colleague, own)

    assert received_totals(sockets) == [[], [1], [1], []]


def test_a_ticket_assigned_to_its_own_customer_counts_for_them_as_customer_only(
    say, make_ticket, admin, colleague, sockets
):
    own = make_ticket(admin, assigned_to=admin.id)

    say(admin, own)
    say(colleague, own)

    assert received_totals(sockets) == [[], [1], [], []]


@pytest.mark.parametrize("over", ["list", "read", "socket"])
def test_reading_messages_changes_the_unread_total_of_the_reader(
    api, live, say, admin, customer, mine, sockets, over
):
    say(admin, mine)
    received_totals(sockets)
    url = f"/api/tickets/{mine.id}/messages"

    for _ in range(2):  # the second time there is nothing left to read
        if over == "list":
            api(customer).get(url)
        elif over == "read":
            api(customer).post(f"{url}/read", json={"up_to": 2**63 - 1})
        else:
            data = {"ticket_id": mine.id, "up_to": 2**63 - 1}
            live(customer).emit("message.read", data, callback=True)

    assert received_totals(sockets) == [[0], [], [], []]


def test_a_reading_by_any_admin_changes_the_unread_total_of_the_assignee(
    api, say, customer, colleague, mine, sockets
):
    say(customer, mine)
    received_totals(sockets)

    api(colleague).get(f"/api/tickets/{mine.id}/messages")

    assert received_totals(sockets) == [[], [0], [], []]


def test_listing_messages_without_marking_changes_no_unread_total(
    api, say, admin, customer, mine, sockets
):
    say(admin, mine)
    received_totals(sockets)

    api(customer).get(f"/api/tickets/{mine.id}/messages?mark_read=false")

    assert received_totals(sockets) == [[], [], [], []]


def test_an_assignment_moves_unread_messages_to_the_new_assignees_total(
    api, say, customer, admin, colleague, mine, ticket, sockets
):
    say(customer, mine)
    say(admin, mine)
    received_totals(sockets)
    url = f"/api/tickets/{mine.id}"

    seen = []
    for assignee in (colleague.id, None, admin.id):
        api(admin).patch(url, json={"assigned_to": assignee, "priority": "high"})
        seen.append(received_totals(sockets))

    assert seen == [
        [[], [0], [1], []],
        [[], [], [0], []],
        [[], [1], [], []],
    ]


def test_an_assignment_without_unread_messages_changes_no_unread_total(
    api, say, admin, colleague, mine, sockets
):
    say(admin, mine)
    received_totals(sockets)

    api(admin).patch(f"/api/tickets/{mine.id}", json={"assigned_to": colleague.id})

    assert received_totals(sockets) == [[], [], [], []]


def test_status_changes_and_comments_change_no_unread_total(
    api, say, customer, admin, mine, sockets
):
    for author in (customer, admin):
        say(author, mine)
    received_totals(sockets)

    api(admin).patch(f"/api/tickets/{mine.id}", json={"status": "closed"})
    api(admin).post(f"/api/tickets/{mine.id}/comments", json={"content": "Bye."})

    assert received_totals(sockets) == [[], [], [], []]


def test_deleting_a_ticket_changes_the_unread_totals_of_its_readers(
    api, say, customer, admin, mine, ticket, sockets
):
    for author in (customer, admin):
        say(author, mine)
    say(admin, ticket)
    received_totals(sockets)

    api(customer).delete(f"/api/tickets/{mine.id}")

    assert received_totals(sockets) == [[1], [0], [], []]


def test_deleting_a_ticket_without_unread_messages_changes_no_unread_total(
    api, customer, mine, sockets
):
    api(customer).delete(f"/api/tickets/{mine.id}")

    assert received_totals(sockets) == [[], [], [], []]


def test_a_refused_message_changes_no_unread_total(api, customer, mine, sockets):
    api(customer).post(
        f"/api/tickets/{mine.id}/messages", json={"message": "Hm.", "if_last_seq": 9}
    )

    assert received_totals(sockets) == [[], [], [], []]


def test_a_former_admin_receives_no_unread_total_as_assignee(
    api, say, live, customer, admin, colleague, mine
):
    url = f"/api/tickets/{mine.id}"
    api(colleague).patch(url, json={"status": "closed"})  # so it stays assigned
    api(colleague).patch(f"/api/users/{admin.id}", json={"role": "customer"})
    api(colleague).patch(url, json={"status": "open"})
    client = live(admin)

    say(customer, mine)

    assert totals(client) == []
