"""The log of requests and socket events."""

import json

import pytest
from sqlalchemy.exc import IntegrityError

from ticketing.accounts.models import User
from ticketing.chat.events import MessageSent
from ticketing.core import transaction
from ticketing.core.database import db
from ticketing.ops import logs
from ticketing.web.extensions import socketio

PASSWORD = "correct horse"
TEXT = "My card number is 4111"


@pytest.fixture
def fail(app, monkeypatch):
    """Let the list of tickets raise an unexpected error."""
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    listing = "ticketing.tickets.queries.list_tickets"
    monkeypatch.setattr(listing, lambda *a, **kw: 1 / 0)


def test_each_request_is_logged_in_one_line(api, customer, logged):
    response = api(customer).get("/api/tickets?status=open")

    line, *_ = logged("ticketing.requests")  # then the client may read the document
    assert line.pop("duration_ms") > 0
    assert line.pop("timestamp")
    assert line == {
        "level": "INFO",
        "logger": "ticketing.requests",
        "message": "request",
        "request_id": response.headers["X-Request-ID"],
        "method": "GET",
        "route": "/api/tickets",
        "status": 200,
        "user_id": customer.id,
        "address": "127.0.0.1",
    }


@pytest.mark.parametrize(
    ("method", "path", "logged_as"),
    [
        ("GET", "/api/tickets/7", ("GET", "/api/tickets/<id:ticket_id>", 401, None)),
        ("GET", "/nowhere/7", ("unknown", "unknown", 404, None)),
        ("DELETE", "/api/tickets", ("unknown", "unknown", 405, None)),
        ("BREW", "/api/tickets", ("unknown", "unknown", 405, None)),
        ("OPTIONS", "/api/tickets", ("OPTIONS", "/api/tickets", 200, None)),
        (
            "GET",
            "/socket.io/?EIO=4&transport=polling",
            ("GET", "/socket.io", 200, None),
        ),
        (
            "PUT",
            "/socket.io/?EIO=4&transport=polling",
            ("unknown", "/socket.io", 405, None),
        ),
    ],
)
def test_a_request_is_logged_by_its_route(anyone, logged, method, path, logged_as):
    response = anyone.open(path, method=method)

    (line,) = logged("ticketing.requests")
    found = (line["method"], line["route"], line["status"], line.get("user_id"))
    assert found == logged_as
    assert line["request_id"] == response.headers["X-Request-ID"]


def test_texts_passwords_and_tokens_are_not_logged(
    api, anyone, token, customer, ticket, listen, logged
):
    account = {"name": "Pia", "email": "pia@example.org", "password": PASSWORD}
    anyone.post("/api/register", json=account | {"password_confirmation": PASSWORD})
    anyone.post("/api/login", json={"email": "pia@example.org", "password": PASSWORD})
    anyone.post("/api/login", json={"email": PASSWORD, "password": PASSWORD})
    url, ours = f"/api/tickets/{ticket.id}", token(customer)
    anyone.get(f"{url}?token={ours}", headers={"Authorization": f"Bearer {ours}x"})
    api(customer).post(f"{url}/messages", json={"message": TEXT})
    api(customer).post(f"{url}/comments", json={"content": TEXT, "internal": True})
    listen(customer).emit(
        "message.send", {"ticket_id": ticket.id, "message": TEXT, "x": TEXT}
    )

    text = json.dumps(logged(""))
    assert len(logged("ticketing.requests")) == 6
    for secret in (PASSWORD, TEXT, ours, "pia@example.org", "?"):
        assert secret not in text


def test_an_error_is_logged_with_its_traceback_under_the_request(
    api, customer, fail, logged
):
    response = api(customer).get("/api/tickets?status=open")

    (line,) = [line for line in logged() if line["level"] == "ERROR"]
    assert "ZeroDivisionError" in line["exc_info"]
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert line["user_id"] == customer.id
    assert "status=open" not in line["message"]


def test_a_logged_database_error_contains_no_values(app, customer):
    with app.app_context():
        db.session.add(User(name=TEXT, email=customer.email, password=PASSWORD))
        with pytest.raises(IntegrityError) as error:
            db.session.flush()
        db.session.rollback()

    assert TEXT not in str(error.value)
    assert PASSWORD not in str(error.value)


def test_a_logged_listener_error_contains_no_event_values(
    api, customer, ticket, logged, monkeypatch
):
    def refuse(sent):
        raise RuntimeError("no")

    monkeypatch.setitem(transaction._after_commit, MessageSent, [refuse])

    api(customer).post(f"/api/tickets/{ticket.id}/messages", json={"message": TEXT})

    (line,) = [line for line in logged() if line["level"] == "ERROR"]
    assert "MessageSent" in line["message"] and "RuntimeError" in line["exc_info"]
    assert TEXT not in json.dumps(line)


@pytest.mark.parametrize(
    ("event", "payload", "code"),
    [
        ("join", {"ticket_id": 1}, "not_found"),
        ("join", {"ticket_id": "x"}, "invalid"),
        ("message.send", {"ticket_id": 1, "message": "Hm."}, "not_found"),
    ],
)
def test_a_refused_event_is_logged_by_its_name(
    live, stranger, logged, event, payload, code
):
    live(stranger).emit(event, payload, callback=True)

    (line,) = logged("ticketing.web.sockets")
    assert (line["event"], line["code"]) == (event, code)
    assert line["user_id"] == stranger.id


def test_an_unknown_socket_event_is_not_logged(live, customer, logged):
    live(customer).emit("x" * 1000, {}, callback=True)

    assert logged() == []


def test_a_refused_connection_is_audited(app, logged):
    socketio.test_client(app, auth={"token": "x.y.z"})

    (line,) = logged("ticketing.audit")
    assert (line["message"], line["code"]) == ("connection refused", "unauthenticated")
    assert "x.y.z" not in json.dumps(logged(""))


def test_lines_written_to_wsgi_errors_are_logged(caplog):
    caplog.set_level("INFO", "wsgi.errors")
    errors = logs.ErrorStream()

    errors.write("A socket is gone.\n")
    errors.write("\n")

    assert [record.message for record in caplog.records] == ["A socket is gone."]
