"""Recording events: each once, in one order, under concurrent writers."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select

from ticketing.accounts.models import User
from ticketing.comments.events import CommentAdded, CommentDeleted
from ticketing.core.database import db
from ticketing.core.transaction import publish, transaction
from ticketing.history.models import Entry
from ticketing.tickets.access import lock_ticket

WRITERS, EACH = 8, 4


def replayed(client, ticket, stream="public"):
    url = f"/api/tickets/{ticket.id}/events?limit=100&stream={stream}"
    return client.get(url).json["data"]


@pytest.fixture
def as_actor(app, admin, ticket):
    """Run something in one transaction, having locked the ticket."""

    def as_actor(then):
        @transaction()
        def run():
            lock_ticket(db.session.get(User, admin.id), ticket.id)
            then()

        with app.app_context():
            run()

    return as_actor


def test_concurrent_comments_are_recorded_without_a_gap(
    api, admin, ticket, listen, heard
):
    url = f"/api/tickets/{ticket.id}/comments"
    jobs = [(api(admin), internal) for internal in [False, True] * (WRITERS // 2)]
    room = listen(admin)

    def write(job):
        client, internal = job
        comment = {"content": "!", "internal": internal}
        return [client.post(url, json=comment).status_code for _ in range(EACH)]

    with ThreadPoolExecutor(WRITERS) as pool:
        statuses = sum(pool.map(write, jobs), [])

    assert statuses == [201] * WRITERS * EACH
    told = heard(room)
    stored = api(admin).get(f"{url}?limit=100").json["data"]
    for stream, internal in (("public", False), ("staff", True)):
        replay = replayed(api(admin), ticket, stream)
        assert [e["seq"] for e in replay] == list(range(1, WRITERS // 2 * EACH + 1))
        # The order of the log is the order in which it happened, and was heard.
        assert [entry["payload"] for entry in replay] == [
            comment for comment in stored if comment["internal"] == internal
        ]
        assert [entry for entry in told if ("internal" in entry) == internal] == replay


def test_concurrent_changes_of_all_kinds_are_recorded_without_a_gap(
    api, admin, customer, ticket
):
    url = f"/api/tickets/{ticket.id}"
    calls = [
        lambda c, n: c.post(f"{url}/comments", json={"content": f"{n}"}),
        lambda c, n: c.post(f"{url}/messages", json={"message": f"{n}"}),
        lambda c, n: c.patch(url, json={"subject": f"Fire {n}"}),
        lambda c, n: c.get(f"{url}/messages"),
    ]
    jobs = [
        (api(actor), call) for actor in (admin, customer) for call in calls
    ]  # eight

    def write(number):
        client, call = jobs[number]
        return [call(client, number * EACH + n).status_code for n in range(EACH)]

    with ThreadPoolExecutor(WRITERS) as pool:
        statuses = sum(pool.map(write, range(WRITERS)), [])

    entries = replayed(api(admin), ticket)
    assert set(statuses) <= {200, 201}
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry["created_at"] for entry in entries] == sorted(
        {entry["created_at"] for entry in entries}
    )
    assert api(admin).get(url).json["last_seq"] == len(entries) >= 6 * EACH


def test_concurrent_editors_of_one_comment_all_succeed(api, customer, ticket, comment):
    clients = [api(customer) for _ in range(WRITERS)]

    def edit(number):
        return clients[number].put(
            f"/api/comments/{comment.id}", json={"content": f"{number}"}
        )

    with ThreadPoolExecutor(WRITERS) as pool:
        answers = list(pool.map(edit, range(WRITERS)))

    entries = replayed(api(customer), ticket)
    shown = api(customer).get(f"/api/comments/{comment.id}").json
    assert [answer.status_code for answer in answers] == [200] * WRITERS
    assert len(entries) == WRITERS
    assert entries[-1]["payload"] == shown


def test_a_rollback_leaves_no_gap_in_the_log(
    as_actor, api, admin, listen, heard, ticket
):
    room = listen(admin)

    def tell(payload):
        publish(CommentDeleted(ticket.id, admin.id, payload))

    def tell_in_vain():
        tell({"id": 1})
        raise ZeroDivisionError

    as_actor(lambda: tell({"id": 2}))
    with pytest.raises(ZeroDivisionError):
        as_actor(tell_in_vain)
    as_actor(lambda: tell({"id": 3}))

    told = [(e["seq"], e["payload"]["id"]) for e in replayed(api(admin), ticket)]
    assert told == [(1, 2), (2, 3)]
    assert heard(room) == replayed(api(admin), ticket)


def test_recording_an_event_without_the_ticket_lock_is_refused(app, api, admin, ticket):
    @transaction()
    def forget_to_lock():
        publish(CommentAdded(ticket.id, admin.id, {"id": 1}))

    with app.app_context(), pytest.raises(RuntimeError, match="without lock_ticket"):
        forget_to_lock()

    assert replayed(api(admin), ticket) == []


def test_recording_a_payload_that_is_not_json_is_refused(as_actor, api, admin, ticket):
    odd = {"who": SimpleNamespace()}

    with pytest.raises(Exception, match="not JSON"):
        as_actor(lambda: publish(CommentAdded(ticket.id, admin.id, odd)))

    assert replayed(api(admin), ticket) == []


def test_deleting_a_ticket_deletes_its_log(app, api, customer, admin, ticket):
    url = f"/api/tickets/{ticket.id}"
    for internal in (False, True):
        comment = {"content": "Hm.", "internal": internal}
        api(admin).post(f"{url}/comments", json=comment)

    api(customer).delete(url)

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Entry)) == 0
