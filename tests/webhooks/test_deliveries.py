"""Deliveries to webhooks: their contents, their order, and their results."""

from datetime import timedelta

import pytest
import standardwebhooks

from ticketing.core.database import utcnow
from ticketing.core.transaction import after_commit
from ticketing.tickets.models import Priority
from ticketing.webhooks.events import WebhookSwitchedOff
from ticketing.webhooks.failing import FAILING_FOR

URL = "/api/webhooks"


@pytest.fixture
def now(time_machine):
    """Stop the clock."""
    time_machine.move_to(utcnow(), tick=False)


@pytest.fixture
def switched_off(app, monkeypatch):
    """Return the webhooks that were switched off."""
    from ticketing.core import transaction

    found = []
    handlers = transaction._after_commit
    monkeypatch.setitem(handlers, WebhookSwitchedOff, [])
    after_commit(WebhookSwitchedOff)(lambda event: found.append(event.webhook_id))
    return found


@pytest.fixture
def show(api, admin):
    """Return a webhook as it is now."""
    return lambda webhook: api(admin).get(f"{URL}/{webhook['id']}").json


@pytest.fixture
def retry(api, admin):
    """Retry a delivery; return the answer."""

    def retry(webhook, delivery):
        place = f"{URL}/{webhook['id']}/deliveries/{delivery['id']}"
        return api(admin).post(f"{place}/retry")

    return retry


@pytest.fixture
def batches(monkeypatch):
    """Let a transaction end two jobs at most; return how many each has ended."""
    from ticketing.jobs import service as jobs
    from ticketing.webhooks import failing

    clean_up, found = failing.clean_up, []

    def count(webhook_id):
        found.append(clean_up(webhook_id))
        return found[-1]

    monkeypatch.setattr(jobs, "BATCH_SIZE", 2)
    monkeypatch.setattr(failing, "clean_up", count)
    return found


def test_webhook_is_sent_what_the_room_is_sent(
    add_webhook, say, work, receiver, listen, heard, customer
):
    socket = listen(customer)
    add_webhook()

    say("Ünïcode?")
    work()

    [entry] = heard(socket)
    payload = entry.pop("payload")
    [received] = receiver.received
    assert received.json == {
        "type": "message.sent",
        "timestamp": entry["created_at"],
        "data": {"payload": payload, "event": entry},
    }
    assert received.path == "/hook?key=1"
    assert received.headers["Content-Type"] == "application/json"
    assert "Ünïcode?".encode() in received.body


def test_webhook_is_sent_what_a_rule_did(
    add_webhook, change_by_itself, work, receiver, ticket
):
    add_webhook()

    change_by_itself(priority=Priority.HIGH)
    work()

    [received] = receiver.received
    assert received.type == "ticket.updated"
    assert received.json["data"]["event"]["actor_id"] is None


def test_a_delivery_holds_no_connection_to_the_database(
    add_webhook, say, work, meanwhile, connections
):
    held = []
    add_webhook()
    meanwhile(lambda: held.append(connections()))

    say()
    work()

    assert held == [0]


def test_signature_can_be_verified_with_the_secret_alone(
    add_webhook, say, work, receiver
):
    secret = add_webhook().json["secret"]

    say()
    work()

    [received] = receiver.received
    verified = standardwebhooks.Webhook(secret).verify(received.body, received.headers)
    assert verified == received.json
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(secret).verify(received.body + b" ", received.headers)


def test_old_secret_signs_for_24_hours_beside_the_new_one(
    api, admin, add_webhook, say, work, receiver, now, time_machine
):
    webhook = add_webhook().json
    url = f"{URL}/{webhook['id']}/rotate-secret"
    new = api(admin).post(url).json["secret"]
    old = webhook["secret"]

    def verified(secret):
        try:
            last = receiver.received[-1]
            standardwebhooks.Webhook(secret).verify(last.body, last.headers)
        except standardwebhooks.WebhookVerificationError:
            return False
        return True

    for shift_s, by_old in ((0, True), (24 * 3600 - 1, True), (1, False)):
        time_machine.shift(shift_s)
        say()
        work()
        assert (verified(new), verified(old)) == (True, by_old)
    signatures = receiver.received[0].headers["webhook-signature"].split()
    assert len(signatures) == 2


def test_webhook_is_sent_only_the_events_that_it_names(
    add_webhook, say, work, receiver, api, admin, ticket
):
    add_webhook(events=["message.read", "ticket.updated"])

    say()
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"priority": "high"})
    work()

    assert receiver.types() == ["ticket.updated"]


