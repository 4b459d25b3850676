"""Refuse a reply by mail, each time with a code that says why."""

import pytest
import time_machine

from ticketing.accounts.models import User
from ticketing.core.database import db, utcnow
from ticketing.inbound_mail.reply_addresses import reply_address
from ticketing.tickets.models import Status, Ticket


@pytest.fixture
def refusal(deliver, comments):
    """Deliver a message; return the code it is refused by, when nothing was stored."""

    def refusal(raw):
        response = deliver(raw)
        assert response.status_code == 422
        assert comments() == []
        return response.json["code"]

    return refusal


@pytest.mark.parametrize(
    "sender",
    [
        "sam@example.org",
        "carla@example.org, sam@example.org",
        "sam@example.org, carla@example.org",
        "carla@example.org.evil.test",
        "carla@example.org <sam@example.org>",
        '"carla@example.org" <sam@example.org>',
        "=?utf-8?q?carla=40example=2Eorg?=",
        "=?utf-8?q?carla=40example.org?= <sam@example.org>",
        "sam@example.org (<carla@example.org>)",
        "<sam@example.org> carla@example.org",
        "carla@example.org)sam@example.org",
        "Everyone: carla@example.org, sam@example.org;",
        "carla@example.org\nFrom: sam@example.org",
        "Everyone: carla@example.org;",
        "undisclosed-recipients:;",
        "carla@=?utf-8?q?example.org?=",
        "<@evil.test:carla@example.org>",
        "carla",
        "@",
        "<<carla@example.org>>",
        "carla@example.org" + " " * 2000 + "@evil.test",
        ", ".join(["carla@example.org"] * 100),
        "(" * 900,
        None,
    ],
)
def test_other_senders_are_refused(refusal, message, stranger, sender):
    assert refusal(message(From=sender)) == "wrong_sender"


def test_sender_must_have_the_address_of_now(app, refusal, message, customer):
    raw = message()
    with app.app_context():
        db.session.get(User, customer.id).email = "carla@new.example"
        db.session.commit()

    assert refusal(raw) == "wrong_sender"


def test_address_is_of_one_recipient_alone(refusal, message, stranger):
    assert refusal(message(From=stranger.email)) == "wrong_sender"


@pytest.mark.parametrize(
    "to", ["help@example.com", "support+{token}@example.com", None]
)
def test_message_to_no_address_of_ours_is_refused(refusal, message, to):
    assert refusal(message(To=to)) == "unknown_token"


def test_no_character_of_a_token_can_be_another_one(refusal, message, address):
    local, _, domain = address().partition("@")
    name, _, token = local.partition("+")
    for position in range(len(token)):
        other = "a" if token[position] != "a" else "b"
        forged = f"{token[:position]}{other}{token[position + 1 :]}"

        assert refusal(message(To=f"{name}+{forged}@{domain}")) == "unknown_token"


def test_address_is_worth_nothing_under_another_key(
    app, refusal, message, monkeypatch
):
    raw = message()
    monkeypatch.setitem(app.config, "SIGNING_KEY", "another one")

    assert refusal(raw) == "unknown_token"


def test_customer_cannot_write_on_a_closed_ticket(app, refusal, message, ticket):
    with app.app_context():
        db.session.get(Ticket, ticket.id).status = Status.CLOSED
        db.session.commit()

    assert refusal(message()) == "ticket_closed"


def test_user_who_was_deactivated_cannot_reply(app, refusal, message, customer):
    raw = message()
    with app.app_context():
        db.session.get(User, customer.id).active = False
        db.session.commit()

    assert refusal(raw) == "no_access"


def test_admin_who_is_none_any_more_cannot_reply(
    refusal, message, address, stranger
):
    raw = message(From=stranger.email, To=address(stranger))

    assert refusal(raw) == "no_access"


def test_ticket_that_was_deleted_takes_no_reply(
    app, refusal, message, api, customer, ticket
):
    raw = message()
    api(customer).delete(f"/api/tickets/{ticket.id}")

    assert refusal(raw) == "no_access"


def test_user_who_does_not_exist_cannot_reply(app, refusal, message, ticket):
    with app.app_context():
        to = reply_address(ticket.id, 2**40 - 1)

    assert refusal(message(To=to)) == "wrong_sender"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", "text/plain"),
        (" \n\u200b\n", "text/plain"),
        ("> Did you unplug it?\n> Ada\n", "text/plain"),
        ("-- \nCarla", "text/plain"),
        ("<p> </p><script>x</script>", "text/html"),
        ("\0", "image/png"),
        ("--B\nContent-Type: a/b; name=a\n\n\0\n--B--\n", 'a/b; boundary="B"'),
        ("--B\n\n\n--B--\n", 'multipart/mixed; boundary="B"'),
    ],
)
def test_message_that_says_nothing_new_is_refused(refusal, message, body, kind):
    charset = "; charset=utf-8" if kind.startswith("text") else ""

    assert refusal(message(body, Content_Type=kind + charset)) == "empty"


def test_file_alone_that_is_refused_is_no_reply(refusal, message):
    body = "--B\nContent-Type: image/png; name=a.png\n\n<html>\n--B--\n"

    raw = message(body, Content_Type='multipart/mixed; boundary="B"')

    assert refusal(raw) == "empty"


def test_ten_replies_an_hour_are_enough(deliver, message, comments):
    with time_machine.travel(utcnow(), tick=False) as clock:
        for number in range(10):
            raw = message(f"{number}", Message_ID=f"<{number}@example.org>")
            assert deliver(raw).status_code == 201
            clock.shift(60)
        late = message("10", Message_ID="<10@example.org>")

        refused = deliver(late)
        repeated = deliver(message(Message_ID="<9@example.org>"))

        assert refused.status_code == 429
        assert refused.json["code"] == "too_many_requests"
        assert refused.headers["Retry-After"] == "3000"
        assert repeated.status_code == 200
        clock.shift(3001)
        assert deliver(late).status_code == 201
    assert len(comments()) == 11


def test_two_programs_that_answer_each_other_come_to_an_end(
    deliver, message, address, admin, customer, comments
):
    answers = []
    for number in range(30):
        for user in (customer, admin):
            identity = f"<{number}.{user.id}@example.org>"
            raw = message(
                f"I am away, {number}.",
                From=user.email,
                To=address(user),
                Message_ID=identity,
            )
            answers.append(deliver(raw).status_code)

    assert answers == [201] * 20 + [429] * 40
    assert len(comments()) == 20
