"""POST /api/login"""

import bcrypt
import pytest
from sqlalchemy import update

from ticketing.accounts import sessions
from ticketing.accounts.models import Role, User
from ticketing.core.database import db

PASSWORD = "correct horse"
ROUNDS = 4  # as the application under test hashes
UNKNOWN = {"email": "nobody@example.org", "password": PASSWORD}


@pytest.fixture
def register(save):
    """Store a user who has a password."""

    def register(password=PASSWORD, email="nora@example.org", **fields):
        hashed = bcrypt.hashpw(password.encode(), bcrypt.gensalt(ROUNDS)).decode()
        return save(User(name="Nora", email=email, password=hashed, **fields))

    return register


@pytest.fixture
def log_in(anyone):
    """Try to log in."""

    def log_in(password=PASSWORD, email="nora@example.org"):
        return anyone.post("/api/login", json={"email": email, "password": password})

    return log_in


def test_login_returns_the_user_and_a_valid_token(anyone, register, log_in):
    user = register()

    response = log_in()

    session = response.json
    me = anyone.get("/api/me", headers={"Authorization": f"Bearer {session['token']}"})
    assert response.status_code == 200
    assert set(session) == {"message", "user", "token", "token_type", "expires_in"}
    assert session["message"] == "Login successful"
    assert (session["token_type"], session["expires_in"]) == ("Bearer", 8 * 60 * 60)
    assert (session["user"]["id"], session["user"]) == (user.id, me.json)
    assert "active" not in session["user"]


def test_login_shows_an_admin_the_active_field(register, log_in):
    register(role=Role.ADMIN)

    assert log_in().json["user"]["active"] is True


@pytest.mark.parametrize(
    "email", ["NORA@example.org", "  nora@example.org ", "ｎｏｒａ@example.org"]
)
def test_login_ignores_case_and_width_of_the_email(register, log_in, email):
    register()

    assert log_in(email=email).status_code == 200


@pytest.mark.parametrize("email", ["nora@münchen.de", "nora@xn--mnchen-3ya.de"])
@pytest.mark.parametrize("typed", ["Nora@München.DE", "nora@XN--MNCHEN-3YA.de"])
def test_login_accepts_the_unicode_and_the_ascii_form_of_a_domain(
    register, log_in, email, typed
):
    register(email=email)

    assert log_in(email=typed).json["user"]["email"] == email


def test_two_users_whose_emails_became_equal_each_log_in_with_their_own(
    register, save, log_in
):
    first = register(email="nora@xn--mnchen-3ya.de")
    second = User(name="Nora", email="nora@münchen.de", password=first.password)
    second.email_key = "nora@münchen.de"  # as migration 0004 leaves it
    save(second)

    for email in (first.email, second.email):
        assert log_in(email=email).json["user"]["email"] == email


def test_login_does_not_confuse_emails_that_differ_only_after_folding(register, log_in):
    register(email="nora@strasse.de")

    assert log_in(email="nora@straße.de").status_code == 401


def test_login_distinguishes_accents_in_emails(register, log_in):
    register(email="zoë@example.org")

    assert log_in(email="zoe@example.org").status_code == 401
    assert log_in(email="ZOË@example.org").status_code == 200


def test_each_login_issues_a_new_token(register, log_in):
    register()

    assert log_in().json["token"] != log_in().json["token"]


