"""flask create-admin, flask set-password, flask tokens prune"""

from datetime import datetime, timedelta
from io import BytesIO, TextIOWrapper
from types import SimpleNamespace

import pytest

from ticketing.accounts.models import Credential, Link, SecurityNotice, Token
from ticketing.core.database import db, utcnow

PASSWORD = "correct horse"
ADA = ["create-admin", "--name", "Ada", "--email", "ada@example.org"]


@pytest.fixture
def run(app):
    """Run a command, with some text on its standard input."""
    runner = app.test_cli_runner()

    def run(*args, text=None):
        return runner.invoke(args=[*args], input=text)

    return run


@pytest.fixture
def log_in(anyone):
    def log_in(password, email="ada@example.org"):
        body = {"email": email, "password": password}
        return anyone.post("/api/login", json=body)

    return log_in


def test_create_admin_reads_a_password(run, log_in):
    result = run(*ADA, "--password-stdin", text=f"{PASSWORD}\n")

    user = log_in(PASSWORD).json["user"]
    assert result.exit_code == 0, result.output
    assert "ada@example.org" in result.output
    assert PASSWORD not in result.output
    assert (user["name"], user["role"], user["active"]) == ("Ada", "admin", True)


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_only_the_line_ending_is_removed_from_a_password_on_stdin(run, log_in, ending):
    run(*ADA, "--password-stdin", text=f"  {PASSWORD}  {ending}")

    assert log_in(f"  {PASSWORD}  ").status_code == 200


def test_a_byte_order_mark_is_removed_from_a_password_on_stdin(run, log_in):
    run(*ADA, "--password-stdin", text=f"\ufeff{PASSWORD}\r\n")

    assert log_in(PASSWORD).status_code == 200


def test_create_admin_trims_the_name_and_email(run, log_in):
    ada = ["create-admin", "--name", " Ada ", "--email", " ada@example.org "]

    run(*ada, "--password-stdin", text=PASSWORD)

    user = log_in(PASSWORD).json["user"]
    assert (user["name"], user["email"]) == ("Ada", "ada@example.org")


def test_create_admin_prompts_until_password_and_confirmation_agree(run, log_in):
    tries = [PASSWORD, "another horse", PASSWORD, PASSWORD]

    result = run(*ADA, text="\n".join(tries) + "\n")

    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert log_in(PASSWORD).json["user"]["role"] == "admin"


def test_create_admin_works_where_registration_is_closed(app, run, log_in, monkeypatch):
    monkeypatch.setitem(app.config, "ADMIN_REGISTRATION", "closed")

    run(*ADA, "--password-stdin", text=PASSWORD)

    assert log_in(PASSWORD).json["user"]["role"] == "admin"


@pytest.mark.parametrize(
    ("change", "password", "field"),
    [
        ({"--name": "  "}, PASSWORD, "name"),
        ({"--name": "x" * 256}, PASSWORD, "name"),
        ({"--email": "ada"}, PASSWORD, "email"),
        ({"--email": "ada@example.org\u200b"}, PASSWORD, "email"),
        ({"--email": "CARLA@example.org"}, PASSWORD, "email"),
        ({}, "", "password"),
        ({}, "short", "password"),
        ({}, "x" * 73, "password"),
        ({}, "correct\0horse", "password"),
    ],
)
def test_create_admin_reports_invalid_names_emails_and_passwords(
    api, run, customer, admin, change, password, field
):
    options = {"--name": "Eve", "--email": "eve@example.org", **change}
    args = [part for option in options.items() for part in option]

    result = run("create-admin", *args, "--password-stdin", text=f"{password}\n")

    users = api(admin).get("/api/users").json["data"]
    assert result.exit_code == 1
    assert f"{field}: " in result.output
    assert "Traceback" not in result.output
    assert {user["id"] for user in users} == {customer.id, admin.id}


