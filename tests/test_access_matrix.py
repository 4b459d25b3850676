"""Who may call what: each route and each socket event, as nobody to admin.

Every case has a ticket of its own, with its owner's comment and message, an admin's
reply and note, and a file; what is sent is valid. A cell is what the caller is
answered: a status, and after it the code where it refuses.
"""

import io
import re

import pytest

from ticketing.categories.models import Category
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.web.extensions import socketio
from ticketing.tickets.models import Status, Ticket

PASSWORD = "correct horse"
CALLERS = ("nobody", "stranger", "owner", "admin")

UNKNOWN = "401 unauthenticated"
FORBIDDEN = "403 forbidden"
HIDDEN = "404 not_found"
CLOSED = "409 ticket_closed"
IN_USE = "409 category_in_use"
ALL = ["200"] * 4
ANY_TOKEN = [UNKNOWN, "200", "200", "200"]
ADMINS = [UNKNOWN, FORBIDDEN, FORBIDDEN, "200"]
THEIRS = [UNKNOWN, HIDDEN, "200", "200"]
WRITES = [UNKNOWN, HIDDEN, "201", "201"]
STAFF = [UNKNOWN, HIDDEN, FORBIDDEN, "200"]
DELETES = [UNKNOWN, HIDDEN, "204", "204"]

COMMENT = {"content": "Hm."}
NOTE = {"content": "Hm.", "internal": True}
MESSAGE = {"message": "Hm."}
OPENING = {
    "subject": "Printer on fire",
    "description": "It burns.",
    "priority": "high",
}
ACCOUNT = {
    "name": "Pia",
    "email": "pia@example.org",
    "password": PASSWORD,
    "password_confirmation": PASSWORD,
}
LOGIN = {"email": "lea@example.org", "password": PASSWORD}

TICKET = "/api/tickets/<id:ticket_id>"
COMMENTS = f"{TICKET}/comments"
ONE_COMMENT = "/api/comments/<id:comment_id>"
MESSAGES = f"{TICKET}/messages"
ONE_MESSAGE = "/api/messages/<id:message_id>"
CATEGORY = "/api/categories/<id:category_id>"
USER = "/api/users/<id:user_id>"
A_REPLY = {"comment_id": "reply"}
A_NOTE = {"comment_id": "note"}
UNUSED = {"category_id": "unused"}

