"""Strength of passwords, and the time that verifying takes."""

import statistics
import time

import pytest

PASSWORD = "correct horse battery"


@pytest.fixture
def strict(app, monkeypatch):
    """Refuse common passwords, as in production."""
    monkeypatch.setitem(app.config, "PASSWORD_MIN_LENGTH", 12)
    monkeypatch.setitem(app.config, "COMMON_PASSWORDS", "refused")


@pytest.fixture
def register(anyone):
    def register(password):
        form = {"name": "Nora", "email": "nora@example.org", "password": password}
        return anyone.post(
            "/api/register", json={**form, "password_confirmation": password}
        )

    return register


@pytest.mark.parametrize(
    "password", ["password1234", "1qaz2wsx3edc", "Password1234", "QWERTYUIOP123"]
)
def test_registering_with_a_common_password_says_that_it_is_common(
    register, strict, password
):
    response = register(password)

    [error] = response.json["errors"]["password"]
    assert (response.status_code, list(response.json["errors"])) == (422, ["password"])
    assert "commonest" in error and password not in response.text


@pytest.mark.parametrize("password", [PASSWORD, "password1234 ", "x" * 72])
def test_registering_with_an_uncommon_password_succeeds(register, strict, password):
    assert register(password).status_code == 201


def test_common_passwords_are_accepted_where_the_setting_allows_them(register):
    assert register("password1234").status_code == 201


def test_editing_a_profile_refuses_a_common_password(api, anyone, strict, register):
    token = register(PASSWORD).json["token"]
    change = {"password": "password1234", "password_confirmation": "password1234"}

    response = anyone.patch(
        "/api/me",
        json={**change, "current_password": PASSWORD},
        headers={"Authorization": f"Bearer {token}"},
    )

    assert (response.status_code, list(response.json["errors"])) == (422, ["password"])


@pytest.mark.parametrize(
    "command",
    [
        ["set-password", "carla@example.org"],
        ["create-admin", "--name", "Eve", "--email", "eve@example.org"],
    ],
)
def test_commands_refuse_a_common_password(app, customer, strict, command):
    run = app.test_cli_runner().invoke

    result = run(args=[*command, "--password-stdin"], input="password1234\n")

    assert result.exit_code == 1
    assert "password: Is one of the commonest" in result.output
    assert "password1234" not in result.output


def test_a_password_that_is_too_long_is_refused_with_its_limit_in_bytes(register):
    response = register("é" * 37)

    assert "at most 72 bytes" in response.json["errors"]["password"][0]


def medians(client, emails):
    """Return how long a failing login takes, for each email, in seconds."""
    took = {email: [] for email in emails}
    for _ in range(15):
        for email, times in took.items():
            begun = time.perf_counter()
            answer = client.post("/api/login", json={"email": email, "password": "x"})
            times.append(time.perf_counter() - begun)
            assert answer.status_code == 401
    return [statistics.median(times) for times in took.values()]


@pytest.mark.slow
def test_login_takes_the_same_time_for_wrong_password_and_unknown_email(
    app, anyone, register, monkeypatch
):
    monkeypatch.setitem(app.config, "BCRYPT_ROUNDS", 9)  # some 30 ms
    register(PASSWORD)

    # A busy machine may blur one measurement; a difference shows in all of them.
    for _ in range(4):
        wrong, unknown = medians(anyone, ["nora@example.org", "nobody@example.org"])
        if unknown == pytest.approx(wrong, rel=0.1):
            break

    assert unknown == pytest.approx(wrong, rel=0.1)
