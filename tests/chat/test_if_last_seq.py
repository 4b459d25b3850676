"""``if_last_seq``: a message is refused if another user replied after it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ticketing.history.models import Entry


def url(ticket, what):
    return f"/api/tickets/{ticket.id}/{what}"


@pytest.fixture
def answer(api, admin, ticket):
    """Answer as the admin, who knows the ticket up to a ``seq``."""
    client = api(admin)

    def answer(seq):
        body = {"message": "Unplug it.", "if_last_seq": seq}
        return client.post(url(ticket, "messages"), json=body)

    return answer


@pytest.fixture
def said(api, admin, ticket):
    """Return the texts of the messages on the ticket."""

    def said():
        found = api(admin).get(url(ticket, "messages?mark_read=false")).json["data"]
        return [message["message"] for message in found]

    return said


@pytest.mark.parametrize(
    ("what", "text"), [("messages", "message"), ("comments", "content")]
)
@pytest.mark.parametrize("who", ["customer", "colleague"])
def test_a_message_is_refused_after_a_reply_of_another_user(
    api, live, admin, ticket, answer, said, request, what, text, who
):
    author = api(request.getfixturevalue(who))
    author.patch(url(ticket, "").rstrip("/"), json={"priority": "high"})
    author.post(url(ticket, what), json={text: "Wait!"})
    missed = author.get(url(ticket, "events")).json["data"]
    before = said()

    response = answer(0)
    ack = live(admin).emit(
        "message.send",
        {"ticket_id": ticket.id, "message": "Unplug it.", "if_last_seq": 0},
        callback=True,
    )

    assert response.status_code == 409
    assert response.json == {
        "message": response.json["message"],
        "code": "conversation_moved",
        "events": missed,
    }
    assert ack == {"error": response.json}
    assert len(missed) == 2
    assert said() == before
    assert author.get(url(ticket, "events")).json["data"] == missed


def test_a_message_is_sent_with_the_last_seq_of_the_reply(
    api, customer, ticket, answer
):
    api(customer).post(url(ticket, "messages"), json={"message": "Wait!"})
    moved = answer(0).json["events"]

    assert answer(moved[-1]["seq"]).status_code == 201


def test_conversation_moved_has_only_the_events_that_were_missed(
    api, customer, ticket, answer
):
    for text in ("one", "two", "three"):
        api(customer).post(url(ticket, "messages"), json={"message": text})

    assert [entry["seq"] for entry in answer(1).json["events"]] == [2, 3]


def test_ones_own_messages_do_not_move_the_conversation(api, admin, ticket, answer):
    api(admin).post(url(ticket, "messages"), json={"message": "Hello!"})
    api(admin).post(url(ticket, "comments"), json={"content": "Hello!"})

    assert answer(0).status_code == 201


def test_edits_and_readings_do_not_move_the_conversation(
    api, customer, admin, colleague, ticket, answer
):
    api(admin).post(url(ticket, "messages"), json={"message": "Hello!"})
    written = api(customer).post(url(ticket, "comments"), json={"content": "Hm."}).json
    api(customer).put(f"/api/comments/{written['id']}", json={"content": "Hm?"})
    api(customer).delete(f"/api/comments/{written['id']}")
    api(customer).get(url(ticket, "messages"))
    api(colleague).patch(url(ticket, "").rstrip("/"), json={"priority": "low"})

    events = api(admin).get(url(ticket, "events?after=2")).json["data"]
    assert [entry["name"] for entry in events] == [
        "comment.edited",
        "comment.deleted",
        "message.read",
        "ticket.updated",
    ]
    assert answer(2).status_code == 201


def test_internal_comments_do_not_move_the_conversation(api, colleague, ticket, answer):
    note = {"content": "Arson?", "internal": True}
    api(colleague).post(url(ticket, "comments"), json=note)

    assert answer(0).status_code == 201


def test_conversation_moved_has_100_events_at_most(
    api, save, make_message, customer, ticket, answer
):
    make_message(customer)
    [message] = api(customer).get(url(ticket, "messages")).json["data"]
    entries = [
        Entry(
            ticket_id=ticket.id,
            stream="public",
            seq=seq,
            name="message.sent",
            actor_id=customer.id,
            payload=message,
        )
        for seq in range(1, 102)
    ]
    ticket.last_seq = len(entries)
    for row in (*entries, ticket):
        save(row)

    seqs = [entry["seq"] for entry in answer(0).json["events"]]

    assert seqs == list(range(1, 101))


@pytest.mark.parametrize("beyond", [1, 100, 2**63 - 1])
def test_if_last_seq_beyond_the_last_seq_is_invalid(ticket, answer, said, beyond):
    response = answer(beyond)

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["if_last_seq"]
    assert said() == []


def test_an_empty_if_last_seq_is_invalid(answer, said):
    response = answer("")

    assert (response.status_code, list(response.json["errors"])) == (
        422,
        ["if_last_seq"],
    )
    assert said() == []


def test_one_of_two_concurrent_answers_with_if_last_seq_is_sent(
    api, customer, admin, colleague, ticket, said
):
    api(customer).post(url(ticket, "messages"), json={"message": "Help!"})
    barrier = Barrier(2)

    def answer(client):
        barrier.wait(10)
        body = {"message": "Unplug it.", "if_last_seq": 1}
        return client.post(url(ticket, "messages"), json=body).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(answer, [api(admin), api(colleague)]))

    assert sorted(statuses) == [201, 409]
    assert said() == ["Help!", "Unplug it."]
