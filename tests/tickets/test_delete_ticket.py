"""DELETE /api/tickets/<id>"""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from sqlalchemy import func, select

from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.history.models import Entry


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}"


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_owner_and_admins_can_delete_a_ticket(api, request, url, who):
    actor = request.getfixturevalue(who)

    response = api(actor).delete(url)

    assert (response.status_code, response.data) == (204, b"")
    assert api(actor).get(url).status_code == 404
    assert api(actor).get("/api/tickets").json["data"] == []


def test_deleting_a_ticket_twice_is_not_found(api, customer, url):
    api(customer).delete(url)

    assert api(customer).delete(url).status_code == 404


def test_one_of_eight_concurrent_deletions_of_a_ticket_succeeds(
    api, live, heard, customer, admin, url
):
    clients, socket = [api(customer) for _ in range(8)], live(admin)

    with ThreadPoolExecutor(8) as pool:
        statuses = list(
            pool.map(lambda client: client.delete(url).status_code, clients)
        )

    assert sorted(statuses) == [204] + 7 * [404]
    assert len(heard(socket)) == 1


def test_deleting_a_ticket_deletes_its_comments_messages_and_history(
    app, api, admin, customer, url, comment, note, make_message
):
    message = make_message(customer)
    api(admin).patch(url, json={"status": "resolved"})
    api(admin).post(f"{url}/comments", json={"content": "Hm.", "internal": True})

    api(admin).delete(url)

    gone = [f"{url}/{part}" for part in ("comments", "messages", "events")]
    gone += [f"/api/comments/{comment.id}", f"/api/comments/{note.id}"]
    gone += [f"/api/messages/{message.id}"]
    assert {api(admin).get(path).status_code for path in gone} == {404}
    with app.app_context():
        for model in (Comment, Message, Entry):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0


def test_deleting_a_ticket_deletes_its_file(
    app, api, customer, url, monkeypatch, tmp_path
):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    api(customer).patch(url, data={"attachment": (BytesIO(b"It burns."), "log.txt")})
    before = [path for path in tmp_path.rglob("*") if path.is_file()]

    api(customer).delete(url)

    assert len(before) == 1
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_ticket_whose_file_is_missing_can_be_deleted(
    app, api, customer, url, monkeypatch, tmp_path
):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    api(customer).patch(url, data={"attachment": (BytesIO(b"It burns."), "log.txt")})
    for path in tmp_path.rglob("*"):
        if path.is_file():
            path.unlink()

    assert api(customer).delete(url).status_code == 204


def test_deleting_a_ticket_keeps_other_tickets(
    api, make_ticket, make_message, customer, url, comment, ticket
):
    other = make_ticket(customer)
    make_message(customer, ticket=other)

    api(customer).delete(url)

    left = api(customer).get(f"/api/tickets/{other.id}/messages").json["data"]
    assert len(left) == 1


def test_room_lobby_and_owner_receive_a_ticket_deletion_once(
    api, live, listen, heard, customer, stranger, admin, colleague, ticket, url
):
    sockets = [listen(admin), live(colleague), live(customer), live(stranger)]

    api(admin).delete(url)

    received = [heard(socket) for socket in sockets]
    event = received[0][0]
    created_at = event.pop("created_at")
    assert event == {
        "ticket_id": ticket.id,
        "name": "ticket.deleted",
        "actor_id": admin.id,
        "payload": {"id": ticket.id},
    }
    whole = {**event, "created_at": created_at}
    assert received == [[event], [whole], [whole], []]


def test_a_refused_ticket_deletion_emits_nothing(
    api, listen, heard, stranger, admin, url
):
    socket = listen(admin)

    api(stranger).delete(url)

    assert heard(socket) == []


def test_the_id_of_a_deleted_ticket_is_not_reused(api, customer, category, ticket, url):
    api(customer).delete(url)

    response = api(customer).post(
        "/api/tickets",
        json={
            "category_id": category.id,
            "subject": "Smoke",
            "description": "Again.",
            "priority": "low",
        },
    )

    assert response.json["id"] > ticket.id