def test_internal_comments_are_sent_to_internal_webhooks_only(
    add_webhook, make_receiver, work, receiver, api, admin, ticket, deliveries
):
    other = make_receiver()
    add_webhook(internal=True)
    public = add_webhook(url=other.url).json
    url = f"/api/tickets/{ticket.id}/comments"

    api(admin).post(url, json={"content": "Arson?", "internal": True})
    api(admin).post(url, json={"content": "Hello"})
    work()

    assert receiver.types() == ["comment.added", "comment.added"]
    assert receiver.received[0].json["data"]["event"]["internal"] is True
    assert [r.json["data"]["payload"]["content"] for r in other.received] == ["Hello"]
    assert len(deliveries(public)) == 1


def test_internal_comment_that_waits_is_not_sent_to_who_may_have_none_any_more(
    add_webhook, work, receiver, api, admin, ticket, deliveries
):
    webhook = add_webhook(internal=True).json
    url = f"/api/tickets/{ticket.id}/comments"
    api(admin).post(url, json={"content": "Arson?", "internal": True})

    api(admin).patch(f"{URL}/{webhook['id']}", json={"internal": False})
    work()

    assert receiver.received == []
    [delivery] = deliveries(webhook)
    assert (delivery["state"], delivery["last_error"]) == ("failed", "NotInternal")


def test_text_that_was_erased_is_not_sent_any_more(
    add_webhook, work, receiver, api, admin, ticket
):
    add_webhook()
    url = f"/api/tickets/{ticket.id}/comments"
    comment = api(admin).post(url, json={"content": "A password"}).json

    api(admin).delete(f"/api/comments/{comment['id']}")
    work()

    added, deleted = receiver.received
    assert added.json["data"]["payload"]["content"] is None
    assert deleted.json["data"]["payload"] == {"id": comment["id"]}


def test_delivery_is_listed_with_its_state(
    add_webhook, say, work, receiver, deliveries, now, ticket
):
    webhook = add_webhook().json
    say()
    receiver.status = 500

    [waiting] = deliveries(webhook)
    work()
    [failing] = deliveries(webhook)

    assert waiting == {
        **{"id": waiting["id"], "type": "message.sent", "ticket_id": ticket.id},
        **{"state": "pending", "attempts": 0, "last_status": None, "last_error": None},
        **{"created_at": utcnow().isoformat(timespec="microseconds")},
        **{"next_attempt_at": utcnow().isoformat(timespec="microseconds")},
    }
    assert failing["next_attempt_at"] > waiting["next_attempt_at"]
    assert failing == waiting | {
        **{"attempts": 1, "last_status": 500, "last_error": "BadStatus"},
        **{"next_attempt_at": failing["next_attempt_at"]},
    }


def test_delivered_ones_and_failed_ones_can_be_listed_apart(
    add_webhook, say, work, receiver, deliveries, make_ticket, customer, api, admin
):
    webhook = add_webhook().json
    refused, pending = make_ticket(customer), make_ticket(customer)
    receiver.statuses = {pending.id: 500}
    say("1")
    work()
    say("2", on=pending)
    work()
    say("3", on=refused)
    receiver.statuses[refused.id] = 410
    work()

    def tickets(query):
        return [delivery["ticket_id"] for delivery in deliveries(webhook, query)]

    # What waited has failed, too, since 410 switches a webhook off.
    assert tickets("?state=failed") == [pending.id, refused.id]
    assert tickets("?state=pending") == []
    assert len(tickets("?state=delivered")) == 1
    [newest, *_] = deliveries(webhook)[::-1]
    url = f"{URL}/{webhook['id']}/deliveries"
    page = api(admin).get(f"{url}?limit=1").json
    assert page["data"] == [newest]
    assert len(api(admin).get(f"{url}?cursor={page['next']}").json["data"]) == 2


def test_webhook_id_is_the_same_in_every_attempt_and_other_for_each_event(
    add_webhook, say, work, receiver, now, time_machine
):
    add_webhook()
    receiver.status = 503
    say()
    say()

    work()
    time_machine.shift(12)
    receiver.status = 200
    work()

    first, again, second = (r.headers["webhook-id"] for r in receiver.received)
    assert first == again != second
    stamps = [int(r.headers["webhook-timestamp"]) for r in receiver.received]
    assert stamps[1] == stamps[0] + 12


