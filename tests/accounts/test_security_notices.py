"""Notices of a changed password or email, to the address before the change"""

import pytest

from ticketing.core.database import utcnow

KNOWING = {"current_password": "correct horse"}
NEW = {"password": "paper clips", "password_confirmation": "paper clips"}


@pytest.fixture
def client(app, newcomer, confirm, tokens):
    """A client of the newcomer's, whose email is confirmed."""
    confirm(*tokens("confirmation"))
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {newcomer['token']}"
    return client


@pytest.fixture
def reported(mailed):
    """Return the changes reported, each with the address."""
    return lambda: [(str(each.what), each.email) for each in mailed("security")]


def test_a_new_email_is_reported_to_the_old_one(client, newcomer, mailed, reported):
    client.patch("/api/me", json={"email": "n@example.org", **KNOWING})

    (notice,) = mailed("security")
    assert reported() == [("email", "nina@example.org")]
    assert notice.user_id == newcomer["user"]["id"]
    assert abs((utcnow() - notice.created_at).total_seconds()) < 60


def test_a_new_password_is_reported(client, reported):
    client.patch("/api/me", json={**NEW, **KNOWING})

    assert reported() == [("password", "nina@example.org")]


def test_a_change_of_email_and_password_together_is_reported_to_the_old_email(
    client, reported
):
    body = {"email": "n@example.org", **NEW, **KNOWING}

    assert client.patch("/api/me", json=body).status_code == 200

    assert reported() == [
        ("password", "nina@example.org"),
        ("email", "nina@example.org"),
    ]


def test_a_password_that_was_reset_is_reported(
    client, forget, reset, tokens, reported
):
    forget("nina@example.org")

    reset(*tokens("password_reset"))

    assert reported() == [("password", "nina@example.org")]


def test_a_password_set_on_the_command_line_is_reported(app, client, reported):
    command = ["set-password", "nina@example.org", "--password-stdin"]

    app.test_cli_runner().invoke(args=command, input="paper clips\n")

    assert reported() == [("password", "nina@example.org")]


def test_nothing_is_reported_to_an_email_that_is_not_confirmed(app, newcomer, reported):
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {newcomer['token']}"
    body = {"email": "n@example.org", **NEW, **KNOWING}

    assert client.patch("/api/me", json=body).status_code == 200

    assert reported() == []


@pytest.mark.parametrize("change", [{"name": "N"}, {"email": "nina@example.org"}])
def test_a_change_of_neither_email_nor_password_is_not_reported(
    client, reported, change
):
    client.patch("/api/me", json=change)

    assert reported() == []


def test_a_change_that_is_refused_is_not_reported(client, reported):
    body = {"email": "n@example.org", **NEW, "current_password": "wrong horse"}

    assert client.patch("/api/me", json=body).status_code == 422

    assert reported() == []
