"""Each call takes a constant number of SQL statements.

What frames a transaction or sets up a connection is not counted; the one statement
that authenticates the caller is.
"""

import io

import pytest
from sqlalchemy import event

from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core import cached
from ticketing.core.database import db, utcnow
from ticketing.inbound_mail.reply_addresses import reply_address
from ticketing.jobs.worker import Worker
from ticketing.rules import rounds
from ticketing.rules.models import Rule, Trigger
from ticketing.service_levels import choosing
from ticketing.tickets.models import Side
from ticketing.views.models import View
from ticketing.webhooks import deliveries
from ticketing.webhooks.models import Webhook

FRAME = {"BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE", "SET"}


# Only the call executes statements, however slow the machine.
pytestmark = pytest.mark.usefixtures("no_periodic_check")


@pytest.fixture(autouse=True)
def what_is_configured_is_known(app, monkeypatch):
    """Only the call executes statements, not the first one within a second."""
    monkeypatch.setattr(cached, "MAX_AGE_S", 600)
    with app.app_context():
        deliveries.ACTIVE.get()
        choosing.ACTIVE.get()
        rounds.TRIGGERS.get()


@pytest.fixture
def count(app):
    """Return how many statements a call executes, in whatever thread."""
    counted = []

    def note(connection, cursor, statement, *rest):
        if statement.split()[0].upper() not in FRAME:
            counted.append(statement)

    def count(call):
        counted.clear()
        call()
        return len(counted)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield count
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def fetch(api, count):
    """Return how many statements it takes to get a URL."""

    def fetch(user, url):
        client, answers = api(user), []
        counted = count(lambda: answers.append(client.get(url, buffered=True)))
        assert answers[0].status_code == 200
        return counted

    return fetch


@pytest.fixture
def many(save):
    """Store 30 of a kind of what hangs on a ticket, by several authors."""

    def many(kind, ticket, authors, **fields):
        for number in range(30):
            author = authors[number % len(authors)]
            save(kind(ticket_id=ticket.id, user_id=author.id, **fields))

    return many


def test_authentication_takes_one_statement(customer, fetch):
    assert fetch(customer, "/api/me") == 1


def test_a_forgotten_password_takes_two_statements_whoever_asks(
    anyone, make_user, count, sends_mail
):
    make_user("Carla")
    make_user("Dora", active=False)
    make_user("Nina", email_confirmed=False)

    def forget(name):
        body = {"email": f"{name}@example.org"}
        return count(lambda: anyone.post("/api/password/forgot", json=body))

    assert [forget(name) for name in ("carla", "dora", "nina", "nobody")] == [2] * 4


@pytest.mark.parametrize("invited", [1, 20])
def test_page_of_users_takes_a_constant_number_of_statements(
    api, admin, fetch, invited
):
    for number in range(invited):
        body = {"name": "-", "email": f"n{number}@example.org", "role": "customer"}
        api(admin).post("/api/users", json=body)

    assert fetch(admin, "/api/users") == 2


@pytest.mark.parametrize("who", ["customer", "admin"])
@pytest.mark.parametrize("tickets", [0, 1, 25])
def test_page_of_tickets_takes_a_constant_number_of_statements(
    api, customer, admin, category, save, fetch, request, tickets, who
):
    client = api(customer)
    for number in range(tickets):
        form = {
            "category_id": category.id,
            "subject": f"Printer {number}",
            "description": "It burns.",
            "priority": "high",
            "attachment": (io.BytesIO(b"log"), "printer.log"),
        }
        url = client.post("/api/tickets", data=form).headers["Location"]
        api(admin).patch(url, json={"assigned_to": admin.id})
        api(admin).post(f"{url}/messages", json={"message": "Unplug it."})

    assert fetch(request.getfixturevalue(who), "/api/tickets") == 2


def test_filtered_page_of_tickets_takes_a_constant_number_of_statements(
    customer, admin, make_ticket, fetch
):
    for _ in range(3):
        make_ticket(customer, assigned_to=admin.id)

    query = "status=open&assigned_to=me&sort=-priority&limit=2"
    assert fetch(admin, f"/api/tickets?{query}") == 2


