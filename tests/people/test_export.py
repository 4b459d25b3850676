"""GET /api/me/export"""

import json
import tracemalloc
from collections import Counter
from io import BytesIO

import pytest
from people.conftest import CANARY

from ticketing.chat.models import Message
from ticketing.core.database import db
from ticketing.history.models import Entry, Stream
from ticketing.people import export
from ticketing.tickets.models import Side

MESSAGES = 10_000


@pytest.fixture
def exported(api):
    """Return the lines of a user's export, parsed."""

    def exported(user):
        response = api(user).get("/api/me/export", buffered=True)
        assert response.status_code == 200
        assert response.content_type == "application/x-ndjson"
        return [json.loads(line) for line in response.text.splitlines()]

    return exported


def test_an_export_has_all_data_that_users_can_read_about_themselves(
    api, leaver, write_everywhere, exported
):
    ticket_id = write_everywhere(leaver)

    lines = exported(leaver)

    url, http = f"/api/tickets/{ticket_id}", api(leaver)
    found = {line["type"]: line["data"] for line in lines}
    counted = Counter(line["type"] for line in lines)
    events = [line["data"] for line in lines if line["type"] == "event"]
    [comment] = http.get(f"{url}/comments").json["data"]
    [message, _] = http.get(f"{url}/messages?mark_read=false").json["data"]
    assert found["account"] == http.get("/api/me").json
    assert found["notifications"] == http.get("/api/me/notifications").json
    assert events == http.get(f"{url}/events").json["data"]
    assert found["ticket"].items() >= http.get(url).json.items()
    assert (found["comment"], found["message"]) == (comment, message)
    files = [line["data"]["url"] for line in lines if line["type"] == "file"]
    unsent = lines[-1]["data"]
    sent = [f"{url}/attachment", message["files"][0]["url"]]
    assert files == [*sent, unsent["url"]]
    assert (unsent["ticket_id"], unsent["name"]) == (ticket_id, f"{CANARY} 11.txt")
    assert found["rating"].items() >= {"ticket_id": ticket_id, "score": 4}.items()
    assert set(counted) == {
        *("account", "notifications", "ticket", "file", "rating", "event"),
        *("comment", "message"),
    }


def test_an_export_of_a_customer_has_nothing_internal_and_nothing_of_others(
    api, admin, customer, stranger, make_ticket, exported
):
    own, others = make_ticket(customer), make_ticket(stranger, subject="Secret")
    note = {"content": "Secret", "internal": True}
    http = api(admin)
    http.post(f"/api/tickets/{own.id}/comments", json=note)
    http.put(f"/api/tickets/{own.id}/tags", json={"tags": ["Secret"]})
    api(stranger).post(f"/api/tickets/{others.id}/messages", json={"message": "Secret"})

    lines = exported(customer)

    types = [line["type"] for line in lines]
    text = json.dumps(lines)
    assert types == ["account", "notifications", "ticket"]
    assert "Secret" not in text
    assert not {"sla", "tags", "last_staff_seq"} & set(lines[2]["data"])


def test_an_export_of_an_admin_has_what_they_wrote_on_tickets_of_others(
    api, admin, ticket, exported, make_ticket
):
    http, url = api(admin), f"/api/tickets/{ticket.id}"
    http.post(f"{url}/comments", json={"content": "Arson?", "internal": True})
    http.post(f"{url}/messages", json={"message": "Unplug it."})
    http.post("/api/views", json={"name": "Mine", "query": {}})
    own = make_ticket(admin)

    data = [(line["type"], line["data"]) for line in exported(admin)]

    assert [kind for kind, _ in data] == [
        *("account", "notifications", "view", "ticket", "comment", "message"),
    ]
    assert [found["id"] for kind, found in data if kind == "ticket"] == [own.id]


def test_an_export_lacks_what_a_former_admin_may_no_longer_read(
    api, admin, colleague, ticket, exported
):
    url = f"/api/tickets/{ticket.id}/messages"
    api(colleague).post(url, json={"message": "Unplug it."})
    api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})

    lines = exported(colleague)

    assert [line["type"] for line in lines] == ["account", "notifications"]


def test_an_export_lacks_the_internal_comments_of_a_former_admin(
    api, admin, colleague, make_ticket, exported
):
    url = f"/api/tickets/{make_ticket(colleague).id}/comments"
    for internal in (True, False):
        api(colleague).post(url, json={"content": "Arson?", "internal": internal})
    api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})

    lines = exported(colleague)

    [comment] = [line["data"] for line in lines if line["type"] == "comment"]
    assert not comment["internal"]


def test_an_export_has_the_items_of_all_pages(
    customer, ticket, make_ticket, exported, monkeypatch, make_message
):
    monkeypatch.setattr(export, "PAGE_SIZE", 2)
    tickets = [ticket, *(make_ticket(customer) for _ in range(4))]
    messages = [make_message(customer, ticket=tickets[0]) for _ in range(5)]

    lines = exported(customer)

    ids = [(line["type"], line["data"]["id"]) for line in lines[2:]]
    assert ids == [
        *(("ticket", ticket.id) for ticket in tickets),
        *(("message", message.id) for message in messages),
    ]


def test_a_user_can_receive_one_export_at_a_time(api, customer, stranger):
    first = api(customer).get("/api/me/export")  # sent, as soon as it is read

    statuses = [
        api(user).get("/api/me/export", buffered=True).status_code
        for user in (customer, stranger)
    ]
    first.close()

    assert statuses == [429, 200]
    assert api(customer).get("/api/me/export", buffered=True).status_code == 200


@pytest.mark.slow
def test_an_export_of_ten_thousand_messages_is_streamed(
    app, api, customer, ticket, stranger
):
    text = "x" * 500
    own = {"ticket_id": ticket.id, "user_id": customer.id, "message": text}
    entry = {"ticket_id": ticket.id, "stream": Stream.PUBLIC, "actor_id": customer.id}
    with app.app_context():
        rows = [own | {"side": Side.CUSTOMER} for _ in range(MESSAGES)]
        db.session.execute(Message.__table__.insert(), rows)
        payload = {"message": text}
        entries = [
            entry | {"seq": seq, "name": "message.sent", "payload": payload}
            for seq in range(1, MESSAGES + 1)
        ]
        db.session.execute(Entry.__table__.insert(), entries)
        db.session.commit()
    api(stranger).get("/api/me/export", buffered=True)  # what is loaded once

    tracemalloc.start()
    response = api(customer).get("/api/me/export")
    sizes = [len(chunk) for chunk in response.iter_encoded()]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(sizes) == 3 + 2 * MESSAGES
    assert sum(sizes) > 10_000_000
    assert peak < 3_000_000


def test_an_export_goes_on_when_a_ticket_is_deleted_meanwhile(
    api, customer, make_ticket
):
    tickets = [make_ticket(customer) for _ in range(3)]
    lines = api(customer).get("/api/me/export").iter_encoded()
    read = [next(lines) for _ in range(3)]  # the account, what it is mailed, a ticket

    api(customer).delete(f"/api/tickets/{tickets[1].id}")
    read += lines

    types = Counter(json.loads(line)["type"] for line in read)
    assert types["ticket"] == 3


def test_an_export_lacks_unsent_files_that_a_former_admin_may_no_longer_read(
    api, admin, colleague, ticket
):
    file = {"file": (BytesIO(b"x"), "a.txt")}
    api(colleague).post(f"/api/tickets/{ticket.id}/files", data=file)
    api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})

    exported = api(colleague).get("/api/me/export", buffered=True).text

    assert "a.txt" not in exported
