"""Socket events of comments."""

import pytest

from ticketing.accounts.models import User
from ticketing.comments import service
from ticketing.core.database import db
from ticketing.core.transaction import transaction


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}/comments"


@pytest.mark.parametrize("internal", [False, True])
def test_a_socket_receives_the_comment_that_the_author_got_back(
    api, admin, listen, ticket, url, internal
):
    client = listen(admin)

    response = api(admin).post(url, json={"content": "Hm.", "internal": internal})

    [packet] = client.get_received()
    payload, event = packet["args"]
    assert packet["name"] == "comment.added"
    assert payload == response.json
    assert event.pop("created_at") >= payload["created_at"]
    assert event == {
        "seq": 1,
        "ticket_id": ticket.id,
        "name": "comment.added",
        "actor_id": admin.id,
        **({"internal": True} if internal else {}),
    }


def test_every_socket_in_the_room_receives_edits_and_deletions_of_comments(
    api, customer, admin, listen, heard, comment
):
    clients = [listen(customer), listen(admin)]

    edited = api(customer).put(f"/api/comments/{comment.id}", json={"content": "Out."})
    api(admin).delete(f"/api/comments/{comment.id}")

    for client in clients:
        received = [
            (e["seq"], e["name"], e["actor_id"], e["payload"]) for e in heard(client)
        ]
        assert received == [
            (1, "comment.edited", customer.id, edited.json),
            (2, "comment.deleted", admin.id, {"id": comment.id}),
        ]


def test_sockets_outside_the_room_receive_no_comment(
    api, live, customer, colleague, stranger, url
):
    outside = [live(user) for user in (customer, colleague, stranger)]

    api(customer).post(url, json={"content": "It smells."})

    assert [client.get_received() for client in outside] == [[], [], []]


@pytest.mark.parametrize(
    ("who", "method", "body"),
    [
        ("stranger", "PUT", {"content": "x"}),
        ("admin", "PUT", {"content": "x"}),
        ("customer", "PUT", {"content": ""}),
        ("stranger", "DELETE", None),
    ],
)
def test_a_refused_comment_emits_nothing(
    api, request, admin, listen, comment, who, method, body
):
    client, actor = listen(admin), request.getfixturevalue(who)

    response = api(actor).open(f"/api/comments/{comment.id}", method=method, json=body)

    assert response.status_code >= 400
    assert client.get_received() == []


@pytest.fixture
def fail_to_comment(app, customer, ticket):
    """Add a comment and publish its event, then roll back."""

    @transaction()
    def comment_in_vain():
        service.add_comment(db.session.get(User, customer.id), ticket.id, "It…")
        raise ZeroDivisionError

    def fail():
        with app.app_context(), pytest.raises(ZeroDivisionError):
            comment_in_vain()

    return fail


def test_a_rolled_back_comment_is_neither_emitted_nor_stored(
    api, customer, listen, ticket, fail_to_comment
):
    client = listen(customer)

    fail_to_comment()

    assert client.get_received() == []
    for what in ("comments", "events"):
        assert api(customer).get(f"/api/tickets/{ticket.id}/{what}").json["data"] == []


def test_a_rolled_back_comment_leaves_no_gap_in_the_numbers(
    api, customer, listen, heard, url, fail_to_comment
):
    client = listen(customer)
    fail_to_comment()

    api(customer).post(url, json={"content": "Hm."})

    assert [entry["seq"] for entry in heard(client)] == [1]
