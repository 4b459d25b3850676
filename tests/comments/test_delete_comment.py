"""DELETE /api/comments/<id>"""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from sqlalchemy import select

from ticketing.accounts.models import User
from ticketing.chat.events import MessageSent
from ticketing.comments import service
from ticketing.core.database import db
from ticketing.core.transaction import publish, transaction
from ticketing.history.models import Entry
from ticketing.tickets.access import lock_ticket


def events(client, ticket):
    return client.get(f"/api/tickets/{ticket.id}/events").json["data"]


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_author_and_admins_can_delete_a_comment(
    api, request, customer, ticket, comment, who
):
    client = api(request.getfixturevalue(who))

    response = client.delete(f"/api/comments/{comment.id}")

    assert (response.status_code, response.data) == (204, b"")
    assert api(customer).get(f"/api/tickets/{ticket.id}/comments").json["data"] == []
    [entry] = events(client, ticket)
    assert (entry["name"], entry["payload"]) == (
        "comment.deleted",
        {"id": comment.id},
    )


def test_an_admin_can_delete_a_comment_of_a_colleague(api, colleague, reply):
    assert api(colleague).delete(f"/api/comments/{reply.id}").status_code == 204


def test_deleting_a_comment_twice_is_not_found(api, customer, ticket, comment):
    api(customer).delete(f"/api/comments/{comment.id}")

    response = api(customer).delete(f"/api/comments/{comment.id}")

    assert response.status_code == 404
    assert len(events(api(customer), ticket)) == 1


def test_deleting_a_comment_erases_its_text_from_the_public_history(
    api, customer, admin, ticket
):
    url, client = f"/api/tickets/{ticket.id}/comments", api(customer)
    said = client.post(url, json={"content": "My PIN is 1234."}).json
    kept = api(admin).post(url, json={"content": "Never tell!"}).json
    edited = client.put(f"/api/comments/{said['id']}", json={"content": "1 2 3 4"}).json

    client.delete(f"/api/comments/{said['id']}")

    entries = events(client, ticket)
    assert [(entry["seq"], entry["name"], entry["payload"]) for entry in entries] == [
        (1, "comment.added", {**said, "content": None, "files": None}),
        (2, "comment.added", kept),
        (3, "comment.edited", {**edited, "content": None, "files": None}),
        (4, "comment.deleted", {"id": said["id"]}),
    ]


def test_deleting_an_internal_comment_erases_its_text_from_the_staff_stream(
    api, admin, ticket
):
    client = api(admin)
    said = client.post(
        f"/api/tickets/{ticket.id}/comments",
        json={"content": "Arson?", "internal": True},
    ).json

    client.delete(f"/api/comments/{said['id']}")

    url = f"/api/tickets/{ticket.id}/events?stream=staff"
    entries = [entry["payload"] for entry in client.get(url).json["data"]]
    assert entries == [{**said, "content": None, "files": None}, {"id": said["id"]}]


def test_deleting_a_comment_keeps_the_text_of_a_message_with_the_same_id(
    app, api, customer, ticket, comment
):
    message = {"id": comment.id, "user_id": customer.id}
    message |= {"message": "Hello?", "content": "kept"}

    @transaction()
    def publish_message():
        lock_ticket(db.session.get(User, customer.id), ticket.id)
        publish(MessageSent(ticket.id, customer.id, message))

    with app.app_context():
        publish_message()

    api(customer).delete(f"/api/comments/{comment.id}")

    with app.app_context():
        first = db.session.scalars(select(Entry).order_by(Entry.seq)).first()
        assert first.payload == message


def test_deleting_a_comment_restores_waiting_on(api, customer, admin, ticket):
    url = f"/api/tickets/{ticket.id}"
    said = [
        api(actor).post(f"{url}/comments", json={"content": "Hm."}).json["id"]
        for actor in (customer, admin, customer)
    ]
    sides = []

    for comment_id in (said[2], said[1], said[0]):
        api(admin).delete(f"/api/comments/{comment_id}")
        sides.append(api(customer).get(url).json["waiting_on"])

    assert sides == ["customer", "support", "support"]


def test_the_second_of_two_concurrent_deletions_of_a_comment_is_not_found(
    app, api, customer, comment
):
    client, deleted, commit = api(customer), Event(), Event()

    @transaction()
    def delete_slowly():
        service.delete_comment(db.session.get(User, customer.id), comment.id)
        deleted.set()
        assert commit.wait(10)

    def first():
        with app.app_context():
            delete_slowly()

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(first)
        assert deleted.wait(10)
        second = pool.submit(client.delete, f"/api/comments/{comment.id}")
        commit.set()

        slow.result(10)
        assert second.result(10).status_code == 404