def test_events_of_a_ticket_wait_for_the_one_that_fails_and_others_do_not(
    add_webhook, make_receiver, say, work, receiver, now, time_machine, ticket,
    make_ticket, customer,
):
    other_receiver, other = make_receiver(), make_ticket(customer)
    add_webhook()
    add_webhook(url=other_receiver.url)
    receiver.statuses = {ticket.id: 500}
    for text in ("1", "2"):
        say(text)
        say(text, on=other)

    work()
    tickets = [r.json["data"]["event"]["ticket_id"] for r in receiver.received]
    assert sorted(tickets) == sorted([ticket.id, other.id, other.id])
    assert len(other_receiver.received) == 4
    receiver.statuses = {}
    time_machine.shift(12)
    work()

    payloads = [r.json["data"]["payload"] for r in receiver.received]
    texts = [p["message"] for p in payloads if p["ticket_id"] == ticket.id]
    assert texts == ["1", "1", "2"]


def test_both_streams_of_a_ticket_are_sent_in_the_order_of_their_commits(
    add_webhook, work, receiver, api, admin, ticket
):
    add_webhook(internal=True)
    url = f"/api/tickets/{ticket.id}/comments"
    for number in range(6):
        body = {"content": str(number), "internal": number % 2 == 0}
        api(admin).post(url, json=body)

    work()

    contents = [r.json["data"]["payload"]["content"] for r in receiver.received]
    assert contents == [*map(str, range(6))]


@pytest.mark.parametrize(
    ("status", "error"),
    [
        *((status, "Redirect") for status in (300, 301, 302, 303, 304, 307, 308)),
        *((status, "BadStatus") for status in (400, 404, 429, 500, 503, 600)),
    ],
)
def test_whatever_is_not_2xx_is_a_failure_and_no_redirect_is_followed(
    add_webhook, make_receiver, say, work, receiver, deliveries, status, error
):
    elsewhere = make_receiver()
    webhook = add_webhook().json
    receiver.status = status
    receiver.headers = {"Location": elsewhere.url}

    say()
    work()

    [delivery] = deliveries(webhook)
    assert delivery["state"] == "pending"
    assert (delivery["last_status"], delivery["last_error"]) == (status, error)
    assert elsewhere.received == []


def test_failed_delivery_can_be_retried_by_hand(
    add_webhook, say, work, receiver, deliveries, retry, api, admin
):
    webhook = add_webhook().json
    receiver.status = 410
    say()
    work()
    [failed] = deliveries(webhook)
    api(admin).patch(f"{URL}/{webhook['id']}", json={"active": True})
    receiver.status = 200

    response = retry(webhook, failed)
    assert response.status_code == 202
    assert response.json["state"] == "pending"
    work()

    [delivery] = deliveries(webhook)
    assert (delivery["state"], delivery["last_error"]) == ("delivered", None)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert retry(webhook, delivery).status_code == 409


def test_retry_leaves_the_other_failed_deliveries_of_the_webhook_alone(
    add_webhook, say, work, receiver, deliveries, retry
):
    webhook = add_webhook().json
    receiver.status = 410
    say()
    say()
    work()
    second, first = deliveries(webhook)
    assert (first["state"], second["state"]) == ("failed", "failed")

    assert retry(webhook, first).json["state"] == "pending"

    second, first = deliveries(webhook)
    assert (first["state"], second["state"]) == ("pending", "failed")


def test_delivery_that_is_deleted_while_it_is_retried_is_none(
    add_webhook, say, work, receiver, deliveries, retry, monkeypatch
):
    from ticketing.jobs import service as jobs

    webhook = add_webhook().json
    receiver.status = 410
    say()
    work()
    [failed] = deliveries(webhook)
    retry_jobs = jobs.retry

    def retry_and_delete(*which):
        retried = retry_jobs(*which)
        jobs.discard_some(*which)
        return retried

    monkeypatch.setattr(jobs, "retry", retry_and_delete)

    assert retry(webhook, failed).status_code == 404


def test_delivery_of_another_webhook_is_none(add_webhook, say, deliveries, retry):
    one, other = add_webhook().json, add_webhook().json
    say()
    [delivery] = deliveries(one)

    assert retry(other, delivery).status_code == 404
    assert retry(one, {"id": 10**17}).status_code == 404


def test_410_switches_a_webhook_off(
    add_webhook, say, work, receiver, deliveries, switched_off, show
):
    webhook = add_webhook().json
    receiver.status = 410
    say()
    say()

    work()
    say()

    assert show(webhook)["active"] is False
    assert switched_off == [webhook["id"]]
    assert len(receiver.received) == 1
    found = [(d["state"], d["last_error"]) for d in deliveries(webhook)]
    assert found == [("failed", "Gone"), ("failed", "WebhookInactive")]
    assert deliveries(webhook)[0]["last_status"] == 410


