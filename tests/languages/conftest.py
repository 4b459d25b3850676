"""Fixtures of the tests of languages."""

import pytest
from flask.testing import FlaskClient
from languages.pseudo import MarkingCatalog

from ticketing.core import text


@pytest.fixture
def marking(monkeypatch):
    """Mark the texts of answers in any language but English."""
    catalog = MarkingCatalog()
    monkeypatch.setattr(text, "_load", lambda language: catalog)


@pytest.fixture
def browser(app):
    """An HTTP client that may ask for what the document leaves out."""
    return FlaskClient(app, app.response_class)
