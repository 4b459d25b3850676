"""Fixtures for searches: the tickets found, by each of the queries."""

import pytest

from ticketing.search import queries, service

URL = "/api/tickets"


@pytest.fixture
def index(app):
    """Index the tickets that were stored without the service."""

    def index():
        with app.app_context():
            return sum(service.rebuild(service.not_indexed()))

    return index


@pytest.fixture
def search(api):
    """Return the tickets that a user finds."""

    def search(user, q, **query):
        response = api(user).get(URL, query_string={"q": q, **query})
        assert response.status_code == 200, response.json
        return response.json["data"]

    return search


@pytest.fixture
def by_index(monkeypatch):
    """Make the searches of admins use the index, as among millions of tickets."""
    monkeypatch.setattr(queries, "RECENT_TICKETS", 0)
    monkeypatch.setattr(queries, "MAX_RARE", 1000)
