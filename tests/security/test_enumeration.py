"""Threat: finding out who, or what, there is."""

import pytest

WRONG = "wrong horse battery"


@pytest.fixture
def known(anyone):
    """Someone with a password."""
    form = {"name": "Nora", "email": "nora@example.org", "password": "correct horse"}
    anyone.post(
        "/api/register", json={**form, "password_confirmation": "correct horse"}
    )
    return form["email"]


def test_a_login_says_nothing_of_whether_there_is_an_account(anyone, known):
    answers = [
        anyone.post("/api/login", json={"email": email, "password": WRONG})
        for email in (known, "nobody@example.org", "x", "' OR 1=1 --", "%", known + " ")
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    varying = {"X-Request-ID"}
    headers = [
        {name: v for name, v in answer.headers if name not in varying}
        for answer in answers
    ]
    assert all(each == headers[0] for each in headers)


def test_a_forgotten_password_says_nothing_of_whether_there_is_an_account(
    anyone, known
):
    answers = [
        anyone.post("/api/password/forgot", json={"email": email})
        for email in (known, "nobody@example.org", "x", "' OR 1=1 --", "%", known + " ")
    ]

    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1


@pytest.mark.parametrize("method", ["GET", "PATCH"])
def test_customers_cannot_tell_which_users_exist(
    api, customer, admin, method
):
    client = api(customer)

    answers = [
        client.open(f"/api/users/{number}", method=method, json={"active": False})
        for number in (admin.id, customer.id, 10**9)
    ]

    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.data for answer in answers}) == 1


def test_nobody_harvests_emails(api, customer, admin, ticket, make_message, reply):
    make_message(admin)
    urls = [
        f"/api/tickets/{ticket.id}{part}" for part in ("", "/comments", "/messages")
    ]

    seen = "".join(api(customer).get(url).text for url in ["/api/tickets", *urls])

    assert admin.name in seen
    assert "@" not in seen


def test_no_number_gives_away_a_note(api, live, customer, admin, ticket):
    url, socket = f"/api/tickets/{ticket.id}", live(customer)
    seen = [url, f"{url}/comments", f"{url}/events", f"{url}/messages", "/api/tickets"]

    def look():
        answers = [api(customer).get(each) for each in seen]
        told = [(each.data, each.headers.get("ETag")) for each in answers]
        payload = {"ticket_id": ticket.id, "after": 0}
        return [*told, socket.emit("join", payload, callback=True)]

    looks = [look()]
    note = {"content": "Arson?", "internal": True}
    number = api(admin).post(f"{url}/comments", json=note).json["id"]
    looks.append(look())
    api(admin).patch(f"/api/comments/{number}", json={"content": "Arson!"})
    looks.append(look())
    api(admin).delete(f"/api/comments/{number}")
    looks.append(look())

    assert all(each == looks[0] for each in looks)
    assert socket.get_received() == []
