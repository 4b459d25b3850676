"""POST /api/password/reset"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from ticketing.accounts import links, recovery
from ticketing.accounts.models import Link
from ticketing.core.database import db, utcnow

OLD = "correct horse"
NEW = {"password": "paper clips", "password_confirmation": "paper clips"}


@pytest.fixture
def theirs(newcomer, forget, tokens):
    """The token of the link that was mailed to the newcomer, to set a password."""
    forget(newcomer["user"]["email"])
    return tokens("password_reset")[0]


@pytest.fixture
def client(app, newcomer):
    """A client of the newcomer's."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {newcomer['token']}"
    return client


@pytest.fixture
def is_refused(reset):
    """Return whether a token is refused as invalid."""

    def is_refused(token, **options):
        answer = reset(token, **options)
        return answer.status_code == 422 and list(answer.json["errors"]) == ["token"]

    return is_refused


def test_a_new_password_replaces_the_old_one(theirs, reset, may_log_in):
    response = reset(theirs)

    assert response.status_code == 200
    assert list(response.json) == ["message"]
    assert may_log_in("nina@example.org")
    assert not may_log_in("nina@example.org", OLD)


def test_a_reset_password_revokes_every_token_of_the_user(
    app, api, live, client, newcomer, theirs, reset, stranger
):
    another, socket = api(stranger), live(None, with_token=newcomer["token"])

    reset(theirs)

    assert client.get("/api/me").status_code == 401
    assert not socket.is_connected()
    assert another.get("/api/me").status_code == 200


def test_a_reset_confirms_the_email_that_the_link_was_mailed_to(
    anyone, newcomer, theirs, reset, confirm, tokens
):
    assert newcomer["user"]["email_confirmed"] is False

    reset(theirs)

    body = {"email": "nina@example.org", "password": "battery staple"}
    user = anyone.post("/api/login", json=body).json["user"]
    assert user["email_confirmed"] is True
    assert user["updated_at"] > newcomer["user"]["updated_at"]
    assert confirm(*tokens("confirmation")).status_code == 422


def test_a_reset_link_can_be_used_once(theirs, reset, is_refused, may_log_in):
    reset(theirs)

    assert is_refused(theirs, password="paper clips")
    assert may_log_in("nina@example.org")


def test_a_used_link_stays_used_for_a_process_with_a_slow_clock(
    theirs, reset, is_refused, time_machine
):
    reset(theirs)

    time_machine.move_to(utcnow() - timedelta(seconds=30), tick=False)

    assert is_refused(theirs)


@pytest.mark.parametrize(("minutes", "is_valid"), [(59, True), (61, False)])
def test_a_reset_link_is_valid_for_an_hour(
    newcomer, forget, tokens, reset, time_machine, minutes, is_valid
):
    time_machine.move_to(utcnow(), tick=False)
    forget("nina@example.org")

    time_machine.shift(timedelta(minutes=minutes))

    answer = reset(*tokens("password_reset"))
    assert (answer.status_code == 200) is is_valid


def test_a_newer_reset_link_supersedes_the_older_one(
    theirs, forget, tokens, reset, is_refused
):
    forget("nina@example.org")

    assert is_refused(theirs)
    assert reset(tokens("password_reset")[1]).status_code == 200


@pytest.mark.parametrize(
    "wrong", ["x", "x" * 43, "' OR 1=1 --", "%", "é", "\U0001f525", "x" * 255]
)
def test_a_reset_with_an_unknown_token_names_the_token(is_refused, wrong):
    assert is_refused(wrong)


def test_a_used_and_an_unknown_token_get_the_same_response(theirs, reset):
    reset(theirs)

    assert reset(theirs).json == reset("x").json


@pytest.mark.parametrize("change", ["upper", "lower", "swapcase"])
def test_a_reset_token_in_another_case_is_refused(theirs, is_refused, change):
    assert is_refused(getattr(theirs, change)())


def test_neither_hash_nor_seed_in_the_database_is_a_token(mailed, theirs, is_refused):
    (link,) = mailed("password_reset")

    assert theirs not in (link.seed, link.token_hash)
    assert is_refused(link.seed) and is_refused(link.token_hash)


def test_a_token_that_confirms_an_email_sets_no_password(newcomer, tokens, is_refused):
    assert is_refused(*tokens("confirmation"))


@pytest.mark.parametrize("password", ["short", "é" * 37, "x" * 73, "nul\0nul\0nul"])
def test_a_refused_password_does_not_use_up_the_link(theirs, reset, password):
    refused = reset(theirs, password)

    assert (refused.status_code, "password" in refused.json["errors"]) == (422, True)
    assert reset(theirs).status_code == 200


