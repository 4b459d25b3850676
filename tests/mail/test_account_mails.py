"""Mails that an account cannot do without, whatever one has switched off"""

import re

import pytest

from ticketing.accounts.models import Role, User
from ticketing.core.database import db
from ticketing.core.text import Language

pytestmark = pytest.mark.usefixtures("settings_of_mail")

PASSWORD, ANOTHER = "correct horse battery", "staple correct horse"
NEW = {"password": ANOTHER, "password_confirmation": ANOTHER}


def token_of(mail, page):
    """Return the token of the link that a mail has, in text and HTML."""
    pattern = rf"https://help\.example\.org/console/{page}#([\w.-]+)"
    [token] = {*re.findall(pattern, mail.text + mail.html)}
    return token


@pytest.fixture
def forget(anyone, clock):
    """Say that a password is forgotten, and wait: the link is mailed a bit later."""

    def forget(email):
        anyone.post("/api/password/forgot", json={"email": email})
        clock.shift(60)

    return forget


@pytest.fixture
def registered(anyone, mails):
    """Register someone, and confirm their address by the mail; return a login."""

    def register(**fields):
        body = {"name": "Rosa", "email": "rosa@example.org", "password": PASSWORD}
        body |= {"password_confirmation": PASSWORD, **fields}
        answer = anyone.post("/api/register", json=body)
        [mail] = mails()
        token = token_of(mail, "confirm")
        confirmed = anyone.post("/api/email/confirm", json={"token": token})
        assert confirmed.status_code == 200
        return {"headers": {"Authorization": f"Bearer {answer.json['token']}"}}

    return register


def test_a_new_address_is_confirmed_by_a_mail(app, registered):
    registered()

    with app.app_context():
        assert db.session.scalars(db.select(User)).one().email_confirmed


def test_until_then_it_gets_nothing_else_but_password_resets(
    anyone, forget, open_ticket, app, mails, admin
):
    body = {"name": "Rosa", "email": "rosa@example.org", "password": PASSWORD}
    anyone.post("/api/register", json={**body, "password_confirmation": PASSWORD})
    with app.app_context():
        rosa = db.session.scalars(db.select(User).where(User.name == "Rosa")).one()
    open_ticket(rosa)
    forget(rosa.email)

    assert sorted(mail.subject for mail in mails()) == [
        "Choose a new password",
        "Confirm your email address",
    ]


def test_what_anyone_can_have_mailed_to_anyone_has_no_text_of_theirs(
    anyone, forget, mails
):
    name = "You won! https://evil.example/win"
    body = {"name": name, "email": "victim@example.net", "password": PASSWORD}
    anyone.post("/api/register", json={**body, "password_confirmation": PASSWORD})
    forget("victim@example.net")

    written = mails()

    assert len(written) == 2
    for mail in written:
        assert "evil.example" not in mail.message.as_string() + mail.text + mail.html
        assert mail.text.startswith("Hello,")


def test_who_has_confirmed_their_address_is_greeted_by_name(
    registered, forget, mails
):
    registered(name="Rosa")
    forget("rosa@example.org")

    [mail] = mails()
    assert mail.text.startswith("Hello Rosa,")


def test_an_invited_user_is_mailed_a_link_to_choose_a_password(
    anyone, api, mails, admin
):
    body = {"name": "Ivo", "email": "ivo@example.org", "role": "customer"}
    url = api(admin).post("/api/users", json=body).json["invitation_url"]

    [mail] = mails()
    token = token_of(mail, "set-password")
    answer = anyone.post("/api/password/reset", json={"token": token, **NEW})

    assert mail.to == "ivo@example.org"
    assert mail.subject == "Your invitation to Ticketing"
    assert url.endswith(f"#{token}")
    assert answer.status_code == 200


def test_a_forgotten_password_is_replaced_by_a_mailed_link(
    anyone, forget, mails, registered
):
    registered()
    forget("rosa@example.org")

    [mail] = mails()
    token = token_of(mail, "set-password")
    answer = anyone.post("/api/password/reset", json={"token": token, **NEW})

    assert answer.status_code == 200
    assert "within an hour" in mail.text
    [notice] = mails()
    assert (notice.to, notice.subject) == (mail.to, "Your password was changed")


def test_for_an_address_that_nobody_has_nothing_is_mailed(forget, mails):
    forget("nobody@example.org")

    assert mails() == []


@pytest.mark.parametrize(
    "email", ["carla@example.org, eve@evil.example", "carla at example.org", "a@b\nc"]
)
def test_nothing_is_mailed_to_an_address_that_is_not_valid(
    app, api, forget, say, open_ticket, mails, customer, admin, email
):
    with app.app_context():  # as of an imported user
        user = db.session.get(User, customer.id)
        user.email, user.email_confirmed = email, False
        db.session.commit()

    forget(email)
    assert api(customer).post("/api/email/confirmation").status_code == 202
    assert mails() == []

    with app.app_context():
        db.session.get(User, customer.id).email_confirmed = True
        db.session.commit()
    say(admin, open_ticket(), "Unplug it.")

    assert mails() == []


def test_a_changed_address_is_mailed_at_both(anyone, mails, registered):
    login = registered()
    change = {"email": "new@example.org", "current_password": PASSWORD}
    assert anyone.patch("/api/me", json=change, **login).status_code == 200

    confirmation, notice = sorted(mails(), key=lambda mail: mail.to)

    assert confirmation.to == "new@example.org"
    assert confirmation.subject == "Confirm your email address"
    assert notice.to == "rosa@example.org"
    assert notice.subject == "Your email address was changed"
    assert "new@example.org" not in notice.text + notice.html


def test_a_link_that_is_void_by_now_is_not_mailed(
    anyone, forget, mails, registered
):
    registered()
    for _ in range(2):
        forget("rosa@example.org")

    mailed = mails()

    # The second request voids the first one's link before both are sent.
    assert len(mailed) == 1
    token = token_of(mailed[0], "set-password")
    answer = anyone.post("/api/password/reset", json={"token": token, **NEW})
    assert answer.status_code == 200


def test_who_was_deactivated_is_mailed_nothing(api, anyone, mails, app, make_user):
    admin = make_user("Ada", Role.ADMIN)
    body = {"name": "Ivo", "email": "ivo@example.org", "role": "customer"}
    invited = api(admin).post("/api/users", json=body).json
    user = {"active": False}
    api(admin).patch(f"/api/users/{invited['id']}", json=user)

    assert mails() == []


def test_these_mails_are_in_the_language_of_the_user(forget, mails, make_user):
    make_user("Gerda", locale=Language.GERMAN)
    forget("gerda@example.org")

    [mail] = mails()
    assert '<html lang="de"' in mail.html


def test_their_ids_differ_and_they_have_no_thread(anyone, api, mails, admin):
    for name in ("Ivo", "Uma"):
        body = {"name": name, "email": f"{name}@example.org", "role": "customer"}
        api(admin).post("/api/users", json=body)

    first, second = mails()

    assert first.id != second.id
    for mail in (first, second):
        assert re.fullmatch(r"<invitation\.\d+\.\d+@example\.org>", mail.id)
        assert not {"References", "List-Unsubscribe"} & {*mail.message.keys()}


def test_without_mails_accounts_enqueue_none(app, monkeypatch, api, work, admin):
    monkeypatch.setitem(app.config, "MAIL_URL", "none")
    body = {"name": "Ivo", "email": "ivo@example.org", "role": "customer"}

    answer = api(admin).post("/api/users", json=body)

    assert answer.status_code == 201
    with app.app_context():
        assert list(db.session.execute(db.text("SELECT id FROM jobs"))) == []
