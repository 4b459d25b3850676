"""Serve each measured endpoint as a bare Flask view: the floor of its cost.

It runs under the same gunicorn and worker, on the same kind of connections and pool as
the service. It authenticates the same way, executes the same statements, written by
hand, and answers the same bytes. The time that the service takes in addition is the
cost of its own code. Two things the floor leaves out of a send: the service reads the
sender a second time, inside the transaction, and publishes the message to sockets.
"""

import hashlib
import json
import os
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import jwt
from flask import Flask, Response, request
from sqlalchemy import Connection, Row, create_engine

import config
import ticketing.core.database  # noqa: F401  (engines then connect as the service's do)
from ticketing.search.models import first_id
from ticketing.search.words import index_of

settings = config.from_environ(os.environ)
engine = create_engine(
    settings["SQLALCHEMY_DATABASE_URI"], **settings["SQLALCHEMY_ENGINE_OPTIONS"]
)
app = Flask(__name__)

CALLER = """
SELECT u.id, u.name, u.role, u.email, u.active, u.available, u.locale, u.time_zone,
  u.email_confirmed, u.created_at, u.updated_at
FROM users u JOIN tokens t ON t.user_id = u.id WHERE t.jti = %s AND u.active
"""
TICKETS = """
SELECT t.id, t.subject, t.description, t.priority, t.status, t.category_id, t.user_id,
  t.assigned_to, t.waiting_on, t.last_seq, t.last_activity_at, t.created_at,
  t.updated_at, t.attachment, t.attachment_name, t.attachment_type, t.attachment_size,
  c.id, c.name, c.slug, c.description, c.created_at, c.updated_at,
  u.id, u.name, u.role, a.id, a.name, a.role,
  (SELECT COUNT(*) FROM messages m WHERE m.ticket_id = t.id
    AND m.side = IF(t.user_id = %s, 'support', 'customer') AND NOT m.is_read),
  t.last_staff_seq, t.waiting_since, t.rated_at, t.rating_score, t.rating_comment
"""
STAFF = """,
  (SELECT shown FROM ticket_service_levels WHERE ticket_id = t.id) AS sla,
  (SELECT GROUP_CONCAT(tags.name) FROM tags JOIN ticket_tags
    ON ticket_tags.tag_id = tags.id WHERE ticket_tags.ticket_id = t.id) AS tags
"""
FROM_TICKETS = """
FROM tickets t LEFT JOIN users u ON u.id = t.user_id
  LEFT JOIN categories c ON c.id = t.category_id
  LEFT JOIN users a ON a.id = t.assigned_to
"""
LAST_ENTRY = """,
  said.created_at, said.user_id, SUBSTR(said.message, 1, 140),
  sender.id, sender.name, sender.role,
  noted.created_at, noted.user_id, SUBSTR(noted.content, 1, 140),
  author.id, author.name, author.role
"""
JOIN_LAST_ENTRY = """
  LEFT JOIN messages said ON said.id = (SELECT id FROM messages
    WHERE ticket_id = t.id ORDER BY id DESC LIMIT 1)
  LEFT JOIN users sender ON sender.id = said.user_id
  LEFT JOIN comments noted ON noted.id = (SELECT id FROM comments
    WHERE ticket_id = t.id AND NOT internal ORDER BY id DESC LIMIT 1)
  LEFT JOIN users author ON author.id = noted.user_id
"""
FROM_LISTED = FROM_TICKETS + JOIN_LAST_ENTRY
NEWEST = " ORDER BY t.created_at DESC, t.id DESC LIMIT 26"
TICKET = """
SELECT id, user_id, status, last_seq, last_staff_seq, assigned_to, waiting_on,
  waiting_since, created_at, last_activity_at, person_acted_at,
  first_response_seconds, sla_policy_id
FROM tickets WHERE id = %s FOR UPDATE
"""
MESSAGES = """
SELECT m.id, m.ticket_id, m.user_id, m.message, m.client_id, m.is_read, m.read_at,
  m.created_at, m.updated_at, u.id, u.name, u.role,
  (SELECT MIN(w.id) FROM messages w WHERE w.ticket_id = t.id
    AND w.side = IF(t.user_id = %s, 'support', 'customer') AND NOT w.is_read)
FROM messages m JOIN users u ON u.id = m.user_id JOIN tickets t ON t.id = m.ticket_id
WHERE m.ticket_id = %s ORDER BY m.id DESC LIMIT 51
"""
TOTAL = """
SELECT
  (SELECT STRAIGHT_JOIN COUNT(*) FROM tickets t JOIN messages m ON m.ticket_id = t.id
    WHERE t.user_id = %s AND m.side = 'support' AND NOT m.is_read)
  + (SELECT STRAIGHT_JOIN COUNT(*) FROM tickets t JOIN messages m ON m.ticket_id = t.id
    WHERE t.assigned_to = %s AND t.user_id != %s AND m.side = 'customer'
      AND NOT m.is_read AND EXISTS
        (SELECT * FROM users WHERE id = %s AND role = 'admin' AND active))
"""
KEY = """
SELECT fingerprint, resource_id FROM idempotency_keys WHERE user_id = %s AND `key` = %s
"""
ADD_KEY = """
INSERT INTO idempotency_keys (user_id, `key`, fingerprint, resource_id, created_at)
VALUES (%s, %s, %s, %s, %s)
"""
ADD_MESSAGE = """
INSERT INTO messages
  (ticket_id, user_id, side, message, client_id, is_read, created_at, updated_at)
VALUES (%s, %s, %s, %s, %s, FALSE, %s, %s)
"""
ADD_EVENT = """
INSERT INTO ticket_events
  (ticket_id, stream, seq, name, actor_id, payload, created_at)
VALUES (%s, 'public', %s, 'message.sent', %s, %s, %s)
"""
ADD_TEXT = """
INSERT INTO search_texts (id, ticket_id, kind, source_id, internal, words)
SELECT COALESCE(MAX(id), %s) + 1, %s, 'message', %s, FALSE, %s
FROM search_texts WHERE id BETWEEN %s AND %s
"""
ADVANCE = """
UPDATE tickets SET last_seq = %s, last_activity_at = %s, person_acted_at = NULL,
  waiting_on = %s, waiting_since = %s WHERE id = %s
"""
PRIORITIES = ("low", "medium", "high", "urgent")


