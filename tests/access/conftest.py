"""Set up what the table of routes needs: a ticket with all that hangs on one."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from access.routes import (
    CALENDAR,
    CONFIRMATION_TOKEN,
    LOGIN,
    MESSAGE,
    PASSWORD,
    POLICY,
    RESET_TOKEN,
    RULE,
    SAVED,
    WEBHOOK,
)
from sqlalchemy import update

from ticketing.accounts.models import Link, Purpose, User
from ticketing.accounts.passwords import hash_password
from ticketing.canned_responses.models import CannedResponse
from ticketing.categories.models import Category
from ticketing.comments.models import Comment
from ticketing.core import storage
from ticketing.core.database import db, utcnow
from ticketing.files.models import File
from ticketing.jobs.models import Job, State
from ticketing.mail import tokens
from ticketing.mail.models import Kind
from ticketing.rules.models import Rule, Trigger
from ticketing.service_levels.models import Calendar, Policy
from ticketing.service_levels.versions import begin_version
from ticketing.views.models import View
from ticketing.webhooks.models import Webhook


@pytest.fixture
def ids(app, api, admin, customer, stranger, colleague, category) -> dict[str, int]:
    """Store one of everything; return the ids by their names in paths."""
    form = {"subject": "Printer on fire", "description": "It burns."}
    form |= {"priority": "high", "category_id": category.id}
    form["attachment"] = (io.BytesIO(b"It burns."), "printer.log")
    http = api(customer)
    ticket_id = http.post("/api/tickets", data=form).json["id"]
    url = f"/api/tickets/{ticket_id}/messages"
    message_id = http.post(url, json=MESSAGE).json["id"]

    def comment(author, **fields):
        return Comment(ticket_id=ticket_id, user_id=author.id, content="-", **fields)

    def canned(owner):
        keys = {"shortcut": "hi", "shortcut_key": "hi"}
        return CannedResponse(owner_id=owner.id, title="-", text="-", **keys)

    rule = {"position": 0, "conditions": {}, "stop": False, "active": False}
    rows = {
        "rule_id": Rule(**rule | RULE | {"on": Trigger.OPENED}),
        "comment_id": comment(customer),
        "reply": comment(admin),
        "note": comment(admin, internal=True),
        "unused": Category(name="Unused", slug="unused"),
        "invited": User(name="Ivo", email="ivo@example.org"),
        "calendar_id": Calendar(holidays=[], **CALENDAR),
        "unused_calendar": Calendar(holidays=[], **CALENDAR),
        "view_id": View(owner_id=admin.id, **SAVED),
        "response_id": canned(admin),
        "others_own_response": canned(colleague),
        "others_own_view": View(owner_id=colleague.id, **SAVED),
        "webhook_id": Webhook(
            internal=False, active=True, secret="whsec_Zm9v", **WEBHOOK
        ),
    }
    with app.app_context():
        unsubscribing = tokens.issue(customer.id, Kind.REPLY)
        hashed = hash_password(PASSWORD)
        lea = User(name="Lea", email=LOGIN["email"], password=hashed)
        callers = User.id.in_([admin.id, customer.id, stranger.id])
        db.session.execute(update(User).where(callers).values(password=hashed))
        db.session.add_all([lea, *rows.values()])
        db.session.flush()
        db.session.add(link(lea, Purpose.PASSWORD_RESET, RESET_TOKEN))
        db.session.add(link(lea, Purpose.CONFIRMATION, CONFIRMATION_TOKEN))
        on = {"ticket_id": ticket_id}
        rows |= {
            "file_id": file(customer, comment_id=rows["comment_id"].id, **on),
            "notes_file": file(
                admin, comment_id=rows["note"].id, internal=True, **on
            ),
            "owners_unused_file": file(
                customer, expires_at=utcnow() + timedelta(hours=1), **on
            ),
        }
        db.session.add_all(rows.values())
        calendar_id = rows["calendar_id"].id
        policy = {"active": True, "position": 0, "pause_on_customer": True}
        policy |= {"calendar_id": calendar_id, **POLICY}
        rows["policy_id"] = Policy(**policy)
        begin_version(rows["policy_id"])
        pool = f"webhook.{rows['webhook_id'].id}"
        about = {"type": "message.read", "ticket_id": ticket_id}
        rows["delivery_id"] = Job(pool=pool, data=about, state=State.FAILED)
        db.session.add(rows["delivery_id"])
        db.session.commit()
        stored = {name: row.id for name, row in rows.items()}
    return stored | {
        "ticket_id": ticket_id,
        "message_id": message_id,
        "category_id": category.id,
        "user_id": colleague.id,
        "token": unsubscribing,
    }


def file(uploader, **fields):
    """Return a file that is stored, and has a preview."""
    key = uuid4().hex
    storage.path_of(key).parent.mkdir(parents=True, exist_ok=True)
    for path in (storage.path_of(key), storage.preview_of(key)):
        path.write_bytes(b"-")
    about = {"name": "-", "content_type": "image/png", "size": 1}
    return File(user_id=uploader.id, key=key, **about, **fields)


def link(user, purpose, token):
    """Return a link of a user's that is good for an hour."""
    return Link(
        user_id=user.id,
        email=user.email,
        purpose=purpose,
        seed=token,
        token_hash=hashlib.sha256(token.encode()).hexdigest(),
        expires_at=utcnow() + timedelta(hours=1),
    )


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
