"""A service without mails stores nothing that only a mail could deliver."""

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


def test_a_service_without_mails_stores_no_links_notices_or_jobs(anyone, stored):
    token = anyone.post("/api/register", json=FORM).json["token"]
    as_sam = {"Authorization": f"Bearer {token}"}
    change = {"email": "s@example.org", "current_password": PASSWORD}

    assert anyone.patch("/api/me", json=change, headers=as_sam).status_code == 200
    forgot = anyone.post("/api/password/forgot", json={"email": "s@example.org"})

    assert forgot.status_code == 202
    assert stored() == [0, 0, 0]


def test_an_invitation_without_mails_has_a_link_in_its_response(api, admin, stored):
    body = {"name": "Sam", "email": "sam@example.org", "role": "customer"}

    invited = api(admin).post("/api/users", json=body)

    assert "/console/set-password#" in invited.json["invitation_url"]
    assert stored() == [1, 0, 0]


def test_an_answer_says_that_no_mails_are_sent(api, anyone, make_user):
    uma = api(make_user("Uma", email_confirmed=False))

    forgot = anyone.post("/api/password/forgot", json={"email": "uma@example.org"})
    confirmation = uma.post("/api/email/confirmation")

    for answer in (forgot, confirmation):
        assert answer.status_code == 202
        assert answer.json["message"].startswith("No mails are sent here")