@app.get("/healthz")
def healthz() -> Response:
    """Answer as soon as the server runs."""
    return _json({"status": "ok"})


@app.get("/api/me")
def me() -> Response:
    """Show the caller."""
    with engine.connect() as connection:
        user = _caller(connection)
    return _json(
        {
            **_profile(user[:3]),
            "email": user.email,
            **(_of_admin(user) if user.role == "admin" else {}),
            "email_confirmed": bool(user.email_confirmed),
            "created_at": _iso(user.created_at),
            "updated_at": _iso(user.updated_at),
            "locale": user.locale,
            "time_zone": user.time_zone,
        }
    )


@app.get("/api/tickets")
def tickets() -> Response:
    """List the newest tickets."""
    with engine.connect() as connection:
        user = _caller(connection)
        is_admin = user.role == "admin"
        criterion = "" if is_admin else " WHERE t.user_id = %s"
        params = (user.id,) * (1 if is_admin else 2)
        staff = STAFF if is_admin else ""
        listed = TICKETS + LAST_ENTRY + staff + FROM_LISTED + criterion + NEWEST
        found = connection.exec_driver_sql(listed, params).all()
    following = None
    if len(found) > 25:
        last = found[24]
        cursor = ["-created_at", last[11].isoformat(), last[0]]
        following = urlsafe_b64encode(json.dumps(cursor).encode()).decode()
    data = [
        _ticket(row, user) | {"last_entry": _last_entry(row)} | _staff_fields(row, user)
        for row in found[:25]
    ]
    return _json({"data": data, "next": following})


@app.get("/api/tickets/<int:ticket_id>")
def ticket(ticket_id: int) -> Response:
    """Show a ticket."""
    with engine.connect() as connection:
        user = _caller(connection)
        staff = STAFF if user.role == "admin" else ""
        one = f"{TICKETS}{staff}{FROM_TICKETS} WHERE t.id = %s"
        row = connection.exec_driver_sql(one, (user.id, ticket_id)).one()
    return _json(_ticket(row, user) | _staff_fields(row, user))


@app.get("/api/tickets/<int:ticket_id>/messages")
def messages(ticket_id: int) -> Response:
    """List the newest messages of a ticket, all of which have been read."""
    with engine.connect() as connection:
        user = _caller(connection)
        found = connection.exec_driver_sql(MESSAGES, (user.id, ticket_id)).all()
    following = found[49][0] if len(found) > 50 else None
    data = [_message(row) for row in reversed(found[:50])]
    return _json({"data": data, "next": following})


@app.get("/api/messages/unread-count")
def unread_count() -> Response:
    """Count the caller's unread messages."""
    with engine.connect() as connection:
        user = _caller(connection)
        total = connection.exec_driver_sql(TOTAL, (user.id,) * 4).scalar_one()
    return _json({"unread_count": total})