# (method, rule, which of several there are, the body, what each caller is answered)
ROUTES = [
    ("GET", "/openapi.json", {}, None, ALL),
    ("GET", "/healthz", {}, None, ALL),
    ("GET", "/readyz", {}, None, ALL),
    ("GET", "/metrics", {}, None, ALL),
    ("GET", "/docs/", {}, None, ALL),
    ("GET", "/static/<path:filename>", {"filename": "ticketing.js"}, None, ALL),
    ("GET", "/docs/<path:path>", {"path": "swagger-ui.css"}, None, ALL),
    ("POST", "/api/register", {}, ACCOUNT, ["201"] * 4),
    ("POST", "/api/login", {}, LOGIN, ALL),
    ("POST", "/api/refresh", {}, None, ANY_TOKEN),
    ("POST", "/api/logout", {}, None, ANY_TOKEN),
    ("GET", "/api/me", {}, None, ANY_TOKEN),
    ("PATCH", "/api/me", {}, {"name": "Pia"}, ANY_TOKEN),
    ("GET", "/api/users", {}, None, ADMINS),
    ("GET", USER, {}, None, ADMINS),
    ("PATCH", USER, {}, {"active": False}, ADMINS),
    ("GET", "/api/categories", {}, None, ANY_TOKEN),
    ("GET", CATEGORY, {}, None, ANY_TOKEN),
    ("POST", "/api/categories", {}, {"name": "New"}, [*ADMINS[:3], "201"]),
    ("PUT", CATEGORY, {}, {"name": "New"}, ADMINS),
    ("PATCH", CATEGORY, {}, {"name": "New"}, ADMINS),
    ("DELETE", CATEGORY, UNUSED, None, [*ADMINS[:3], "204"]),
    ("DELETE", CATEGORY, {}, None, [*ADMINS[:3], IN_USE]),
    ("GET", "/api/tickets", {}, None, ANY_TOKEN),
    ("POST", "/api/tickets", {}, OPENING, [UNKNOWN, "201", "201", "201"]),
    ("GET", TICKET, {}, None, THEIRS),
    ("PUT", TICKET, {}, {"subject": "Out"}, THEIRS),
    ("PATCH", TICKET, {}, {"subject": "Out"}, THEIRS),
    ("PUT", TICKET, {}, {"status": "closed"}, STAFF),
    ("PATCH", TICKET, {}, {"status": "closed"}, STAFF),
    ("PATCH", TICKET, {}, {"assigned_to": None}, STAFF),
    ("DELETE", TICKET, {}, None, DELETES),
    ("GET", f"{TICKET}/attachment", {}, None, THEIRS),
    ("GET", f"{TICKET}/events", {}, None, THEIRS),
    ("GET", f"{TICKET}/events?stream=staff", {}, None, STAFF),
    ("GET", COMMENTS, {}, None, THEIRS),
    ("POST", COMMENTS, {}, COMMENT, WRITES),
    ("POST", COMMENTS, {}, NOTE, [*WRITES[:2], FORBIDDEN, "201"]),
    ("GET", ONE_COMMENT, {}, None, THEIRS),
    ("PUT", ONE_COMMENT, {}, COMMENT, [UNKNOWN, HIDDEN, "200", FORBIDDEN]),
    ("PATCH", ONE_COMMENT, {}, COMMENT, [UNKNOWN, HIDDEN, "200", FORBIDDEN]),
    ("DELETE", ONE_COMMENT, {}, None, DELETES),
    ("GET", ONE_COMMENT, A_REPLY, None, THEIRS),
    ("PUT", ONE_COMMENT, A_REPLY, COMMENT, STAFF),
    ("PATCH", ONE_COMMENT, A_REPLY, COMMENT, STAFF),
    ("DELETE", ONE_COMMENT, A_REPLY, None, [UNKNOWN, HIDDEN, FORBIDDEN, "204"]),
    ("GET", ONE_COMMENT, A_NOTE, None, [UNKNOWN, HIDDEN, HIDDEN, "200"]),
    ("PUT", ONE_COMMENT, A_NOTE, COMMENT, [UNKNOWN, HIDDEN, HIDDEN, "200"]),
    ("PATCH", ONE_COMMENT, A_NOTE, COMMENT, [UNKNOWN, HIDDEN, HIDDEN, "200"]),
    ("DELETE", ONE_COMMENT, A_NOTE, None, [UNKNOWN, HIDDEN, HIDDEN, "204"]),
    ("GET", MESSAGES, {}, None, THEIRS),
    ("POST", MESSAGES, {}, MESSAGE, WRITES),
    ("GET", ONE_MESSAGE, {}, None, THEIRS),
    ("POST", f"{MESSAGES}/read", {}, {"up_to": 1}, THEIRS),
    ("GET", "/api/messages/unread-count", {}, None, ANY_TOKEN),
]

# On a closed ticket, to its owner and an admin; what is not here is as ever.
ON_CLOSED = [
    ("PUT", TICKET, {}, {"subject": "Out"}, [CLOSED, "200"]),
    ("PATCH", TICKET, {}, {"subject": "Out"}, [CLOSED, "200"]),
    ("POST", COMMENTS, {}, COMMENT, [CLOSED, "201"]),
    ("POST", MESSAGES, {}, MESSAGE, [CLOSED, "201"]),
    ("PUT", ONE_COMMENT, {}, COMMENT, [CLOSED, FORBIDDEN]),
    ("PATCH", ONE_COMMENT, {}, COMMENT, [CLOSED, FORBIDDEN]),
]
ON_CLOSED += [
    (*row[:-1], row[-1][2:])
    for row in ROUTES
    if row[1].startswith((TICKET, ONE_COMMENT))
    and row[:-1] not in [other[:-1] for other in ON_CLOSED]
]

NO_EVENT = "no.such.event"
# (event, what is sent beside the ticket, what stranger, owner and admin are answered)
EVENTS = [
    ("join", {}, ["not_found", "data", "data"]),
    ("join", {"after": 0}, ["not_found", "data", "data"]),
    ("join", {"staff_after": 0}, ["not_found", "forbidden", "data"]),
    ("leave", {}, ["data", "data", "data"]),
    ("typing", {"typing": True}, ["not_found", "data", "data"]),
    ("message.send", MESSAGE, ["not_found", "data", "data"]),
    ("message.read", {"up_to": 1}, ["not_found", "data", "data"]),
    (NO_EVENT, {}, ["not_found", "not_found", "not_found"]),
]
EVENTS_ON_CLOSED = [
    (event, data, ["ticket_closed" if event == "message.send" else owner, admin])
    for event, data, (_, owner, admin) in EVENTS
]
# Those that are no client's to send, and the one that stands for all unknown ones.
OF_THE_SERVER = {"connect", "disconnect", "*"}


