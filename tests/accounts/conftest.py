"""Fixtures for accounts: the mails to send, and the tokens in them."""

import pytest

from ticketing.accounts import links, listeners
from ticketing.accounts.events import (
    ConfirmationRequested,
    CredentialsChanged,
    InvitationMade,
    PasswordResetMade,
)
from ticketing.accounts.models import Link, SecurityNotice
from ticketing.core import transaction
from ticketing.core.database import db

MAILS = {
    "invitation": InvitationMade,
    "password_reset": PasswordResetMade,
    "confirmation": ConfirmationRequested,
    "security": CredentialsChanged,
}


@pytest.fixture(autouse=True)
def _mails(sends_mail):
    """Let the service send mails."""


@pytest.fixture
def mailed(app, monkeypatch):
    """Return the links or the security notices that are to be mailed."""
    events = []
    for event in MAILS.values():
        handlers = [*transaction._after_commit[event], events.append]
        monkeypatch.setitem(transaction._after_commit, event, handlers)

    def row_of(event):
        if isinstance(event, CredentialsChanged):
            return db.session.get(SecurityNotice, event.notice_id)
        return db.session.get(Link, event.link_id)

    def mailed(kind):
        with app.app_context():
            found = [event for event in events if isinstance(event, MAILS[kind])]
            return [row_of(event) for event in found]

    return mailed


@pytest.fixture
def tokens(app, mailed):
    """Return the tokens of the links that are to be mailed."""

    def tokens(kind):
        with app.app_context():
            urls = [links.url_of(link) for link in mailed(kind)]
        return [url.partition("#")[2] for url in urls]

    return tokens


@pytest.fixture
def forget(anyone, work, monkeypatch):
    """Request a reset of a forgotten password; run the job without its delay."""
    monkeypatch.setattr(listeners, "MAX_DELAY_S", 0)

    def forget(email):
        answer = anyone.post("/api/password/forgot", json={"email": email})
        work()
        return answer

    return forget


@pytest.fixture
def reset(anyone):
    """Set a password by a token."""

    def reset(token, password="battery staple"):
        body = {"token": token, "password": password}
        body["password_confirmation"] = password
        return anyone.post("/api/password/reset", json=body)

    return reset


@pytest.fixture
def confirm(anyone):
    """Confirm an email by a token."""

    def confirm(token):
        return anyone.post("/api/email/confirm", json={"token": token})

    return confirm


@pytest.fixture
def may_log_in(anyone):
    """Return whether someone can log in."""

    def may_log_in(email, password="battery staple"):
        body = {"email": email, "password": password}
        return anyone.post("/api/login", json=body).status_code == 200

    return may_log_in


@pytest.fixture
def invite(api, admin, mailed):
    """Invite someone; return the answer."""

    def invite(email="ina@example.org", role="customer"):
        body = {"name": "Ina", "email": email, "role": role}
        return api(admin).post("/api/users", json=body)

    return invite


@pytest.fixture
def newcomer(anyone, mailed):
    """Register someone, whose email is not confirmed; return their session."""
    form = {"name": "Nina", "email": "nina@example.org", "password": "correct horse"}
    form["password_confirmation"] = form["password"]
    return anyone.post("/api/register", json=form).json