def test_a_refused_common_password_does_not_use_up_the_link(
    app, theirs, reset, monkeypatch
):
    monkeypatch.setitem(app.config, "COMMON_PASSWORDS", "refused")

    refused = reset(theirs, "password1234")

    assert list(refused.json["errors"]) == ["password"]
    assert reset(theirs).status_code == 200


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"token": None}, "token"),
        ({"token": ""}, "token"),
        ({"token": 7}, "token"),
        ({"token": "x" * 256}, "token"),
        ({"token": "x\0"}, "token"),
        ({"password": None}, "password"),
        ({"password_confirmation": "another horse"}, "password_confirmation"),
        ({"email": "nina@example.org"}, "email"),
    ],
)
def test_a_reset_names_the_invalid_field(anyone, theirs, change, field):
    body = {**NEW, "token": theirs, **change}

    response = anyone.post("/api/password/reset", json=body)

    assert response.status_code == 422
    assert field in response.json["errors"]


def test_no_hash_is_computed_for_an_unknown_token(reset, monkeypatch):
    monkeypatch.setattr(recovery, "hash_password", lambda password: 1 / 0)

    assert reset("x" * 43).status_code == 422


def test_an_inactive_user_cannot_reset_the_password(
    api, admin, newcomer, theirs, is_refused, may_log_in
):
    url = f"/api/users/{newcomer['user']['id']}"
    api(admin).patch(url, json={"active": False})

    assert is_refused(theirs)
    api(admin).patch(url, json={"active": True})
    assert not may_log_in("nina@example.org")
    assert may_log_in("nina@example.org", OLD)


def test_one_of_two_concurrent_resets_with_one_token_succeeds(
    app, theirs, may_log_in, monkeypatch
):
    together, hash_password = Barrier(2), recovery.hash_password

    def hash_together(password):
        together.wait(10)
        return hash_password(password)

    def send(password):
        body = {"token": theirs, **dict.fromkeys(NEW, password)}
        return app.test_client().post("/api/password/reset", json=body).status_code

    monkeypatch.setattr(recovery, "hash_password", hash_together)
    passwords = ["battery staple", "paper clips"]

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(send, passwords))

    winner = passwords[statuses.index(200)]
    assert sorted(statuses) == [200, 422]
    assert [may_log_in("nina@example.org", each) for each in passwords] == [
        each == winner for each in passwords
    ]


def test_a_new_password_voids_the_links_for_passwords_and_no_others(
    client, theirs, is_refused, confirm, tokens
):
    changed = client.patch("/api/me", json={**NEW, "current_password": OLD})

    assert changed.status_code == 200
    assert is_refused(theirs)
    assert confirm(*tokens("confirmation")).status_code == 200


def test_a_password_of_the_command_line_voids_the_links_for_passwords(
    app, theirs, is_refused
):
    command = ["set-password", "nina@example.org", "--password-stdin"]

    result = app.test_cli_runner().invoke(args=command, input="paper clips\n")

    assert result.exit_code == 0, result.output
    assert is_refused(theirs)


def test_a_new_email_voids_every_link(client, theirs, is_refused, confirm, tokens):
    body = {"email": "other@example.org", "current_password": OLD}

    changed = client.patch("/api/me", json=body)

    first, second = tokens("confirmation")
    assert changed.status_code == 200
    assert is_refused(theirs)
    assert confirm(first).status_code == 422
    assert confirm(second).status_code == 200


def test_the_password_of_another_users_link_stays(
    newcomer, forget, tokens, reset, customer
):
    forget("nina@example.org")
    forget(customer.email)

    assert [reset(token).status_code for token in tokens("password_reset")] == [200] * 2


def test_wrong_tokens_when_resetting_a_password_are_limited_but_successes_are_not(
    app, theirs, reset, monkeypatch
):
    monkeypatch.setitem(app.config, "LOGIN_LIMIT", "2 per minute")

    good = reset(theirs).status_code
    guesses = [reset("x").status_code for _ in range(3)]

    assert (good, guesses) == (200, [422, 422, 429])


def test_a_token_depends_on_the_secret_key(app, mailed, theirs, monkeypatch):
    monkeypatch.setitem(app.config, "SIGNING_KEY", "another")

    with app.app_context():
        (link,) = mailed("password_reset")
        assert theirs not in links.url_of(link)


def test_a_used_or_expired_link_is_not_valid(app, mailed, theirs, reset):
    (link,) = mailed("password_reset")
    assert link.is_valid

    reset(theirs)

    with app.app_context():
        assert not db.session.get(Link, link.id).is_valid