@pytest.mark.parametrize(("who", "expected"), [("customer", 3), ("admin", 4)])
def test_a_search_takes_a_constant_number_of_statements(
    api, customer, admin, category, fetch, request, who, expected
):
    for number in range(3):
        opening = {"subject": f"Printer {number}", "description": "It burns."}
        opening |= {"category_id": category.id, "priority": "high"}
        api(customer).post("/api/tickets", json=opening)

    assert fetch(request.getfixturevalue(who), "/api/tickets?q=printer") == expected


@pytest.mark.parametrize("tags", [0, 1, 20])
def test_tags_take_a_constant_number_of_statements(
    api, customer, admin, make_ticket, fetch, tags
):
    names = [f"tag {number}" for number in range(tags)]
    for _ in range(3):
        url = f"/api/tickets/{make_ticket(customer).id}/tags"
        api(admin).put(url, json={"tags": names})

    # One more than without the filter: how many tickets have the tags.
    assert fetch(admin, "/api/tickets?tag=tag 0,tag 1,tag 2") == 3
    assert fetch(admin, "/api/tickets") == 2
    assert fetch(admin, "/api/tags") == 2 + bool(tags)


@pytest.mark.parametrize("saved", [0, 1, 20])
@pytest.mark.parametrize(("who", "expected"), [("customer", 2), ("admin", 3)])
def test_views_take_a_constant_number_of_statements(
    customer, admin, save, fetch, request, saved, who, expected
):
    for number in range(saved):
        query = {"tag": f"refund,tag {number}", "priority": "high", "user_id": "1"}
        save(View(owner_id=admin.id, name="-", query=query, shared=number % 2))

    counted = fetch(request.getfixturevalue(who), "/api/views?limit=100")
    assert counted == expected


def test_showing_a_ticket_takes_a_constant_number_of_statements(
    customer, admin, make_ticket, fetch
):
    ticket = make_ticket(customer, assigned_to=admin.id)

    assert fetch(customer, f"/api/tickets/{ticket.id}") == 2


def test_downloading_a_file_takes_a_constant_number_of_statements(
    api, customer, ticket, fetch
):
    file = {"attachment": (io.BytesIO(b"It burns."), "log.txt")}
    api(customer).patch(f"/api/tickets/{ticket.id}", data=file)

    assert fetch(customer, f"/api/tickets/{ticket.id}/attachment") == 2


@pytest.mark.parametrize("some", [False, True])
def test_page_of_comments_takes_a_constant_number_of_statements(
    customer, admin, colleague, ticket, many, fetch, some
):
    if some:
        many(Comment, ticket, [customer, admin, colleague], content="Hm.")

    assert fetch(admin, f"/api/tickets/{ticket.id}/comments") == 3


@pytest.mark.parametrize("some", [False, True])
def test_page_of_events_takes_a_constant_number_of_statements(
    api, customer, admin, ticket, fetch, some
):
    for number in range(3 * some):
        body = {"content": f"Hm {number}."}
        api(customer).post(f"/api/tickets/{ticket.id}/comments", json=body)

    # One more than for comments: how large the entries are, before they are read.
    assert fetch(admin, f"/api/tickets/{ticket.id}/events") == 4


@pytest.mark.parametrize("query", ["", "?mark_read=false"])
def test_page_of_read_messages_takes_a_constant_number_of_statements(
    customer, admin, ticket, many, fetch, query
):
    many(Message, ticket, [customer], side=Side.CUSTOMER, message="Hm.")

    assert fetch(customer, f"/api/tickets/{ticket.id}/messages{query}") == 2


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_unread_count_takes_a_constant_number_of_statements(
    customer, admin, make_ticket, many, fetch, request, who
):
    ticket = make_ticket(customer, assigned_to=admin.id)
    many(Message, ticket, [admin], side=Side.SUPPORT, message="Hm.")

    assert fetch(request.getfixturevalue(who), "/api/messages/unread-count") <= 2


