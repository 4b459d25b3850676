"""Fixtures of views."""

import pytest

URL = "/api/views"


@pytest.fixture
def views(api):
    """Return the views that a user has, as listed."""
    return lambda user: api(user).get(URL, query_string={"limit": 100}).json["data"]


@pytest.fixture
def save_view(api):
    """Save a view as a user; return it."""

    def save_view(user, name="Urgent", shared=False, **query):
        body = {"name": name, "query": query, "shared": shared}
        response = api(user).post(URL, json=body)
        assert response.status_code == 201
        return response.json

    return save_view
