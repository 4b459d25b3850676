"""The periodic check finds changes of rights that another process committed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import delete, update
from sqlalchemy.exc import OperationalError

from ticketing.accounts import tokens
from ticketing.accounts.models import Role, Token, User
from ticketing.core.database import db
from ticketing.realtime import connections, periodic_check
from ticketing.realtime.periodic_task import PeriodicTask

pytestmark = pytest.mark.usefixtures("no_periodic_check")


@pytest.fixture
def elsewhere(app):
    """Change the database as another process does, then run the check here."""

    def elsewhere(statement):
        with app.app_context():
            db.session.execute(statement)
            db.session.commit()
            periodic_check.check()

    return elsewhere


@pytest.mark.parametrize(
    "statement",
    [
        lambda user: delete(Token).where(Token.user_id == user.id),
        lambda user: update(User).where(User.id == user.id).values(active=False),
        lambda user: update(User).where(User.id == user.id).values(role=Role.CUSTOMER),
    ],
    ids=["revoked", "deactivated", "demoted"],
)
def test_the_periodic_check_disconnects_sockets_whose_rights_changed(
    live, colleague, admin, elsewhere, statement
):
    cut, kept = live(colleague), live(admin)

    elsewhere(statement(colleague))

    assert not cut.is_connected()
    assert kept.is_connected()


def test_a_room_of_a_ticket_that_is_opened_during_the_check_stays(
    app, api, live, heard, customer, category, monkeypatch
):
    client, disconnect = live(customer), connections.disconnect
    opened = []

    def open_another_ticket():
        body = {"category_id": category.id, "subject": "Ink", "description": "None."}
        answer = api(customer).post("/api/tickets", json={**body, "priority": "low"})
        opened.append(answer.json["id"])
        joined = client.emit("join", {"ticket_id": opened[-1]}, callback=True)
        assert "data" in joined

    def meanwhile(which):
        disconnect(which)
        with ThreadPoolExecutor(1) as another:
            another.submit(open_another_ticket).result()

    monkeypatch.setattr(connections, "disconnect", meanwhile)
    with app.app_context():
        periodic_check.check()

    client.get_received()
    for ticket_id in opened:
        url = f"/api/tickets/{ticket_id}/comments"
        api(customer).post(url, json={"content": "Still none."})
    assert [entry["ticket_id"] for entry in heard(client)] == opened


def test_the_periodic_check_keeps_sockets_whose_rights_did_not_change(
    live, customer, elsewhere
):
    client = live(customer)

    elsewhere(update(User).where(User.id == customer.id).values(name="Carlotta"))

    assert client.is_connected()


def test_the_periodic_check_disconnects_nobody_when_the_database_is_down(
    app, live, customer, monkeypatch, caplog
):
    client = live(customer)

    def fail(jtis):
        raise OperationalError("SELECT", {}, Exception("gone away"))

    monkeypatch.setattr(tokens, "roles_by", fail)
    PeriodicTask(1.0, bool, periodic_check.check)._call(app)

    assert client.is_connected()
    assert "check failed; it is tried again" in caplog.text


def test_the_periodic_check_executes_as_many_statements_for_any_number_of_sockets(
    app, listen, live, customer, admin, monkeypatch
):
    for user in (customer, admin, customer):
        listen(user)
    asked = []
    with app.app_context():
        execute = db.session.execute
        monkeypatch.setattr(
            db.session, "execute", lambda *a: asked.append(a) or execute(*a)
        )
        periodic_check.check()

    assert len(asked) == 2
