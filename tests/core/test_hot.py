"""The statements of ``core.hot`` bypass the session as they say."""

import pytest
from sqlalchemy import event

from ticketing.core.database import db


@pytest.fixture
def of_session(app):
    """Return a function that counts an event of the session during a call."""

    def count(name, call):
        found = []

        def note(*args):
            found.append(args)

        event.listen(db.session, name, note)
        try:
            call()
        finally:
            event.remove(db.session, name, note)
        return len(found)

    return count


@pytest.mark.parametrize("path", ["me", "tickets", "messages/unread-count"])
def test_reading_columns_opens_no_session(api, customer, ticket, of_session, path):
    client = api(customer)

    opened = of_session("after_begin", lambda: client.get(f"/api/{path}"))

    assert opened == 0


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_a_message_is_stored_without_a_flush(
    api, customer, admin, ticket, of_session, request, who
):
    client, url = api(request.getfixturevalue(who)), f"/api/tickets/{ticket.id}"
    body, answers = {"message": "Hm.", "client_id": "attempt-1"}, []

    def send():
        answers.append(client.post(f"{url}/messages", json=body))

    flushes = of_session("before_flush", send)

    assert answers[0].status_code == 201
    assert flushes == 0
    shown = api(admin).get(url).json
    assert shown["last_seq"] == 1
    assert shown["waiting_on"] == ("support" if who == "customer" else "customer")
    assert client.post(f"{url}/messages", json=body).status_code == 200
