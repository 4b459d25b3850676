"""The table of routes and of Socket.IO events: one row a call, for every test of all.

What is in the URL map and not in this table fails the run, so a new route is tested
for access, hostile input and mass assignment as soon as it has a row. Every row holds
for a ticket of its owner's, with the owner's comment and message, an admin's reply and
note, and a file; see ``ids`` in ``conftest.py``.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

PASSWORD = "correct horse"
CALLERS = ("nobody", "stranger", "owner", "admin")

# What a caller is answered: a status and, where it is an error, its code.
UNAUTHENTICATED = "401 unauthenticated"
FORBIDDEN = "403 forbidden"
HIDDEN = "404 not_found"
CLOSED = "409 ticket_closed"
IN_USE = "409 category_in_use"
CALENDAR_IN_USE = "409 calendar_in_use"
CONFLICT = "409 conflict"

# Answers to nobody, a stranger, the owner and an admin.
PUBLIC = ["200", "200", "200", "200"]
ANY_TOKEN = [UNAUTHENTICATED, "200", "200", "200"]
ADMINS = [UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, "200"]
PARTIES = [UNAUTHENTICATED, HIDDEN, "200", "200"]
PARTIES_CREATE = [UNAUTHENTICATED, HIDDEN, "201", "201"]
PARTIES_DELETE = [UNAUTHENTICATED, HIDDEN, "204", "204"]
STAFF = [UNAUTHENTICATED, HIDDEN, FORBIDDEN, "200"]
STAFF_SEES = [UNAUTHENTICATED, HIDDEN, HIDDEN, "200"]
AUTHOR = [UNAUTHENTICATED, HIDDEN, "200", FORBIDDEN]

COMMENT = {"content": "Hm."}
NOTE = {"content": "Hm.", "internal": True}
MESSAGE = {"message": "Hm."}
CATEGORY_ID, TICKET_ID = object(), object()  # stand for ids
OPENING = {
    "subject": "Printer on fire",
    "description": "It burns.",
    "priority": "high",
    "category_id": CATEGORY_ID,
}
ACCOUNT = {
    "name": "Pia",
    "email": "pia@example.org",
    "password": PASSWORD,
    "password_confirmation": PASSWORD,
}
NOTIFICATIONS = {"email": {"reply": False}}
SAVED = {"name": "Urgent", "query": {"priority": "urgent"}}
CANNED_RESPONSE = {"title": "Thanks", "shortcut": "ty", "text": "{{customer.name}}!"}
# Nothing listens there, and it is no public address.
WEBHOOK = {"url": "https://127.0.0.1:1/", "events": ["message.read"]}
WEBHOOK_ADDED = {"url": "https://8.8.8.8/", "events": ["ticket.created"]}
HOURS = {"mon": [["09:00", "12:30"], ["13:00", "24:00"]], "sun": []}
CALENDAR = {"name": "Office", "time_zone": "Europe/Berlin", "hours": HOURS}
POLICY = {"name": "All", "first_response": 60, "resolution": 1440}
RULE = {"name": "Urgent", "on": "ticket.opened", "actions": {"priority": "urgent"}}
PREVIEW = {"ticket_id": TICKET_ID, "on": "ticket.opened"}
BULK = {"ids": [1], "changes": {"priority": "high"}}
INVITATION = {"name": "Ina", "email": "ina@example.org", "role": "admin"}
RESET_TOKEN, CONFIRMATION_TOKEN = "to set a password", "to confirm an email"
NEW_PASSWORD = {n: PASSWORD for n in ("password", "password_confirmation")}
LOGIN = {"email": "lea@example.org", "password": PASSWORD}

TICKET = "/api/tickets/<id:ticket_id>"
COMMENTS = f"{TICKET}/comments"
ONE_COMMENT = "/api/comments/<id:comment_id>"
MESSAGES = f"{TICKET}/messages"
ONE_MESSAGE = "/api/messages/<id:message_id>"
CATEGORY = "/api/categories/<id:category_id>"
VIEW = "/api/views/<id:view_id>"
CANNED = "/api/canned-responses"
ONE_CANNED = f"{CANNED}/<id:response_id>"
WEBHOOKS = "/api/webhooks"
ONE_WEBHOOK = f"{WEBHOOKS}/<id:webhook_id>"
RETRY = f"{ONE_WEBHOOK}/deliveries/<id:delivery_id>/retry"
CALENDARS = "/api/calendars"
ONE_CALENDAR = f"{CALENDARS}/<id:calendar_id>"
POLICIES = "/api/sla-policies"
ONE_POLICY = f"{POLICIES}/<id:policy_id>"
RULES = "/api/rules"
ONE_RULE = f"{RULES}/<id:rule_id>"
FILLED = f"{ONE_CANNED}/text?ticket_id=<id:ticket_id>"
FILE = "/api/files/<id:file_id>"
NOTES_FILE = {"file_id": "notes_file"}
OWNERS_UNUSED_FILE = {"file_id": "owners_unused_file"}
USER = "/api/users/<id:user_id>"
A_REPLY = {"comment_id": "reply"}
A_NOTE = {"comment_id": "note"}
UNUSED = {"category_id": "unused"}
UNUSED_CALENDAR = {"calendar_id": "unused_calendar"}
INVITED = {"user_id": "invited"}
OTHERS_OWN_VIEW = {"view_id": "others_own_view"}
OTHERS_OWN = {"response_id": "others_own_response"}
SCRIPT = {"filename": "ticketing.js"}
STYLE = {"path": "swagger-ui.css"}
PAGE = {"path": "sign-in"}
TEXTS = "/console/-/<version>/languages/<language>.json"
MODULE = {"name": "app.js"}
INBOUND_MAIL = "/api/inbound-mail"


@dataclass(frozen=True)
class Route:
    """A call of a route, and what each caller is answered.

    :param answers: for each of ``CALLERS``.
    :param body: a valid one; ``None`` where none is read.
    :param which: which of several things a name in the path stands for.
    :param on_closed: answers to the owner and an admin once the ticket is closed,
        where they differ.
    :param file: the name of the field of a form that takes a file.
    """

    method: str
    rule: str
    answers: list[str]
    body: Mapping[str, Any] | None = None
    which: Mapping[str, str] = field(default_factory=dict)
    on_closed: list[str] | None = None
    file: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        """The method and the rule, which the URL map has too."""
        return self.method, self.rule.partition("?")[0]

    @property
    def path(self) -> str:
        """The path as OpenAPI writes it."""
        return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", self.key[1])

    @property
    def is_public(self) -> bool:
        """Whether it needs no token."""
        return self.answers[0] != UNAUTHENTICATED

    def url(self, ids: Mapping[str, int]) -> str:
        """Return its URL with the ids of the things it names."""

        def value(match: re.Match[str]) -> str:
            name = self.which.get(match[1], match[1])
            return str(ids.get(name, name))

        return re.sub(r"<(?:\w+:)?(\w+)>", value, self.rule)

    def request(self, ids: Mapping[str, int], /, **more: Any) -> dict[str, Any]:
        """Return the arguments with which a test client makes the call.

        :param more: fields of the body beside, or instead of, the valid ones.
        """
        sent = {"method": self.method, "path": self.url(ids), "buffered": True}
        if self.file:
            return {**sent, "data": {self.file: (BytesIO(b"-"), "log.txt"), **more}}
        if self.body is None and not more:
            return sent
        body = {**(self.body or {}), **more}
        meant = {CATEGORY_ID: "category_id", TICKET_ID: "ticket_id"}
        filled = {
            name: ids[meant[value]] if type(value) is object else value
            for name, value in body.items()
        }
        # The test client's ``json=`` cannot write an infinity: the application's JSON
        # refuses it.
        return {**sent, "data": json.dumps(filled), "content_type": "application/json"}

    def __str__(self) -> str:
        """Return what tells it from all others, in the names of test cases."""
        which = "".join(f" of {name}" for name in self.which.values())
        body = f" {','.join(self.body)}" if self.body else ""
        return f"{self.method} {self.rule}{which}{body}"


ROUTES = [
    Route("GET", "/openapi.json", PUBLIC),
    Route("GET", "/healthz", PUBLIC),
    Route("GET", "/readyz", PUBLIC),
    Route("GET", "/metrics", PUBLIC),
    Route("GET", "/docs", PUBLIC),
    Route("GET", "/docs/", PUBLIC),
    Route("GET", "/", [HIDDEN] * 4),
    # Without a form; test_grant_channels.py has what it grants to whom.
    Route("POST", "/broadcasting/auth", [FORBIDDEN] * 4),
    Route("GET", "/static/<path:filename>", PUBLIC, which=SCRIPT),
    Route("GET", "/docs/<path:path>", PUBLIC, which=STYLE),
    Route("GET", "/console/", PUBLIC),
    Route("GET", "/console/<path:path>", PUBLIC, which=PAGE),
    Route("GET", "/console/-/<version>/<path:name>", PUBLIC, which=MODULE),
    Route("GET", TEXTS, PUBLIC, which={"version": "0", "language": "de"}),
    Route("GET", "/console/manifest.webmanifest", PUBLIC),
    Route("GET", "/console/offline.html", PUBLIC),
    Route("GET", "/console/service-worker.js", PUBLIC),
    Route("GET", "/unsubscribe?token=<token>", PUBLIC),
    Route("POST", "/unsubscribe?token=<token>", PUBLIC),
    Route("GET", "/unsubscribe", [HIDDEN] * 4),
    Route("POST", "/unsubscribe", [HIDDEN] * 4),
    Route("GET", "/api/config", PUBLIC),
    Route("POST", "/api/register", ["201"] * 4, ACCOUNT),
    Route("POST", "/api/login", PUBLIC, LOGIN),
    Route("POST", "/api/refresh", ANY_TOKEN),
    Route("POST", "/api/logout", ANY_TOKEN),
    Route("POST", "/api/password/forgot", ["202"] * 4, {"email": LOGIN["email"]}),
    Route(
        *("POST", "/api/password/reset", PUBLIC),
        {"token": RESET_TOKEN, **NEW_PASSWORD},
    ),
    Route("POST", "/api/email/confirm", PUBLIC, {"token": CONFIRMATION_TOKEN}),
    Route("POST", "/api/email/confirmation", [UNAUTHENTICATED, *["202"] * 3]),
    Route("GET", "/api/me", ANY_TOKEN),
    Route("PATCH", "/api/me", ANY_TOKEN, {"name": "Pia"}),
    Route(
        *("PATCH", "/api/me", [UNAUTHENTICATED, FORBIDDEN, FORBIDDEN, "200"]),
        {"available": False},
    ),
    Route(
        *("DELETE", "/api/me", [UNAUTHENTICATED, *["204"] * 3]),
        {"current_password": PASSWORD},
    ),
    Route("GET", "/api/me/export", ANY_TOKEN),
    Route("GET", "/api/me/notifications", ANY_TOKEN),
    Route("PATCH", "/api/me/notifications", ANY_TOKEN, NOTIFICATIONS),
    Route("GET", "/api/users", ADMINS),
    Route("POST", "/api/users", [*ADMINS[:3], "201"], INVITATION),
    Route("POST", f"{USER}/invitation", ADMINS, which=INVITED),
    Route("POST", f"{USER}/invitation", [*ADMINS[:3], CONFLICT]),
    Route("GET", USER, ADMINS),
    Route("PATCH", USER, ADMINS, {"active": False}),
    Route("DELETE", USER, [*ADMINS[:3], "204"]),
    Route("GET", "/api/categories", ANY_TOKEN),
    Route("GET", CATEGORY, ANY_TOKEN),
    Route("POST", "/api/categories", [*ADMINS[:3], "201"], {"name": "New"}),
    Route("PUT", CATEGORY, ADMINS, {"name": "New"}),
    Route("PATCH", CATEGORY, ADMINS, {"name": "New"}),
    Route("DELETE", CATEGORY, [*ADMINS[:3], "204"], which=UNUSED),
    Route("DELETE", CATEGORY, [*ADMINS[:3], IN_USE]),
    Route("GET", "/api/tickets", ANY_TOKEN),
    Route("POST", "/api/tickets", [UNAUTHENTICATED, *["201"] * 3], OPENING),
    Route("GET", TICKET, PARTIES),
    Route("PUT", TICKET, PARTIES, {"subject": "Out"}, on_closed=[CLOSED, "200"]),
    Route("PATCH", TICKET, PARTIES, {"subject": "Out"}, on_closed=[CLOSED, "200"]),
    Route("PUT", TICKET, STAFF, {"status": "closed"}),
    Route("PATCH", TICKET, STAFF, {"status": "closed"}),
    Route("PATCH", TICKET, STAFF, {"status": "open", "subject": "Out"}),
    Route("PATCH", TICKET, STAFF, {"assigned_to": None}),
    Route("DELETE", TICKET, PARTIES_DELETE),
    Route("GET", f"{TICKET}/attachment", PARTIES),
    Route("GET", f"{TICKET}/attachment/preview", [*PARTIES[:2], *[HIDDEN] * 2]),
    Route(
        *("POST", f"{TICKET}/files", PARTIES_CREATE),
        on_closed=[CLOSED, "201"],
        file="file",
    ),
    Route("GET", FILE, PARTIES),
    Route("GET", f"{FILE}/preview", PARTIES),
    Route("GET", FILE, STAFF_SEES, which=NOTES_FILE),
    Route("GET", f"{FILE}/preview", STAFF_SEES, which=NOTES_FILE),
    Route("GET", FILE, [*PARTIES[:3], HIDDEN], which=OWNERS_UNUSED_FILE),
    Route("GET", f"{FILE}/preview", [*PARTIES[:3], HIDDEN], which=OWNERS_UNUSED_FILE),
    Route("DELETE", FILE, STAFF[:3] + [FORBIDDEN]),
    Route("DELETE", FILE, [*STAFF_SEES[:3], FORBIDDEN], which=NOTES_FILE),
    Route("DELETE", FILE, [*PARTIES_DELETE[:3], HIDDEN], which=OWNERS_UNUSED_FILE),
    # The ticket is open: it cannot be rated yet.
    Route(
        *("PUT", f"{TICKET}/rating", [*STAFF[:2], CONFLICT, FORBIDDEN], {"score": 5}),
        on_closed=["200", FORBIDDEN],
    ),
    Route("GET", f"{TICKET}/events", PARTIES),
    Route("GET", f"{TICKET}/events?stream=staff", STAFF),
    Route("GET", "/api/tags", ADMINS),
    Route("GET", "/api/tickets?tag=refund", ADMINS),
    Route("GET", "/api/tickets?sla=overdue", ADMINS),
    Route("GET", "/api/tickets?sort=due_at", ADMINS),
    Route("GET", f"{TICKET}/sla", STAFF),
    Route("PATCH", "/api/tickets", ADMINS, BULK),
    Route("PUT", f"{TICKET}/tags", STAFF, {"tags": ["refund"]}),
    Route("GET", "/api/views", ANY_TOKEN),
    Route("POST", "/api/views", [*ADMINS[:3], "201"], SAVED),
    Route("GET", VIEW, ADMINS),
    Route("PATCH", VIEW, ADMINS, {"name": "Mine"}),
    Route("DELETE", VIEW, [*ADMINS[:3], "204"]),
    Route("GET", VIEW, [*ADMINS[:3], HIDDEN], which=OTHERS_OWN_VIEW),
    Route("PATCH", VIEW, [*ADMINS[:3], HIDDEN], {"name": "Mine"}, OTHERS_OWN_VIEW),
    Route("DELETE", VIEW, [*ADMINS[:3], HIDDEN], which=OTHERS_OWN_VIEW),
    Route("GET", CANNED, ADMINS),
    Route("POST", CANNED, [*ADMINS[:3], "201"], CANNED_RESPONSE),
    Route("GET", ONE_CANNED, ADMINS),
    Route("PATCH", ONE_CANNED, ADMINS, {"title": "Hi"}),
    Route("DELETE", ONE_CANNED, [*ADMINS[:3], "204"]),
    Route("GET", FILLED, ADMINS),
    Route("GET", ONE_CANNED, [*ADMINS[:3], HIDDEN], which=OTHERS_OWN),
    Route("PATCH", ONE_CANNED, [*ADMINS[:3], HIDDEN], {"title": "Hi"}, OTHERS_OWN),
    Route("DELETE", ONE_CANNED, [*ADMINS[:3], HIDDEN], which=OTHERS_OWN),
    Route("GET", FILLED, [*ADMINS[:3], HIDDEN], which=OTHERS_OWN),
    Route("GET", WEBHOOKS, ADMINS),
    Route("POST", WEBHOOKS, [*ADMINS[:3], "201"], WEBHOOK_ADDED),
    Route("GET", ONE_WEBHOOK, ADMINS),
    Route("PATCH", ONE_WEBHOOK, ADMINS, {"description": "New"}),
    Route("DELETE", ONE_WEBHOOK, [*ADMINS[:3], "204"]),
    Route("POST", f"{ONE_WEBHOOK}/rotate-secret", ADMINS),
    Route("POST", f"{ONE_WEBHOOK}/test", ADMINS),
    Route("GET", f"{ONE_WEBHOOK}/deliveries", ADMINS),
    Route("POST", RETRY, [*ADMINS[:3], "202"]),
    Route("GET", CALENDARS, ADMINS),
    Route("POST", CALENDARS, [*ADMINS[:3], "201"], CALENDAR),
    Route("GET", ONE_CALENDAR, ADMINS),
    Route("PATCH", ONE_CALENDAR, ADMINS, {"hours": HOURS}),
    Route("DELETE", ONE_CALENDAR, [*ADMINS[:3], "204"], which=UNUSED_CALENDAR),
    Route("DELETE", ONE_CALENDAR, [*ADMINS[:3], CALENDAR_IN_USE]),
    Route("GET", POLICIES, ADMINS),
    Route("POST", POLICIES, [*ADMINS[:3], "201"], POLICY),
    Route("GET", ONE_POLICY, ADMINS),
    Route("PATCH", ONE_POLICY, ADMINS, {"first_response": 30}),
    Route("DELETE", ONE_POLICY, [*ADMINS[:3], "204"]),
    Route("GET", RULES, ADMINS),
    Route("POST", RULES, [*ADMINS[:3], "201"], RULE),
    Route("GET", ONE_RULE, ADMINS),
    Route("PATCH", ONE_RULE, ADMINS, {"name": "New"}),
    Route("DELETE", ONE_RULE, [*ADMINS[:3], "204"]),
    Route("POST", f"{RULES}/preview", ADMINS, PREVIEW),
    Route("GET", COMMENTS, PARTIES),
    Route("POST", COMMENTS, PARTIES_CREATE, COMMENT, on_closed=[CLOSED, "201"]),
    Route("POST", COMMENTS, [*PARTIES_CREATE[:2], FORBIDDEN, "201"], NOTE),
    Route("GET", ONE_COMMENT, PARTIES),
    Route("PUT", ONE_COMMENT, AUTHOR, COMMENT, on_closed=[CLOSED, FORBIDDEN]),
    Route("PATCH", ONE_COMMENT, AUTHOR, COMMENT, on_closed=[CLOSED, FORBIDDEN]),
    Route("DELETE", ONE_COMMENT, PARTIES_DELETE),
    Route("GET", ONE_COMMENT, PARTIES, which=A_REPLY),
    Route("PUT", ONE_COMMENT, STAFF, COMMENT, A_REPLY),
    Route("PATCH", ONE_COMMENT, STAFF, COMMENT, A_REPLY),
    Route("DELETE", ONE_COMMENT, [*STAFF[:3], "204"], which=A_REPLY),
    Route("GET", ONE_COMMENT, STAFF_SEES, which=A_NOTE),
    Route("PUT", ONE_COMMENT, STAFF_SEES, COMMENT, A_NOTE),
    Route("PATCH", ONE_COMMENT, STAFF_SEES, COMMENT, A_NOTE),
    Route("DELETE", ONE_COMMENT, [*STAFF_SEES[:3], "204"], which=A_NOTE),
    Route("GET", MESSAGES, PARTIES),
    Route("POST", MESSAGES, PARTIES_CREATE, MESSAGE, on_closed=[CLOSED, "201"]),
    Route("GET", ONE_MESSAGE, PARTIES),
    Route("POST", f"{MESSAGES}/read", PARTIES, {"up_to": 1}),
    Route("GET", "/api/messages/unread-count", ANY_TOKEN),
    Route("GET", "/api/reports/tickets", ADMINS),
    # For mail servers; without their token, as here, nobody may call.
    Route("POST", INBOUND_MAIL, [HIDDEN] * 4),
]
# Each method of each rule once: a valid call, by an admin.
OURS = [r for r in ROUTES if r.rule.startswith("/api/") and r.rule != INBOUND_MAIL]
API = list({route.key: route for route in reversed(OURS)}.values())
API.reverse()
WITH_BODY = [route for route in API if route.body is not None]
WITH_ID = [route for route in API if "<id:" in route.rule]
ON_TICKETS = [route for route in ROUTES if route.rule.startswith((TICKET, ONE_COMMENT))]


def is_refusal(expected: str) -> bool:
    """Return whether an answer in the table is an error."""
    return expected >= "4"


def refusals(caller: str) -> list[tuple[Route, str]]:
    """Return the routes that refuse a caller, and how."""
    answers = [(route, route.answers[CALLERS.index(caller)]) for route in ROUTES]
    return [each for each in answers if is_refusal(each[1])]


@dataclass(frozen=True)
class Event:
    """An event sent on a ticket; ``data``, or the code of the error, for each caller.

    :param answers: to a stranger, the owner and an admin.
    :param data: sent beside ``ticket_id``.
    :param on_closed: as in ``Route``.
    """

    name: str
    answers: list[str]
    data: Mapping[str, Any] = field(default_factory=dict)
    on_closed: list[str] | None = None

    def __str__(self) -> str:
        """Return what tells it from all others, in the names of test cases."""
        return " ".join([self.name, *self.data])


EVERYONE = ["data", "data", "data"]
PARTY = ["not_found", "data", "data"]
TO_CLOSED = ["ticket_closed", "data"]
UNKNOWN_EVENT = "no.such.event"
EVENTS = [
    Event("join", PARTY),
    Event("join", PARTY, {"after": 0}),
    Event("join", ["not_found", "forbidden", "data"], {"staff_after": 0}),
    Event("leave", EVERYONE),
    Event("typing", PARTY, {"typing": True}),
    Event("message.send", PARTY, MESSAGE, on_closed=TO_CLOSED),
    Event("message.read", PARTY, {"up_to": 1}),
    Event(UNKNOWN_EVENT, ["not_found", "not_found", "not_found"]),
]
