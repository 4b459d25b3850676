"""Fixtures of replies by mail: messages, and the service that receives them."""

import pytest

from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.inbound_mail.reply_addresses import reply_address

TOKEN = "a token of at least thirty-two bytes"


@pytest.fixture(autouse=True)
def configured(app, monkeypatch):
    """Let the service receive mail."""
    monkeypatch.setitem(app.config, "MAIL_FROM", "help@example.com")
    monkeypatch.setitem(app.config, "MAIL_REPLY_TO", "support+{token}@example.com")
    monkeypatch.setitem(app.config, "INBOUND_MAIL_TOKEN", TOKEN)


@pytest.fixture
def address(app, ticket, customer):
    """Return where a user's replies on a ticket go to; by default the customer's."""

    def address(user=customer, on=ticket):
        with app.app_context():
            return reply_address(on.id, user.id)

    return address


@pytest.fixture
def message(address, customer):
    """Return a message of the customer's to the ticket.

    Headers replace those of a plain one; ``None`` leaves one out.
    """

    def message(body="It still burns.", /, **headers):
        given = {
            "From": f"Carla <{customer.email}>",
            "To": address(),
            "Subject": "Re: [#1] Printer on fire",
            "Message-ID": "<1@example.org>",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        lines = [f"{name}: {value}" for name, value in given.items() if value]
        return "\n".join([*lines, "", body]).encode()

    return message


@pytest.fixture
def deliver(anyone):
    """Post a message as a mail server does; return the answer."""

    def deliver(raw, **more):
        headers = {"Authorization": f"Bearer {TOKEN}"}
        given = {"content_type": "message/rfc822", "headers": headers, **more}
        return anyone.post("/api/inbound-mail", data=raw, **given)

    return deliver


@pytest.fixture
def comments(app):
    """Return the texts of all comments, in order."""

    def comments():
        with app.app_context():
            return [*db.session.scalars(db.select(Comment.content).order_by("id"))]

    return comments
