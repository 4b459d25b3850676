"""Without mails, nothing is stored that only a mail could tell."""

import pytest
from sqlalchemy import func, select

from ticketing.accounts.models import Link, SecurityNotice
from ticketing.core.database import db
from ticketing.jobs.models import Job

PASSWORD = "correct horse battery"
SAM = {"name": "Sam", "email": "sam@example.org", "password": PASSWORD}
MODELS = (Link, SecurityNotice, Job)
FORM = {**SAM, "password_confirmation": PASSWORD}


@pytest.fixture(autouse=True)
def _no_mails(app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_URL", "none")


@pytest.fixture
def stored(app):
    """Return how many links, notices and jobs there are."""

    def stored():
        with app.app_context():
            counts = [select(func.count()).select_from(m) for m in MODELS]
            return [db.session.scalar(count) for count in counts]

    return stored


def test_nothing_is_stored_for_mails_that_are_never_sent(anyone, stored):
    token = anyone.post("/api/register", json=FORM).json["token"]
    as_sam = {"Authorization": f"Bearer {token}"}
    change = {"email": "s@example.org", "current_password": PASSWORD}

    assert anyone.patch("/api/me", json=change, headers=as_sam).status_code == 200
    forgot = anyone.post("/api/password/forgot", json={"email": "s@example.org"})

    assert forgot.status_code == 202
    assert stored() == [0, 0, 0]


def test_an_invitation_has_its_link_all_the_same(api, admin, stored):
    body = {"name": "Sam", "email": "sam@example.org", "role": "customer"}

    invited = api(admin).post("/api/users", json=body)

    assert "/console/set-password#" in invited.json["invitation_url"]
    assert stored() == [1, 0, 0]