def test_410_of_a_url_that_was_replaced_meanwhile_switches_nothing_off(
    add_webhook, make_receiver, say, work, receiver, deliveries, meanwhile, api, admin,
    show, now, time_machine,
):
    webhook, replacement = add_webhook().json, make_receiver()
    receiver.status = 410
    changes = {"url": replacement.url}
    meanwhile(lambda: api(admin).patch(f"{URL}/{webhook['id']}", json=changes))
    say()

    work()
    assert show(webhook)["active"] is True
    time_machine.shift(12)
    work()

    assert replacement.types() == ["message.sent"]
    [delivery] = deliveries(webhook)
    assert (delivery["state"], delivery["attempts"]) == ("delivered", 2)


def test_webhook_that_is_made_inactive_is_sent_nothing_more(
    add_webhook, say, work, receiver, deliveries, api, admin, retry, switched_off
):
    webhook = add_webhook().json
    say()

    api(admin).patch(f"{URL}/{webhook['id']}", json={"active": False})
    say()
    work()

    [delivery] = deliveries(webhook)
    assert (delivery["state"], delivery["last_error"]) == ("failed", "WebhookInactive")
    assert switched_off == []
    retry(webhook, delivery)
    work()
    assert deliveries(webhook)[0]["state"] == "failed"
    assert receiver.received == []


def test_webhook_that_only_fails_for_5_days_is_switched_off(
    add_webhook, say, work, receiver, now, time_machine, switched_off, show, deliveries
):
    webhook = add_webhook().json
    receiver.status = 500
    time_machine.shift(FAILING_FOR + timedelta(days=1))  # silence is no failure
    say()
    work()
    time_machine.shift(FAILING_FOR - timedelta(seconds=1))
    say()
    work()
    assert show(webhook)["active"] is True

    time_machine.shift(timedelta(hours=25))
    work()

    assert show(webhook)["active"] is False
    assert switched_off == [webhook["id"]]
    assert deliveries(webhook, "?state=pending") == []


def test_webhook_with_a_new_url_has_5_days_more(
    add_webhook, say, work, receiver, now, time_machine, show, api, admin
):
    webhook = add_webhook().json
    receiver.status = 500
    say()
    work()
    time_machine.shift(FAILING_FOR)

    api(admin).patch(f"{URL}/{webhook['id']}", json={"url": f"{receiver.url}&new=1"})
    work()

    assert len(receiver.received) == 2
    assert show(webhook)["active"] is True


def test_webhook_that_is_switched_on_again_has_5_days_more(
    add_webhook, say, work, receiver, now, time_machine, show, api, admin
):
    webhook = add_webhook().json
    receiver.status = 500
    for shift in (timedelta(), FAILING_FOR):
        time_machine.shift(shift)
        say()
        work()
    assert show(webhook)["active"] is False

    api(admin).patch(f"{URL}/{webhook['id']}", json={"active": True})
    say()
    work()

    assert show(webhook)["active"] is True


def test_a_success_begins_the_5_days_again(
    add_webhook, say, work, receiver, now, time_machine, switched_off, ticket,
    make_ticket, customer,
):
    add_webhook()
    other = make_ticket(customer)
    receiver.statuses = {ticket.id: 500}
    say()
    work()
    time_machine.shift(FAILING_FOR - timedelta(hours=1))
    say(on=other)
    work()

    time_machine.shift(timedelta(hours=25))
    work()

    assert switched_off == []


def test_deleting_a_webhook_deletes_its_deliveries(
    app, add_webhook, say, work, receiver, api, admin
):
    from ticketing.core.database import db
    from ticketing.jobs.models import Job

    webhook = add_webhook().json
    say()

    api(admin).delete(f"{URL}/{webhook['id']}")
    say()
    work()

    assert receiver.received == []
    with app.app_context():
        assert db.session.scalars(db.select(Job.pool)).all() == ["webhook_cleanup"]


