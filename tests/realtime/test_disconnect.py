"""Sockets are disconnected when their user loses the token or changes rights."""

from datetime import UTC, datetime, timedelta
from threading import Event

import pytest
import time_machine
from sqlalchemy import delete, update

from ticketing.accounts.models import Role, Token, User
from ticketing.core.database import db
from ticketing.realtime import connections, periodic_check
from ticketing.web.extensions import socketio

PASSWORD = "correct horse"


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("call", ["logout", "refresh"])
def test_logout_and_refresh_disconnect_the_sockets_of_the_token(
    anyone, live, token, customer, stranger, call
):
    given = token(customer)
    own = [live(customer, with_token=given) for _ in range(2)]
    others = [live(customer), live(stranger)]

    response = anyone.post(f"/api/{call}", headers=bearer(given))

    assert response.status_code == 200
    assert [client.is_connected() for client in own] == [False, False]
    assert [client.is_connected() for client in others] == [True, True]


def test_the_token_of_a_refresh_connects_and_the_old_one_does_not(
    anyone, live, token, customer
):
    given = token(customer)

    fresh = anyone.post("/api/refresh", headers=bearer(given)).json["token"]

    assert live(customer, with_token=fresh).is_connected()
    assert not live(customer, with_token=given).is_connected()


def test_a_new_password_disconnects_the_users_other_sockets(anyone, live, stranger):
    pia = {"email": "pia@example.org", "password": PASSWORD}
    registration = {"name": "Pia", "password_confirmation": PASSWORD, **pia}
    first = anyone.post("/api/register", json=registration).json["token"]
    second = anyone.post("/api/login", json=pia).json["token"]
    clients = [live(None, with_token=given) for given in (first, second)]
    other = live(stranger)

    response = anyone.patch(
        "/api/me",
        headers=bearer(first),
        json={
            "password": "battery staple",
            "password_confirmation": "battery staple",
            "current_password": PASSWORD,
        },
    )

    assert response.status_code == 200
    assert [client.is_connected() for client in clients] == [True, False]
    assert other.is_connected()


@pytest.mark.parametrize(
    ("who", "rights"),
    [
        ("customer", {"active": False}),
        ("customer", {"role": "admin"}),
        ("colleague", {"active": False}),
        ("colleague", {"role": "customer"}),
    ],
)
def test_a_change_of_rights_disconnects_the_sockets_of_the_user(
    api, live, admin, stranger, request, who, rights
):
    user = request.getfixturevalue(who)
    clients, others = [live(user), live(user)], [live(admin), live(stranger)]

    response = api(admin).patch(f"/api/users/{user.id}", json=rights)

    assert response.status_code == 200
    assert [client.is_connected() for client in clients] == [False, False]
    assert [client.is_connected() for client in others] == [True, True]


def test_changes_that_keep_the_rights_disconnect_no_socket(api, live, admin, customer):
    client = live(customer)

    api(admin).patch(f"/api/users/{customer.id}", json={"role": "customer"})
    api(customer).patch("/api/me", json={"name": "Carlotta"})

    assert client.is_connected()


@pytest.mark.parametrize("rights", [{"role": "customer"}, {"active": False}])
def test_a_demoted_or_deactivated_admin_receives_no_notes(
    api, listen, admin, colleague, heard, ticket, rights
):
    client = listen(colleague)
    api(admin).patch(f"/api/users/{colleague.id}", json=rights)

    note = {"content": "Arson?", "internal": True}
    api(admin).post(f"/api/tickets/{ticket.id}/comments", json=note)
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"priority": "urgent"})

    assert client.queue == []


def test_a_demoted_admin_reconnects_as_a_customer(
    api, live, token, admin, colleague, make_ticket
):
    given = token(colleague)
    own = make_ticket(colleague)
    api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})
    client = live(colleague, with_token=given)

    joined = client.emit("join", {"ticket_id": own.id}, callback=True)

    note = {"content": "Arson?", "internal": True}
    api(admin).post(f"/api/tickets/{own.id}/comments", json=note)
    assert "staff" not in joined["data"]
    assert client.get_received() == []