def cells(rows, callers):
    """Return each cell of a table as a case."""
    return [
        pytest.param(*row[:-1], caller, expected, id=f"{number}-{row[0]}-{caller}")
        for number, row in enumerate(rows)
        for caller, expected in zip(callers, row[-1], strict=True)
    ]


@pytest.fixture
def cast(customer, stranger, admin):
    """Who is who."""
    return {"nobody": None, "stranger": stranger, "owner": customer, "admin": admin}


@pytest.fixture
def stage(api, save, admin, customer, colleague, category, anyone):
    """Set up a ticket with all that hangs on one; return the ids of everything."""
    form = {**OPENING, "category_id": category.id}
    form["attachment"] = (io.BytesIO(b"It burns."), "printer.log")
    ticket_id = api(customer).post("/api/tickets", data=form).json["id"]
    url = f"/api/tickets/{ticket_id}/messages"

    def comment(author, **fields):
        row = Comment(ticket_id=ticket_id, user_id=author.id, content="-", **fields)
        return save(row).id

    return {
        "ticket": ticket_id,
        "comment": comment(customer),
        "reply": comment(admin),
        "note": comment(admin, internal=True),
        "message": api(customer).post(url, json=MESSAGE).json["id"],
        "category": category.id,
        "unused": save(Category(name="Unused", slug="unused")).id,
        "user": colleague.id,
    }


@pytest.fixture
def closed(app, stage):
    """Close the ticket."""
    with app.app_context():
        db.session.get(Ticket, stage["ticket"]).status = Status.CLOSED
        db.session.commit()


@pytest.fixture
def call(api, anyone, cast, stage):
    """Call a route; return what is answered, as a cell has it."""

    def call(caller, method, rule, which, body):
        def value(match):
            name = match[1].removesuffix("_id")
            chosen = which.get(match[1], name)
            return str(stage.get(chosen, chosen))

        if body == LOGIN:
            anyone.post("/api/register", json={**ACCOUNT, **LOGIN})
        if body == OPENING:
            body = {**body, "category_id": stage["category"]}
        url = re.sub(r"<(?:\w+:)?(\w+)>", value, rule)
        client = api(cast[caller]) if cast[caller] else anyone
        sent = {"json": body} if body else {}
        response = client.open(url, method=method, buffered=True, **sent)
        code = response.json["code"] if response.status_code >= 400 else ""
        return f"{response.status_code} {code}".strip()

    return call


@pytest.fixture
def send(live, cast, stage):
    """Send an event; return ``data``, or the code of the error."""

    def send(caller, event, data):
        client = live(cast[caller])
        answer = client.emit(
            event, {"ticket_id": stage["ticket"], **data}, callback=True
        )
        [(name, value)] = answer.items()
        return name if name == "data" else value["code"]

    return send


def test_every_route_is_in_the_table(app):
    routes = {
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }

    assert {(row[0], row[1].partition("?")[0]) for row in ROUTES} == routes


def test_every_event_is_in_the_table(app):
    events = set(socketio.server.handlers["/"])

    assert {row[0] for row in EVENTS} - {NO_EVENT} == events - OF_THE_SERVER


@pytest.mark.parametrize(
    ("method", "rule", "which", "body", "caller", "expected"), cells(ROUTES, CALLERS)
)
def test_a_route(call, method, rule, which, body, caller, expected):
    assert call(caller, method, rule, which, body) == expected


@pytest.mark.parametrize(
    ("method", "rule", "which", "body", "caller", "expected"),
    cells(ON_CLOSED, CALLERS[2:]),
)
def test_a_route_on_a_closed_ticket(
    call, closed, method, rule, which, body, caller, expected
):
    assert call(caller, method, rule, which, body) == expected


@pytest.mark.parametrize(
    ("event", "data", "caller", "expected"), cells(EVENTS, CALLERS[1:])
)
def test_an_event(send, event, data, caller, expected):
    assert send(caller, event, data) == expected


@pytest.mark.parametrize(
    ("event", "data", "caller", "expected"), cells(EVENTS_ON_CLOSED, CALLERS[2:])
)
def test_an_event_on_a_closed_ticket(send, closed, event, data, caller, expected):
    assert send(caller, event, data) == expected


def test_nobody_sends_no_event(app):
    assert not socketio.test_client(app).is_connected()