@pytest.mark.parametrize("who", ["customer", "admin"])
@pytest.mark.parametrize("over", ["http", "socket"])
@pytest.mark.parametrize("known", [0, 1], ids=["knows_less", "knows_all"])
def test_sending_a_message_takes_a_constant_number_of_statements(
    api, listen, live, customer, admin, ticket, count, request, who, over, known
):
    for listener in (admin, customer):
        listen(listener)
    url = f"/api/tickets/{ticket.id}"
    api(admin).patch(url, json={"assigned_to": admin.id, "status": "in_progress"})
    user = request.getfixturevalue(who)
    http, socket, answers = api(user), live(user), []
    body = {"message": "Hm.", "client_id": "attempt-1", "if_last_seq": known}

    def send():
        if over == "http":
            response = http.post(f"{url}/messages", json=body)
            answers.append(response.status_code == 201)
        else:
            data = {"ticket_id": ticket.id, **body}
            answers.append("data" in socket.emit("message.send", data, callback=True))

    counted = count(send)

    assert answers == [True]
    assert counted <= 12  # the first answer of support is noted for reports


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_mails_take_one_statement_more_of_a_message(
    app, monkeypatch, api, customer, admin, ticket, count, request, who
):
    client = api(request.getfixturevalue(who))
    url = f"/api/tickets/{ticket.id}/messages"
    client.post(url, json={"message": "Hm."})

    def send():
        assert client.post(url, json={"message": "Hm."}).status_code == 201

    without = count(send)
    monkeypatch.setitem(app.config, "MAIL_URL", "file:///nowhere")

    assert count(send) == without + 1


def test_mails_and_deliveries_take_one_statement_together(
    app, monkeypatch, api, customer, ticket, save, count
):
    monkeypatch.setattr(Worker, "wake", lambda self: None)
    client, url = api(customer), f"/api/tickets/{ticket.id}/messages"

    def send():
        assert client.post(url, json={"message": "Hm."}).status_code == 201

    without = count(send)
    monkeypatch.setitem(app.config, "MAIL_URL", "file:///nowhere")
    save(Webhook(url="-", events=["*"], internal=True, active=True, secret="whsec_"))
    with app.app_context():
        deliveries.ACTIVE.forget()
    send()  # it reads which webhooks there are

    assert count(send) == without + 1


def test_only_the_first_answer_takes_a_statement_more_for_reports(
    api, admin, ticket, count
):
    client, url = api(admin), f"/api/tickets/{ticket.id}/messages"

    first, second, third = (
        count(lambda: client.post(url, json={"message": "Unplug it."}))
        for _ in range(3)
    )

    assert first == second + 1 == third + 1


@pytest.mark.parametrize("webhooks", [1, 5])
def test_all_deliveries_to_webhooks_take_one_statement(
    app, api, customer, ticket, save, count, webhooks, monkeypatch
):
    monkeypatch.setattr(Worker, "wake", lambda self: None)
    client, url = api(customer), f"/api/tickets/{ticket.id}/messages"

    def send():
        assert client.post(url, json={"message": "Hm."}).status_code == 201

    without = count(send)
    for _ in range(webhooks):
        save(
            Webhook(url="-", events=["*"], internal=True, active=True, secret="whsec_")
        )
    with app.app_context():
        deliveries.ACTIVE.forget()
    send()  # it reads which webhooks there are

    assert count(send) == without + 1


@pytest.mark.parametrize("rules", [1, 5])
def test_a_round_of_rules_takes_one_statement_to_enqueue_and_none_without_rules_for_it(
    app, api, customer, ticket, save, count, rules, monkeypatch
):
    monkeypatch.setattr(Worker, "wake", lambda self: None)
    client, url = api(customer), f"/api/tickets/{ticket.id}/messages"

    def send():
        assert client.post(url, json={"message": "Hm."}).status_code == 201

    def counted(on):
        for _ in range(rules):
            save(make_rule(on))
        with app.app_context():
            rounds.TRIGGERS.forget()
        send()  # it reads which rules there are
        return count(send)

    without = count(send)

    assert counted(Trigger.OPENED) == without
    assert counted(Trigger.REPLIED) == without + 1