@pytest.mark.parametrize("email", ["carla@example.org", " CARLA@example.org"])
def test_set_password_revokes_all_tokens_of_the_user(
    api, run, log_in, customer, stranger, email
):
    theirs, another = api(customer), api(stranger)

    result = run("set-password", email, "--password-stdin", text=f"{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert theirs.get("/api/me").status_code == 401
    assert another.get("/api/me").status_code == 200
    assert log_in(PASSWORD, customer.email).status_code == 200


def test_set_password_prompts_for_the_password(run, log_in, customer):
    result = run("set-password", customer.email, text=f"{PASSWORD}\n{PASSWORD}\n")

    assert result.exit_code == 0, result.output
    assert PASSWORD not in result.output
    assert log_in(PASSWORD, customer.email).status_code == 200


@pytest.mark.parametrize("password", ["", "short", "x" * 73])
def test_set_password_refuses_passwords_that_registration_refuses(
    api, run, customer, password
):
    client = api(customer)

    result = run("set-password", customer.email, "--password-stdin", text=password)

    assert (result.exit_code, "password: " in result.output) == (1, True)
    assert client.get("/api/me").status_code == 200


@pytest.mark.parametrize("errors", ["strict", "surrogateescape"])
def test_set_password_refuses_bytes_that_are_not_utf_8(
    app, customer, errors, monkeypatch
):
    given = TextIOWrapper(BytesIO(b"correct \xff horse\n"), "utf-8", errors)
    runner = app.test_cli_runner()
    monkeypatch.setattr("ticketing.accounts.cli.sys", SimpleNamespace(stdin=given))

    result = runner.invoke(args=["set-password", customer.email, "--password-stdin"])

    assert (result.exit_code, "password: Must be " in result.output) == (1, True)


def test_set_password_of_an_unknown_email_fails(run, customer):
    result = run(
        "set-password", "nobody@example.org", "--password-stdin", text=PASSWORD
    )

    assert result.exit_code == 1
    assert "nobody@example.org" in result.output


def test_tokens_prune_deletes_the_rows_of_expired_tokens(api, app, run, save, customer):
    client, now = api(customer), utcnow()
    old = [expired(customer, now, number) for number in range(2)]
    for token in old:
        save(token)

    first, second = run("tokens", "prune"), run("tokens", "prune")

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "2" in first.output
    assert "0" in second.output
    assert client.get("/api/me").status_code == 200


def test_tokens_prune_deletes_links_that_expired_and_old_notices(
    app, run, save, customer, forget, time_machine
):
    now = utcnow()
    time_machine.move_to(now, tick=False)
    forget(customer.email)
    for days in (29, 31):
        notice = {"user_id": customer.id, "email": customer.email}
        created_at = now - timedelta(days=days)
        what = Credential.EMAIL
        save(SecurityNotice(what=what, created_at=created_at, **notice))

    outputs = []
    for minutes in (0, 30, 61, 61):
        time_machine.move_to(now + timedelta(minutes=minutes), tick=False)
        outputs.append(run("tokens", "prune").output)

    assert [output.strip() for output in outputs] == [
        "Pruned 0 expired tokens, 0 links and 1 notices.",
        "Pruned 0 expired tokens, 0 links and 0 notices.",
        "Pruned 0 expired tokens, 1 links and 0 notices.",
        "Pruned 0 expired tokens, 0 links and 0 notices.",
    ]
    with app.app_context():
        assert db.session.scalars(db.select(Link)).all() == []


def test_tokens_prune_keeps_links_that_count_for_the_limit_of_an_hour(
    run, forget, reset, tokens, mailed, customer
):
    for _ in range(4):
        forget(customer.email)
        reset(tokens("password_reset")[-1])
        run("tokens", "prune")

    assert len(mailed("password_reset")) == 3


def expired(user, now: datetime, number: int) -> Token:
    return Token(
        jti=f"expired-{number}",
        user_id=user.id,
        expires_at=now - timedelta(seconds=1 + number),
    )
