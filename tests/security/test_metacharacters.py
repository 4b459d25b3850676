"""Threat: text that means something to SQL, LIKE, a spreadsheet, a shell or a page."""

import pytest

from ticketing.accounts.models import User

pytestmark = pytest.mark.slow  # many for each text

LITERAL = [
    "'; DROP TABLE users; --",
    '" OR ""="',
    "' UNION SELECT password FROM users --",
    "\\'; SELECT SLEEP(9); #",
    "%",
    "_",
    "%%_\\%",
    "\\",
    "/%/_",
    '=HYPERLINK("//evil.example")',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1+1)",
    "-2+3",
    "{{7*7}} ${7*7} #{7*7} %(x)s {0.__class__}",
    "<script>alert(1)</script>",
    "$(reboot) `reboot` | reboot",
    "a\r\nSet-Cookie: x=1",
    "1\tOR\t1=1",
    "0x31",
    "🔥\u0301\u200d",
]


@pytest.mark.parametrize("text", LITERAL)
def test_text_with_metacharacters_comes_back_as_it_was_sent(
    api, live, customer, category, admin, text
):
    client, socket = api(customer), live(admin)
    form = {"subject": text, "description": text, "priority": "low"}

    ticket = client.post("/api/tickets", json={**form, "category_id": category.id}).json

    url = f"/api/tickets/{ticket['id']}"
    client.post(f"{url}/comments", json={"content": text})
    client.post(f"{url}/messages", json={"message": text})
    client.patch("/api/me", json={"name": text})
    payloads = [event["payload"] for event in client.get(f"{url}/events").json["data"]]
    assert client.get(url).json["subject"] == text
    assert payloads[0]["description"] == text
    assert [payloads[1]["content"], payloads[2]["message"]] == [text, text]
    assert client.get("/api/me").json["name"] == text
    assert socket.get_received()[0]["args"][0]["subject"] == text


@pytest.mark.parametrize("text", LITERAL)
def test_text_with_metacharacters_is_searched_literally(
    api, admin, customer, make_user, text
):
    named = make_user(f"a {text} z", email="a@example.org")

    found = api(admin).get("/api/users", query_string={"q": text.strip()}).json["data"]

    assert [user["id"] for user in found if user["id"] == named.id] == [named.id]
    assert customer.id not in [user["id"] for user in found]


@pytest.mark.parametrize("text", LITERAL)
@pytest.mark.parametrize(
    "path", ["tickets?status=", "tickets?sort=", "tickets?assigned_to=", "users?role="]
)
def test_text_with_metacharacters_is_refused_as_a_filter(
    api, admin, ticket, path, text
):
    url, _, name = f"/api/{path}".rstrip("=").partition("?")

    response = api(admin).get(url, query_string={name: text})

    assert (response.status_code, list(response.json["errors"])) == (422, [name])


@pytest.mark.parametrize("text", LITERAL)
def test_text_with_metacharacters_logs_nobody_in(anyone, make_user, text):
    assert isinstance(make_user("Pia"), User)

    for email, password in ((text, text), ("pia@example.org", text)):
        response = anyone.post(
            "/api/login", json={"email": email, "password": password}
        )

        assert response.status_code == 401


@pytest.mark.parametrize("text", ["0", "0 OR 1=1", "1e0", "0.0", "false", "null"])
def test_number_does_not_match_an_email_at_login(api, anyone, make_user, text):
    """MariaDB takes 0 for equal to any text that does not begin with a digit."""
    make_user("Pia")

    for email in (0, False, text):
        response = anyone.post("/api/login", json={"email": email, "password": "x"})

        assert response.status_code == (401 if isinstance(email, str) else 422)