@pytest.mark.parametrize("rules", [1, 20])
def test_a_round_takes_a_constant_number_of_statements(
    app, api, admin, colleague, ticket, save, count, work, rules, monkeypatch
):
    monkeypatch.setattr(Worker, "wake", lambda self: None)
    for _ in range(rules):
        save(make_rule(Trigger.UPDATED, conditions={"words": ["printer"]}))
    with app.app_context():
        rounds.TRIGGERS.forget()
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"subject": "Printer"})

    assert count(work) == 22  # with what leases the job and ends it


def make_rule(on, **fields):
    """Return a rule that assigns tickets, and stops."""
    actions = {"assign": {"among": "all"}, "priority": "urgent"}
    rule = {"active": True, "position": 0, "conditions": {}, "stop": True, **fields}
    return Rule(name="-", on=on, actions=actions, **rule)


@pytest.mark.parametrize("by", ["day", "category", "priority", "assignee"])
@pytest.mark.parametrize("tickets", [1, 5])
def test_report_takes_a_constant_number_of_statements(
    customer, admin, make_ticket, fetch, by, tickets
):
    now = utcnow()
    for _ in range(tickets):
        facts = {"first_response_seconds": 5, "resolution_seconds": 5}
        facts |= {"resolved_at": now, "reopened_at": now}
        make_ticket(customer, rated_at=now, rating_score=5, **facts)

    named = by in ("category", "assignee")
    assert fetch(admin, f"/api/reports/tickets?by={by}") == 14 + named


def test_message_that_reopens_a_ticket_takes_a_constant_number_of_statements(
    api, customer, admin, ticket, count
):
    url = f"/api/tickets/{ticket.id}"
    api(admin).post(f"{url}/messages", json={"message": "Try now."})
    api(admin).patch(url, json={"assigned_to": admin.id, "status": "resolved"})
    client, answers = api(customer), []

    def send():
        answers.append(client.post(f"{url}/messages", json={"message": "No."}))

    counted = count(send)

    assert answers[0].status_code == 201
    assert counted <= 16  # one for each entry of the log asks for webhooks


@pytest.fixture
def add_files(api, ticket):
    """Add files to the ticket as a user; return their ids."""

    def add_files(user, number):
        client, url = api(user), f"/api/tickets/{ticket.id}/files"
        forms = ({"file": (io.BytesIO(b"-"), "a.log")} for _ in range(number))
        return [client.post(url, data=form).json["id"] for form in forms]

    return add_files


def test_files_take_the_same_statements_however_many_a_message_has(
    api, customer, ticket, count, add_files
):
    client, url = api(customer), f"/api/tickets/{ticket.id}/messages"

    def send(number):
        body = {"message": "-", "file_ids": add_files(customer, number)}
        return count(lambda: client.post(url, json=body))

    without, one, ten = (send(number) for number in (0, 1, 10))

    assert one == ten == without + 2


def test_adding_a_file_takes_a_constant_number_of_statements(
    api, customer, ticket, count, add_files
):
    first = count(lambda: add_files(customer, 1))
    add_files(customer, 5)

    # With those that issue a token.
    assert count(lambda: add_files(customer, 1)) == first


@pytest.mark.parametrize("kind", ["messages", "comments"])
def test_pages_of_what_has_files_take_no_statement_more(
    api, customer, admin, ticket, fetch, add_files, kind
):
    text = {"messages": "message", "comments": "content"}[kind]
    url = f"/api/tickets/{ticket.id}/{kind}"
    api(customer).post(url, json={text: "-"})
    without = fetch(customer, url)
    for _ in range(3):
        body = {text: "-", "file_ids": add_files(customer, 2)}
        assert api(customer).post(url, json=body).status_code == 201

    assert fetch(customer, url) == without


def test_downloading_a_file_of_a_message_takes_two_statements(
    api, customer, ticket, fetch, add_files
):
    [file_id] = add_files(customer, 1)

    assert fetch(customer, f"/api/files/{file_id}") == 2