@pytest.mark.parametrize("how", ["deleted", "inactive"])
def test_what_waits_for_a_webhook_is_ended_by_a_worker_in_transactions_of_some(
    add_webhook, say, work, receiver, api, admin, batches, how
):
    webhook = add_webhook().json
    receiver.status = 500
    for _ in range(5):
        say()
    work()

    if how == "deleted":
        api(admin).delete(f"{URL}/{webhook['id']}")
    else:
        api(admin).patch(f"{URL}/{webhook['id']}", json={"active": False})
    assert batches == []
    work()

    assert batches == [2, 2, 1, 0]
    assert len(receiver.received) == 1


def test_what_waits_for_a_webhook_that_is_soon_active_again_is_sent(
    add_webhook, say, work, receiver, api, admin
):
    webhook = add_webhook().json
    say()

    for active in (False, True):
        api(admin).patch(f"{URL}/{webhook['id']}", json={"active": active})
    work()

    assert receiver.types() == ["message.sent"]


def test_event_of_a_webhook_that_is_deleted_just_then_is_no_failure(
    app, add_webhook, say, work, receiver
):
    from ticketing.core.database import db
    from ticketing.jobs.models import Job, State
    from ticketing.webhooks.models import Webhook

    add_webhook()
    say()
    with app.app_context():
        db.session.execute(db.delete(Webhook))
        db.session.commit()

    work()

    assert receiver.received == []
    with app.app_context():
        assert db.session.scalars(db.select(Job.state)).all() == [State.DONE]


def test_deleted_ticket_is_sent_instead_of_what_waits_of_it(
    add_webhook, say, work, receiver, api, customer, ticket, make_ticket, admin, now
):
    add_webhook(internal=True)
    other = make_ticket(customer)
    say()
    say(on=other)
    url = f"/api/tickets/{ticket.id}/comments"
    api(admin).post(url, json={"content": "Arson?", "internal": True})

    api(customer).delete(f"/api/tickets/{ticket.id}")
    work()

    assert receiver.types() == ["message.sent", "ticket.deleted"]
    assert receiver.received[0].json["data"]["event"]["ticket_id"] == other.id
    deleted = receiver.received[1].json
    assert deleted["data"]["payload"] == {"id": ticket.id}
    assert deleted["data"]["event"] == {
        **{"ticket_id": ticket.id, "name": "ticket.deleted"},
        **{"actor_id": customer.id, "created_at": deleted["timestamp"]},
    }


def test_what_waits_of_a_deleted_ticket_is_dropped_for_who_is_not_sent_that_either(
    add_webhook, say, api, customer, ticket, deliveries
):
    webhook = add_webhook(events=["message.sent"]).json
    say()

    api(customer).delete(f"/api/tickets/{ticket.id}")

    assert deliveries(webhook) == []


def test_deleted_ticket_waits_for_what_is_just_being_sent(
    app, add_webhook, say, work, receiver, api, customer, ticket, now, time_machine
):
    from ticketing.jobs import leasing

    webhook = add_webhook().json
    say()
    with app.app_context():
        assert leasing.lease("one that dies", f"webhook.{webhook['id']}", 1)

    api(customer).delete(f"/api/tickets/{ticket.id}")
    work()
    assert receiver.received == []
    time_machine.shift(61)
    work()

    assert receiver.types() == ["ticket.deleted"]


def test_what_fails_while_its_ticket_is_deleted_holds_back_nothing_any_more(
    add_webhook, say, work, receiver, meanwhile, api, customer, ticket, now
):
    add_webhook()
    receiver.statuses = {ticket.id: 500}
    meanwhile(lambda: api(customer).delete(f"/api/tickets/{ticket.id}"))
    say()

    work()

    assert receiver.types() == ["message.sent", "ticket.deleted"]


def test_no_secret_and_no_url_is_logged(
    add_webhook, say, work, receiver, logged, api, admin
):
    webhook = add_webhook().json
    receiver.status = 500

    say()
    work()
    api(admin).post(f"{URL}/{webhook['id']}/test")

    lines = str(logged(""))
    assert "job" in lines
    assert "whsec_" not in lines
    assert "key=1" not in lines


def test_an_event_that_is_undone_is_never_sent(
    app, add_webhook, work, receiver, ticket, customer, monkeypatch, api
):
    from ticketing.webhooks import deliveries

    add_webhook()
    enqueue = deliveries.enqueue_entry

    def fail(*args):
        enqueue(*args)
        raise RuntimeError

    monkeypatch.setattr(deliveries, "enqueue_entry", fail)
    url = f"/api/tickets/{ticket.id}/messages"
    app.config["PROPAGATE_EXCEPTIONS"] = False
    assert api(customer).post(url, json={"message": "Hm."}).status_code == 500
    work()

    assert receiver.received == []