def test_wrong_password_unknown_email_and_deactivated_user_get_the_same_response(
    register, log_in
):
    register()
    register(email="gone@example.org", active=False)

    answers = [
        log_in("wrong horse"),
        log_in(email="nobody@example.org"),
        log_in(email="gone@example.org"),
        log_in("wrong horse", email="gone@example.org"),
        log_in(email="not an address"),
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert answers[0].json["code"] == "invalid_credentials"
    assert "errors" not in answers[0].json
    assert answers[0].headers["WWW-Authenticate"] == "Bearer"


def test_wrong_password_unknown_email_and_deactivated_user_hash_equally_often(
    register, log_in, monkeypatch
):
    register()
    register(email="gone@example.org", active=False)
    costs, check = [], bcrypt.checkpw

    def checkpw(password, hashed):
        costs.append(hashed[4:6])
        return check(password, hashed)

    monkeypatch.setattr(bcrypt, "checkpw", checkpw)

    log_in("wrong horse")
    log_in(email="nobody@example.org")
    log_in(email="gone@example.org")

    assert costs == [b"04", b"04", b"04"]


@pytest.mark.parametrize("password", ["x" * 73, "x" * 10_000, "é" * 36 + "x"])
def test_a_password_with_characters_after_72_bytes_does_not_match_its_prefix(
    register, log_in, password
):
    register(password.encode()[:72].decode())

    assert log_in(password).status_code == 401
    assert log_in(password.encode()[:72].decode()).status_code == 200


@pytest.mark.parametrize("password", ["Correct horse", "correct horse ", " "])
def test_passwords_that_differ_in_case_or_spaces_do_not_match(
    register, log_in, password
):
    register()

    assert log_in(password).status_code == 401


@pytest.mark.parametrize(
    ("stored", "typed"),
    [
        ("caf\u00e9 au lait", "cafe\u0301 au lait"),
        ("cafe\u0301 au lait", "caf\u00e9 au lait"),
        ("correct\u00a0horse", "correct horse"),
        ("correct horse", "correct\u3000horse"),
    ],
)
def test_composed_and_decomposed_forms_of_a_password_match(
    anyone, log_in, stored, typed
):
    form = {"name": "Nora", "email": "nora@example.org", "password": stored}
    anyone.post("/api/register", json={**form, "password_confirmation": typed})

    assert log_in(typed).status_code == log_in(stored).status_code == 200


def test_a_password_hashed_before_normalization_still_matches(register, log_in):
    register("cafe\u0301 au lait")

    assert log_in("cafe\u0301 au lait").status_code == 200
    assert log_in("caf\u00e9 au lait").status_code == 401


def test_both_forms_of_a_password_are_always_verified(register, log_in, monkeypatch):
    register("caf\u00e9 au lait", active=False)
    checked, check = [], bcrypt.checkpw
    monkeypatch.setattr(
        bcrypt, "checkpw", lambda *args: checked.append(args) or check(*args)
    )

    log_in("cafe\u0301 au lait")

    assert len(checked) == 2


def test_users_imported_from_laravel_can_log_in(save, log_in):
    hashed = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi"
    save(User(name="Nora", email="nora@example.org", password=hashed))

    assert log_in("password").status_code == 200
    assert log_in("passwort").status_code == 401


def test_a_password_from_laravel_may_be_longer_than_bcrypt_reads(save, log_in):
    password = "é" * 40
    hashed = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(4)).decode()
    as_of_php = hashed.replace("$2b$", "$2y$")
    save(User(name="Nora", email="nora@example.org", password=as_of_php))

    assert log_in(password).status_code == 200
    assert log_in("e" * 80).status_code == 401


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": None}, "email"),
        ({"email": " "}, "email"),
        ({"email": 7}, "email"),
        ({"email": "x" * 256}, "email"),
        ({"password": None}, "password"),
        ({"password": ""}, "password"),
        ({"password": 12345678}, "password"),
        ({"password": "\ud800"}, "password"),
        ({"remember": True}, "remember"),
    ],
)
def test_login_names_the_invalid_field(anyone, change, field):
    response = anyone.post("/api/login", json={**UNKNOWN, **change})

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert list(response.json["errors"]) == [field]


@pytest.mark.parametrize("hashed", ["!", "plaintext", "$2y$10$short", "$argon2id$v=19"])
def test_a_hash_of_an_unknown_kind_matches_no_password(anyone, make_user, save, hashed):
    user = make_user("Pia")
    user.password = hashed
    save(user)

    response = anyone.post(
        "/api/login", json={"email": user.email, "password": "password"}
    )

    assert (response.status_code, response.json["code"]) == (401, "invalid_credentials")


def test_a_hash_of_fewer_rounds_takes_as_much_work_to_verify(
    anyone, app, make_user, save, monkeypatch
):
    monkeypatch.setitem(app.config, "BCRYPT_ROUNDS", 7)
    costs, checkpw = [], bcrypt.checkpw
    monkeypatch.setattr(
        bcrypt, "checkpw", lambda p, h: costs.append(int(h[4:6])) or checkpw(p, h)
    )
    user = make_user("Pia")
    user.password = bcrypt.hashpw(b"password", bcrypt.gensalt(4)).decode()
    save(user)

    anyone.post("/api/login", json={"email": user.email, "password": "wrong password"})

    assert sum(2**cost for cost in costs) == 2**7


@pytest.mark.parametrize("changed", [{"password": "of another"}, {"active": False}])
def test_a_login_is_refused_if_its_account_changes_during_the_verification(
    app, register, log_in, monkeypatch, changed
):
    user, verify = register(), sessions.verify_password

    def verify_slowly(*args):
        with app.app_context():
            db.session.execute(update(User).where(User.id == user.id).values(changed))
            db.session.commit()
        return verify(*args)

    monkeypatch.setattr(sessions, "verify_password", verify_slowly)
    response = log_in()

    assert (response.status_code, response.json["code"]) == (401, "invalid_credentials")


def test_a_login_below_the_rate_limit_has_no_retry_after(anyone):
    response = anyone.post("/api/login", json={"email": "a@b.org", "password": "x"})

    assert "Retry-After" not in response.headers