@pytest.mark.parametrize("earlier", [0, 5])
def test_reply_by_mail_takes_a_constant_number_of_statements(
    app, anyone, customer, ticket, count, monkeypatch, earlier
):
    token = "a token of at least thirty-two bytes"
    monkeypatch.setitem(app.config, "MAIL_REPLY_TO", "{token}@example.com")
    monkeypatch.setitem(app.config, "INBOUND_MAIL_TOKEN", token)
    with app.app_context():
        to = reply_address(ticket.id, customer.id)

    def reply(number):
        raw = f"From: {customer.email}\nTo: {to}\n\n{number}"
        headers = {"Authorization": f"Bearer {token}"}
        given = {"content_type": "message/rfc822", "headers": headers}
        response = anyone.post("/api/inbound-mail", data=raw, **given)
        assert response.status_code == 201

    for number in range(earlier):
        reply(number)

    assert count(lambda: reply("new")) == 12


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_policies_cost_a_message_nothing_on_a_ticket_without_one(
    app, api, customer, admin, category, count, who, request
):
    body = {"subject": "-", "description": "-", "category_id": category.id}
    opened = api(customer).post("/api/tickets", json=body | {"priority": "low"})
    client, url = api(request.getfixturevalue(who)), opened.headers["Location"]

    def send():
        answer = client.post(f"{url}/messages", json={"message": "Hm."})
        assert answer.status_code == 201

    send()
    without = count(send)
    policy = {"name": "-", "first_response": 60, "priority": ["urgent"]}
    api(admin).post("/api/sla-policies", json=policy)

    assert count(send) == without


@pytest.mark.parametrize("changes", [1, 5])
def test_message_on_a_ticket_with_a_policy_takes_three_statements_more(
    api, customer, admin, category, count, changes
):
    body = {"subject": "-", "description": "-", "category_id": category.id}
    body |= {"priority": "low"}
    without = api(customer).post("/api/tickets", json=body).headers["Location"]
    policy = {"name": "-", "next_response": 60, "resolution": 60}
    policy = api(admin).post("/api/sla-policies", json=policy).headers["Location"]
    having = api(customer).post("/api/tickets", json=body).headers["Location"]
    client = api(admin)
    counts = []
    for url in (without, having):
        for _ in range(changes):
            client.post(f"{url}/messages", json={"message": "Unplug it."})
        api(customer).post(f"{url}/messages", json={"message": "It is out."})

        def send():
            client.post(f"{url}/messages", json={"message": "Wait."})

        counts.append(count(send))

    # What was counted, with the version of the policy; and what is, twice.
    assert counts[1] == counts[0] + 3


def test_explaining_a_ticket_takes_a_constant_number_of_statements(
    api, customer, admin, category, fetch
):
    body = {"subject": "-", "description": "-", "category_id": category.id}
    api(admin).post("/api/sla-policies", json={"name": "-", "resolution": 60})
    opened = api(customer).post("/api/tickets", json=body | {"priority": "low"})
    url = opened.headers["Location"]
    counts = []
    for _ in range(3):
        counts.append(fetch(admin, f"{url}/sla"))
        api(admin).post(f"{url}/messages", json={"message": "Unplug it."})

    assert counts == [5] * 3


@pytest.mark.parametrize("sessions", [1, 20])
def test_closing_an_account_takes_a_constant_number_of_statements(
    api, admin, customer, token, count, sessions
):
    for _ in range(sessions):
        token(customer)
    client = api(admin)

    assert count(lambda: client.delete(f"/api/users/{customer.id}")) == 10


@pytest.mark.parametrize("written", [1, 40])
def test_a_page_of_an_export_takes_a_constant_number_of_statements(
    customer, ticket, make_message, fetch, written
):
    for _ in range(written):
        make_message(customer)

    # The caller, the mails, the tickets, three for the log of one, comments, messages,
    # files that are not sent.
    assert fetch(customer, "/api/me/export") == 9
