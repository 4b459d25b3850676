"""POST /api/email/confirm and POST /api/email/confirmation"""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from ticketing.accounts import links
from ticketing.core.database import utcnow

KNOWING = {"current_password": "correct horse"}


@pytest.fixture
def client(app, newcomer):
    """A client of the newcomer's."""
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {newcomer['token']}"
    return client


@pytest.fixture
def is_confirmed(client):
    """Return whether the newcomer's email is confirmed."""
    return lambda: client.get("/api/me").json["email_confirmed"]


def test_an_email_is_confirmed_by_the_link_that_registration_mails(
    client, newcomer, mailed, tokens, confirm, is_confirmed
):
    (link,) = mailed("confirmation")
    assert link.email == "nina@example.org"
    assert not is_confirmed()

    response = confirm(*tokens("confirmation"))

    user = client.get("/api/me").json
    assert (response.status_code, list(response.json)) == (200, ["message"])
    assert user["email_confirmed"] is True
    assert user["updated_at"] > newcomer["user"]["updated_at"]


def test_the_url_of_a_confirmation_is_that_of_the_page_confirm(app, newcomer, mailed):
    with app.app_context():
        (url,) = map(links.url_of, mailed("confirmation"))

    assert url.startswith("/console/confirm#")


def test_admins_see_whether_an_email_is_confirmed(
    api, admin, newcomer, confirm, tokens
):
    url = f"/api/users/{newcomer['user']['id']}"
    before = api(admin).get(url).json

    confirm(*tokens("confirmation"))

    assert before["email_confirmed"] is False
    assert api(admin).get(url).json["email_confirmed"] is True


def test_other_customers_do_not_see_whether_an_email_is_confirmed(api, stranger):
    form = dict.fromkeys(("password", "password_confirmation"), "correct horse")
    form |= {"name": "N", "email": "n@example.org"}

    user = api(stranger).post("/api/register", json=form).json["user"]

    assert "email_confirmed" not in user


def test_a_confirmation_link_can_be_used_once(confirm, newcomer, tokens):
    (token,) = tokens("confirmation")

    answers = [confirm(token) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 422]
    assert list(answers[1].json["errors"]) == ["token"]


@pytest.mark.parametrize(("days", "status"), [(6.99, 200), (7.01, 422)])
def test_a_confirmation_link_is_valid_for_seven_days(
    anyone, confirm, tokens, time_machine, days, status
):
    time_machine.move_to(utcnow(), tick=False)
    form = dict.fromkeys(("password", "password_confirmation"), "correct horse")
    anyone.post("/api/register", json={**form, "name": "N", "email": "n@example.org"})

    time_machine.shift(timedelta(days=days))

    assert confirm(*tokens("confirmation")).status_code == status


def test_another_confirmation_link_supersedes_the_first(client, confirm, tokens):
    response = client.post("/api/email/confirmation")

    first, second = tokens("confirmation")
    assert response.status_code == 202
    assert "nina@example.org" in response.json["message"]
    assert confirm(first).status_code == 422
    assert confirm(second).status_code == 200


def test_nothing_is_mailed_to_an_email_that_is_confirmed(api, customer, mailed):
    response = api(customer).post("/api/email/confirmation")

    assert response.status_code == 202
    assert "confirmed already" in response.json["message"]
    assert mailed("confirmation") == []


def test_at_most_five_confirmation_links_an_hour_are_mailed(
    client, mailed, confirm, tokens, time_machine
):
    now = utcnow()
    time_machine.move_to(now, tick=False)

    answers = [client.post("/api/email/confirmation") for _ in range(5)]

    statuses = [answer.status_code for answer in answers]
    assert statuses == [202] * 4 + [429]  # registration mailed the first
    assert answers[-1].headers["Retry-After"] == "3600"
    assert len(mailed("confirmation")) == 5
    time_machine.move_to(now + timedelta(minutes=61), tick=False)
    assert client.post("/api/email/confirmation").status_code == 202
    assert confirm(tokens("confirmation")[-1]).status_code == 200


def test_a_new_email_has_to_be_confirmed(client, confirm, tokens, mailed, is_confirmed):
    confirm(*tokens("confirmation"))

    response = client.patch("/api/me", json={"email": "n@example.org", **KNOWING})

    link = mailed("confirmation")[1]
    assert response.status_code == 200
    assert response.json["email_confirmed"] is False
    assert link.email == "n@example.org"
    assert confirm(tokens("confirmation")[1]).status_code == 200
    assert is_confirmed()


def test_an_email_can_be_changed_at_most_five_times_an_hour(client, mailed):
    answers = [
        client.patch("/api/me", json={"email": f"n{number}@example.org", **KNOWING})
        for number in range(5)
    ]

    assert [answer.status_code for answer in answers] == [200] * 4 + [429]
    assert client.get("/api/me").json["email"] == "n3@example.org"
    assert len(mailed("confirmation")) == 5


def test_changing_the_name_keeps_the_email_confirmed(api, customer, mailed):
    body = {"name": "Karla", "email": customer.email}

    user = api(customer).patch("/api/me", json=body).json

    assert (user["name"], user["email_confirmed"]) == ("Karla", True)
    assert mailed("confirmation") == []


def test_a_token_that_sets_a_password_confirms_no_email(
    newcomer, forget, confirm, tokens, reset, is_confirmed
):
    forget("nina@example.org")

    assert confirm(*tokens("password_reset")).status_code == 422
    assert not is_confirmed()
    assert reset(*tokens("password_reset")).status_code == 200


def test_the_link_of_a_user_who_is_not_active_confirms_nothing(
    api, admin, newcomer, confirm, tokens
):
    url = f"/api/users/{newcomer['user']['id']}"
    api(admin).patch(url, json={"active": False})

    assert confirm(*tokens("confirmation")).status_code == 422
    assert api(admin).get(url).json["email_confirmed"] is False


def test_one_of_many_concurrent_confirmations_with_one_token_succeeds(
    app, newcomer, tokens
):
    (token,) = tokens("confirmation")

    def send(_):
        client = app.test_client()
        return client.post("/api/email/confirm", json={"token": token}).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = sorted(pool.map(send, range(6)))

    assert statuses == [200] + [422] * 5


@pytest.mark.parametrize("token", [None, "", 7, [], "x" * 256, "a\0b", "\ud800", "x"])
def test_a_confirmation_with_an_invalid_token_names_the_token(confirm, token):
    response = confirm(token)

    assert (response.status_code, list(response.json["errors"])) == (422, ["token"])


def test_wrong_tokens_when_confirming_an_email_are_limited(app, confirm, monkeypatch):
    monkeypatch.setitem(app.config, "LOGIN_LIMIT", "2 per minute")

    statuses = [confirm("x").status_code for _ in range(3)]

    assert statuses == [422, 422, 429]


def test_emails_of_accounts_created_on_the_command_line_are_confirmed(
    app, api, admin, mailed
):
    command = ["create-admin", "--name", "Eve", "--email", "eve@example.org"]
    run = app.test_cli_runner().invoke

    run(args=[*command, "--password-stdin"], input="correct horse\n")
    run(args=["seed"])

    users = api(admin).get("/api/users").json["data"]
    assert len(users) == 4
    assert all(user["email_confirmed"] for user in users)
    assert mailed("confirmation") == []