@pytest.fixture
def later(monkeypatch):
    """Set the clock of the periodic check forward; return once it has run."""

    def later(**by):
        now = datetime.now(UTC) + timedelta(**by)
        checked, check = Event(), periodic_check.check

        def check_and_tell():
            check()
            checked.set()

        monkeypatch.setattr(periodic_check, "utcnow", lambda: now)
        monkeypatch.setattr(periodic_check.task, "_function", check_and_tell)
        assert checked.wait(10)

    return later


@pytest.mark.parametrize(
    ("by", "stays"), [({"hours": 7, "minutes": 59}, True), ({"hours": 8}, False)]
)
def test_a_socket_is_disconnected_when_its_token_expires(
    live, later, customer, monkeypatch, by, stays
):
    monkeypatch.setattr(periodic_check.task, "interval_s", 0.01)
    client = live(customer)

    later(**by)

    assert client.is_connected() is stays


EVENTS = {
    "join": {},
    "leave": {},
    "typing": {"typing": True},
    "message.send": {"message": "Hm."},
    "message.read": {"up_to": 1},
}


@pytest.fixture
def unnoticed(app, monkeypatch):
    """Change the database as another process does; disconnect nobody here."""
    monkeypatch.setattr(connections, "disconnect", lambda which: None)

    def unnoticed(statement):
        with app.app_context():
            db.session.execute(statement)
            db.session.commit()

    return unnoticed


def change(user, **values):
    return update(User).where(User.id == user.id).values(**values)


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("how", ["revoked", "deactivated", "expired"])
def test_every_event_from_a_socket_is_authenticated_again(
    api, admin, live, customer, ticket, unnoticed, event, how
):
    client = live(customer)
    hours = 0
    if how == "revoked":
        unnoticed(delete(Token).where(Token.user_id == customer.id))
    elif how == "deactivated":
        unnoticed(change(customer, active=False))
    else:
        hours = 9

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=hours)):
        data = {"ticket_id": ticket.id, **EVENTS[event]}
        answer = client.emit(event, data, callback=True)

    url = f"/api/tickets/{ticket.id}/messages"
    assert answer["error"]["code"] == "unauthenticated"
    assert api(admin).get(url).json["data"] == []


@pytest.mark.parametrize("event", sorted(set(EVENTS) - {"leave"}))
def test_every_event_from_a_socket_is_authorized_again(
    live, colleague, ticket, unnoticed, event
):
    client = live(colleague)
    unnoticed(change(colleague, role=Role.CUSTOMER))

    data = {"ticket_id": ticket.id, **EVENTS[event]}
    answer = client.emit(event, data, callback=True)

    assert answer["error"]["code"] == "not_found"


def test_joining_the_staff_stream_is_authorized_again(
    live, colleague, make_ticket, unnoticed
):
    client, own = live(colleague), make_ticket(colleague)
    unnoticed(change(colleague, role=Role.CUSTOMER))

    data = {"ticket_id": own.id, "staff_after": 0}
    answer = client.emit("join", data, callback=True)

    assert answer["error"]["code"] == "forbidden"


def test_an_unknown_event_with_a_revoked_token_is_refused(
    live, customer, unnoticed, ticket
):
    client = live(customer)
    unnoticed(delete(Token).where(Token.user_id == customer.id))

    assert list(client.emit("delete", callback=True)) == ["error"]


def test_a_token_revoked_while_connecting_does_not_stay_connected(
    app, anyone, token, customer, monkeypatch
):
    given, add = token(customer), connections.add

    def add_late(*args):
        anyone.post("/api/logout", headers=bearer(given))
        add(*args)

    monkeypatch.setattr(connections, "add", add_late)

    client = socketio.test_client(app, auth={"token": given})

    assert not client.is_connected()


def test_a_demoted_admin_does_not_receive_the_unassignment_it_causes(
    api, admin, colleague, ticket, live
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"assigned_to": colleague.id})
    client, other = live(colleague), live(admin)

    api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})

    assert client.queue == []
    assert "ticket.updated" in [packet["name"] for packet in other.get_received()]
