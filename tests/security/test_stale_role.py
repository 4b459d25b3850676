"""Threat: rights that somebody once had."""

import pytest

from ticketing.accounts.models import Role, User
from ticketing.core.database import db
from ticketing.history import service


@pytest.fixture
def demote(app):
    """Change a role as another process would, of which this one is not told."""

    def demote(user, **rights):
        with app.app_context():
            row = db.session.get(User, user.id)
            for name, value in rights.items():
                setattr(row, name, value)
            db.session.commit()

    return demote


def test_a_demotion_counts_from_the_next_request(api, colleague, ticket, demote):
    client = api(colleague)
    assert client.get("/api/users").status_code == 200

    demote(colleague, role=Role.CUSTOMER)

    assert client.get("/api/users").status_code == 403
    assert client.get(f"/api/tickets/{ticket.id}").status_code == 404
    assert client.get("/api/tickets").json["data"] == []


def test_a_demotion_counts_from_the_next_event(live, colleague, ticket, demote):
    socket, mine = live(colleague), {"ticket_id": ticket.id}
    assert "staff" in socket.emit("join", mine, callback=True)["data"]

    demote(colleague, role=Role.CUSTOMER)

    for event, data in (("join", mine), ("message.send", {**mine, "message": "Hm."})):
        error = socket.emit(event, data, callback=True)["error"]
        assert error["code"] == "not_found"


def test_a_demotion_counts_for_an_event_that_is_being_handled(
    live, colleague, ticket, demote, monkeypatch
):
    socket, streams_for = live(colleague), service.streams_for

    def demote_afterwards(*args):
        streams = streams_for(*args)
        demote(colleague, role=Role.CUSTOMER)
        return streams

    monkeypatch.setattr(service, "streams_for", demote_afterwards)
    join = {"ticket_id": ticket.id, "after": 0, "staff_after": 0}
    error = socket.emit("join", join, callback=True)["error"]

    assert error["code"] == "not_found"


def test_a_deactivated_user_is_unauthenticated_at_once(api, live, colleague, demote):
    client, socket = api(colleague), live(colleague)

    demote(colleague, active=False)

    assert client.get("/api/me").status_code == 401
    answer = socket.emit("leave", {"ticket_id": 1}, callback=True)
    assert answer["error"]["code"] == "unauthenticated"


def test_a_demoted_admin_registers_no_admins(
    app, anyone, token, colleague, demote, monkeypatch
):
    monkeypatch.setitem(app.config, "ADMIN_REGISTRATION", "closed")
    given = token(colleague)
    demote(colleague, role=Role.CUSTOMER)
    form = {"name": "Eve", "email": "eve@example.org", "role": "admin"}
    form |= dict.fromkeys(["password", "password_confirmation"], "correct horse")

    response = anyone.post(
        "/api/register", json=form, headers={"Authorization": f"Bearer {given}"}
    )

    assert response.status_code == 403
