"""Fixtures for users who close their accounts."""

import io

import pytest

from ticketing.accounts.models import Role, User
from ticketing.accounts.passwords import hash_password
from ticketing.core.database import db
from ticketing.people import service

PASSWORD = "correct horse"
CANARY = "Wanadoo7Canary"  # without an x, so that the search stores it as it is


@pytest.fixture
def make_leaver(app, save):
    """Store a user with a password, whose name and email are theirs alone."""

    def make_leaver(role=Role.CUSTOMER):
        with app.app_context():
            hashed = hash_password(PASSWORD)
        name, email = f"{CANARY} Name", f"{CANARY}@example.org"
        return save(User(name=name, email=email, password=hashed, role=role))

    return make_leaver


@pytest.fixture
def leaver(make_leaver) -> User:
    """A customer who will close their account."""
    return make_leaver()


@pytest.fixture
def leave(api):
    """Let a user close their own account."""

    def leave(user):
        response = api(user).delete("/api/me", json={"current_password": PASSWORD})
        assert response.status_code == 204

    return leave


@pytest.fixture
def erase(app):
    """Erase the data of a user."""

    def erase(user):
        with app.app_context():
            service.erase(user.id)

    return erase


@pytest.fixture
def write_everywhere(api, category, admin):
    """Write a text everywhere a customer can; return the id of their ticket."""

    def write_everywhere(user, text=CANARY):
        http, http_of_admin = api(user), api(admin)
        form = {"subject": f"{text} 1", "description": f"{text} 2", "priority": "high"}
        form["attachment"] = (io.BytesIO(f"{text} 3".encode()), f"{text}.txt")
        form["category_id"] = str(category.id)
        key = {"Idempotency-Key": f"{text}-0000"}
        ticket_id = http.post("/api/tickets", data=form, headers=key).json["id"]
        url = f"/api/tickets/{ticket_id}"
        edited = {"subject": f"{text} 4", "description": f"{text} 5"}
        comment = {"content": f"{text} 6"}
        message = {"message": f"{text} 7", "client_id": f"{text}-0001"}
        rating = {"score": 4, "comment": f"{text} 8"}
        assert http.patch(url, json=edited).status_code == 200
        added = http.post(f"{url}/comments", json=comment).json
        changed = {"content": f"{text} 9"}
        assert http.patch(f"/api/comments/{added['id']}", json=changed).json["content"]
        sent, unsent = (_add_file(http, url, f"{text} {n}") for n in (10, 11))
        message["file_ids"] = [sent]
        assert http.post(f"{url}/messages", json=message).status_code == 201
        http_of_admin.post(f"{url}/messages", json={"message": "Unplug it."})
        resolved = {"status": "resolved", "assigned_to": admin.id}
        assert http_of_admin.patch(url, json=resolved).status_code == 200
        assert http.put(f"{url}/rating", json=rating).status_code == 200
        return ticket_id

    return write_everywhere


def _add_file(http, url, text):
    form = {"file": (io.BytesIO(text.encode()), f"{text}.txt")}
    return http.post(f"{url}/files", data=form).json["id"]


@pytest.fixture
def stored(app):
    """Return the rows of every table that have a text, in any case."""

    def stored(text):
        with app.app_context(), db.engine.connect() as connection:
            rows = [
                (table.name, repr(tuple(row)))  # a Row's repr cuts long values
                for table in db.metadata.sorted_tables
                for row in connection.execute(table.select())
            ]
        return [row for row in rows if text.lower() in row[1].lower()]

    return stored
