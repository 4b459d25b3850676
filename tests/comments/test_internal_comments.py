"""Internal comments, which do not exist for customers."""

import pytest

from ticketing.comments.models import Comment

NOTE = {"content": "Arson?", "internal": True}


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}/comments"


@pytest.fixture
def look(live, api, customer, ticket):
    """Return everything that the customer can see of the ticket."""
    client = api(customer)
    paths = (
        f"/api/tickets/{ticket.id}",
        "/api/tickets",
        "/api/tickets?sort=-last_activity_at",
        f"/api/tickets/{ticket.id}/comments",
        f"/api/tickets/{ticket.id}/comments?limit=1",
        f"/api/tickets/{ticket.id}/comments?limit=1&after=0",
        f"/api/tickets/{ticket.id}/messages?mark_read=false",
        f"/api/tickets/{ticket.id}/events",
        "/api/messages/unread-count",
    )

    def look():
        answers = [client.get(path) for path in paths]
        joined = live(customer).emit(
            "join", {"ticket_id": ticket.id, "after": 0}, callback=True
        )
        seen = [
            (a.status_code, a.json, a.headers.get("ETag"), a.headers.get("Link"))
            for a in answers
        ]
        return [*seen, joined]

    return look


def test_admins_can_write_and_read_internal_comments(api, admin, colleague, url):
    response = api(admin).post(url, json=NOTE)

    assert (response.status_code, response.json["internal"]) == (201, True)
    assert api(colleague).get(url).json["data"] == [response.json]
    shown = api(colleague).get(response.headers["Location"])
    assert (shown.status_code, shown.json) == (200, response.json)


def test_a_customer_may_send_internal_false(api, customer, url):
    response = api(customer).post(url, json={**NOTE, "internal": False})

    assert (response.status_code, response.json["internal"]) == (201, False)


def test_an_admin_who_opened_the_ticket_sees_its_internal_comments(
    api, admin, colleague, make_ticket
):
    url = f"/api/tickets/{make_ticket(admin).id}/comments"

    note = api(colleague).post(url, json=NOTE)

    assert api(admin).get(url).json["data"] == [note.json]


def test_nothing_that_a_customer_sees_changes_with_an_internal_comment(
    api, admin, customer, make_message, comment, listen, look, url
):
    make_message(admin)
    api(customer).put(f"/api/comments/{comment.id}", json={"content": "Out."})
    before, socket = look(), listen(customer)
    socket.get_received()

    seen, note = [], api(admin).post(url, json=NOTE).headers["Location"]
    seen.append(look())
    api(admin).put(note, json={"content": "No."})
    seen.append(look())
    api(admin).delete(note)
    seen.append(look())

    assert seen == [before] * 3
    assert socket.get_received() == []


def test_later_events_do_not_reveal_an_internal_comment_to_customers(
    api, admin, customer, make_ticket
):
    received = []
    for noted in (False, True):
        ticket = make_ticket(customer)
        url = f"/api/tickets/{ticket.id}/comments"
        if noted:
            api(admin).post(url, json=NOTE)
        api(customer).post(url, json={"content": "Hm."})
        events = api(customer).get(f"/api/tickets/{ticket.id}/events").json["data"]
        received.append([(entry["seq"], entry["name"]) for entry in events])

    assert received[0] == received[1] == [(1, "comment.added")]


def test_pages_of_comments_are_full_though_internal_ones_are_left_out(
    api, save, admin, customer, ticket, comment, note, url
):
    last = save(Comment(ticket_id=ticket.id, user_id=customer.id, content="Last."))

    pages = [
        api(customer).get(f"{url}?{query}").json
        for query in ("limit=2", "limit=1", f"limit=1&after={comment.id}")
    ]

    assert [[c["id"] for c in page["data"]] for page in pages] == [
        [comment.id, last.id],
        [last.id],
        [last.id],
    ]
    assert [page["next"] for page in pages] == [None, last.id, None]


def test_internal_cannot_be_changed_by_an_edit(api, admin, note):
    response = api(admin).put(
        f"/api/comments/{note.id}", json={"content": "x", "internal": False}
    )

    assert (response.status_code, list(response.json["errors"])) == (422, ["internal"])


def test_an_internal_comment_does_not_count_as_a_reply(
    api, admin, customer, make_ticket
):
    ticket = make_ticket(customer)
    url = f"/api/tickets/{ticket.id}"
    api(admin).patch(url, json={"status": "resolved"})
    known = api(admin).get(url).json

    api(admin).post(f"{url}/comments", json=NOTE)

    sent = api(customer).post(
        f"{url}/messages",
        json={"message": "Thanks.", "if_last_seq": known["last_seq"]},
    )
    assert known["waiting_on"] == "support"
    assert sent.status_code == 201


def test_all_events_of_an_internal_comment_are_in_the_staff_stream_only(
    api, live, admin, listen, heard, ticket, url
):
    staff = listen(admin)

    said = api(admin).post(url, json=NOTE)
    api(admin).put(said.headers["Location"], json={"content": "No."})
    api(admin).delete(said.headers["Location"])

    names = ["comment.added", "comment.edited", "comment.deleted"]
    ack = live(admin).emit(
        "join", {"ticket_id": ticket.id, "after": 0, "staff_after": 0}, callback=True
    )
    assert [(e["seq"], e["name"], e["internal"]) for e in heard(staff)] == [
        (seq, name, True) for seq, name in enumerate(names, 1)
    ]
    assert [entry["name"] for entry in ack["data"]["staff"]["events"]] == names
    assert ack["data"]["staff"]["last_seq"] == 3
    assert (ack["data"]["events"], ack["data"]["last_seq"]) == ([], 0)