@app.post("/api/tickets/<int:ticket_id>/messages")
def send(ticket_id: int) -> Response:
    """Store a message, its key, its entry in the history, and its words."""
    body = request.get_json()
    with engine.connect() as connection:
        user = _caller(connection)
        connection.exec_driver_sql("BEGIN")
        row = connection.exec_driver_sql(TICKET, (ticket_id,)).one()
        key = (user.id, body["client_id"])
        assert not connection.exec_driver_sql(KEY, key).all()
        now = datetime.now(UTC)
        side = "customer" if row.user_id == user.id else "support"
        stored = (ticket_id, user.id, side, body["message"], body["client_id"])
        added = connection.exec_driver_sql(ADD_MESSAGE, (*stored, now, now))
        sent = _sent(added.lastrowid, ticket_id, user, body, now)
        attempt = json.dumps([request.path, body]).encode()
        fingerprint = hashlib.sha256(attempt).hexdigest()
        connection.exec_driver_sql(ADD_KEY, (*key, fingerprint, sent["id"], now))
        payload = json.dumps(sent, ensure_ascii=False)
        event = (ticket_id, row.last_seq + 1, user.id, payload, now)
        connection.exec_driver_sql(ADD_EVENT, event)
        first, last = first_id(ticket_id), first_id(ticket_id + 1) - 1
        words = (ticket_id, sent["id"], index_of(body["message"]))
        connection.exec_driver_sql(ADD_TEXT, (first, *words, first, last))
        waiting_on = "customer" if side == "support" else "support"
        since = row.waiting_since if row.waiting_on == waiting_on else now
        advanced = (row.last_seq + 1, now, waiting_on, since, ticket_id)
        connection.exec_driver_sql(ADVANCE, advanced)
        connection.commit()
    return _json(sent, 201)


def _caller(connection: Connection) -> Row:
    token = request.headers["Authorization"].removeprefix("Bearer ")
    secret = settings["JWT_SECRET_KEY"]
    return connection.exec_driver_sql(CALLER, (_jti(token, secret),)).one()


@lru_cache(4096)
def _jti(token: str, secret: str) -> str:
    return jwt.decode(token, secret, algorithms=["HS256"])["jti"]


def _json(value: Any, status: int = 200) -> Response:
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")) + "\n"
    return Response(body, status, content_type="application/json")


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat("T", "microseconds") if moment else None


def _of_admin(user: Row) -> dict[str, Any]:
    return {"active": bool(user.active), "available": bool(user.available)}


def _profile(columns: Any) -> dict[str, Any]:
    return dict(zip(("id", "name", "role"), columns, strict=True))


def _ticket(row: Row, viewer: Row) -> dict[str, Any]:
    ticket_id, subject, description, priority, status, category_id, user_id = row[:7]
    assigned_to, waiting_on, last_seq, active_at, created_at, updated_at = row[7:13]
    key, name, content_type, size = row[13:17]
    category, category_name, slug, about, its_creation, its_update = row[17:23]
    attachment = {
        "name": name,
        "content_type": content_type,
        "size": size,
        "url": f"/api/tickets/{ticket_id}/attachment",
    }
    return {
        "id": ticket_id,
        "subject": subject,
        "description": description,
        "priority": PRIORITIES[priority - 1],
        "status": status,
        "category_id": category_id,
        "category": {
            "id": category,
            "name": category_name,
            "slug": slug,
            "description": about,
            "created_at": _iso(its_creation),
            "updated_at": _iso(its_update),
        },
        "user_id": user_id,
        "user": _profile(row[23:26]),
        "assigned_to": assigned_to,
        "assignee": None if assigned_to is None else _profile(row[26:29]),
        "attachment": attachment if key else None,
        "waiting_on": waiting_on,
        "rating": _rating(*row[32:35]),
        "created_at": _iso(created_at),
        "updated_at": _iso(updated_at),
        "unread_count": row[29],
        "last_seq": last_seq,
        **({"last_staff_seq": row[30]} if viewer.role == "admin" else {}),
        "last_activity_at": _iso(active_at),
        "waiting_since": _iso(row[31]),
    }


def _rating(at: datetime | None, score: int, comment: str) -> dict[str, Any] | None:
    rating = {"score": score, "comment": comment, "created_at": _iso(at)}
    return rating if at else None


def _staff_fields(row: Row, viewer: Row) -> dict[str, Any]:
    if viewer.role != "admin":
        return {}
    tags = sorted(row.tags.split(",")) if row.tags else []
    return {"tags": tags, "sla": row.sla and json.loads(row.sla)}


def _last_entry(row: Row) -> dict[str, Any] | None:
    message, comment = ("message", *row[35:41]), ("comment", *row[41:47])
    replies = [reply for reply in (message, comment) if reply[1]]
    if not replies:
        return None
    kind, created_at, user_id, excerpt, *profile = max(replies, key=lambda r: r[1])
    return {
        "kind": kind,
        "side": "customer" if user_id == row[6] else "support",
        "user": _profile(profile),
        "excerpt": excerpt,
        "created_at": _iso(created_at),
    }


def _message(row: Sequence[Any]) -> dict[str, Any]:
    return {
        "id": row[0],
        "ticket_id": row[1],
        "user_id": row[2],
        "user": _profile(row[9:12]),
        "message": row[3],
        "client_id": row[4],
        "is_read": bool(row[5]),
        "read_at": _iso(row[6]),
        "files": [],
        "created_at": _iso(row[7]),
        "updated_at": _iso(row[8]),
    }


def _sent(
    message_id: int, ticket_id: int, user: Row, body: dict[str, str], now: datetime
) -> dict[str, Any]:
    row = (message_id, ticket_id, user.id, body["message"], body["client_id"])
    return _message((*row, False, None, now, now, *user[:3]))
