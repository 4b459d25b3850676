"""Set up what the table of routes needs: a ticket with all that hangs on one."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta

import pytest

from access.routes import CONFIRMATION_TOKEN, LOGIN, MESSAGE, PASSWORD, RESET_TOKEN
from access.routes import SAVED, WEBHOOK
from ticketing.accounts.models import Link, Purpose, User
from ticketing.accounts.passwords import hash_password
from ticketing.canned_responses.models import CannedResponse
from ticketing.categories.models import Category
from ticketing.comments.models import Comment
from ticketing.core.database import db, utcnow
from ticketing.jobs.models import Job, State
from ticketing.mail import tokens
from ticketing.mail.models import Kind
from ticketing.views.models import View
from ticketing.webhooks.models import Webhook


@pytest.fixture
def ids(app, api, save, admin, customer, colleague, category) -> dict[str, int]:
    """Store one of everything; return the ids by their names in paths."""
    form = {"subject": "Printer on fire", "description": "It burns."}
    form |= {"priority": "high", "category_id": category.id}
    form["attachment"] = (io.BytesIO(b"It burns."), "printer.log")
    ticket_id = api(customer).post("/api/tickets", data=form).json["id"]
    url = f"/api/tickets/{ticket_id}/messages"

    def comment(author, **fields):
        row = Comment(ticket_id=ticket_id, user_id=author.id, content="-", **fields)
        return save(row).id

    def canned(owner):
        keys = {"shortcut": "hi", "shortcut_key": "hi"}
        row = CannedResponse(owner_id=owner.id, title="-", text="-", **keys)
        return save(row).id

    webhook = Webhook(internal=False, active=True, secret="whsec_Zm9v", **WEBHOOK)
    webhook_id = save(webhook).id
    about = {"type": "message.read", "ticket_id": ticket_id}
    job = Job(pool=f"webhook.{webhook_id}", data=about, state=State.FAILED)
    with app.app_context():
        hashed = hash_password(PASSWORD)
        unsubscribing = tokens.issue(customer.id, Kind.REPLY)
    lea = save(User(name="Lea", email=LOGIN["email"], password=hashed))

    def link(purpose, token):
        hashed = hashlib.sha256(token.encode()).hexdigest()
        expiry = {"expires_at": utcnow() + timedelta(hours=1)}
        keys = {"user_id": lea.id, "email": lea.email, "seed": token}
        save(Link(purpose=purpose, token_hash=hashed, **keys, **expiry))

    link(Purpose.PASSWORD_RESET, RESET_TOKEN)
    link(Purpose.CONFIRMATION, CONFIRMATION_TOKEN)
    return {
        "ticket_id": ticket_id,
        "comment_id": comment(customer),
        "reply": comment(admin),
        "note": comment(admin, internal=True),
        "message_id": api(customer).post(url, json=MESSAGE).json["id"],
        "category_id": category.id,
        "unused": save(Category(name="Unused", slug="unused")).id,
        "user_id": colleague.id,
        "token": unsubscribing,
        "invited": save(User(name="Ivo", email="ivo@example.org")).id,
        "view_id": save(View(owner_id=admin.id, **SAVED)).id,
        "response_id": canned(admin),
        "others_own_response": canned(colleague),
        "others_own_view": save(View(owner_id=colleague.id, **SAVED)).id,
        "webhook_id": webhook_id,
        "delivery_id": save(job).id,
    }


@pytest.fixture
def client(api, anyone, customer, stranger, admin) -> Callable:
    """Return the HTTP client of a caller, by name."""
    users = {"stranger": stranger, "owner": customer, "admin": admin}
    return lambda caller: api(users[caller]) if caller in users else anyone


@pytest.fixture
def rows(app) -> Callable[[], dict]:
    """Return every row of the database, by table."""

    def rows():
        with app.app_context(), db.engine.connect() as connection:
            return {
                table.name: sorted(map(repr, connection.execute(table.select())))
                for table in db.metadata.sorted_tables
            }

    return rows
