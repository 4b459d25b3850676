"""POST /broadcasting/auth: grant a channel to a connection, or answer 403."""

import pytest

URL = "/broadcasting/auth"
SOCKET = "123456.7890"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def ask(api):
    """Ask for a channel as a user; return the response."""

    def ask(user, channel, **more):
        form = {"socket_id": SOCKET, "channel_name": channel, **more}
        return api(user).post(URL, data=form)

    return ask


def test_the_grant_begins_with_the_key_and_ends_with_the_token(
    anyone, customer, ticket, token
):
    own = token(customer)
    form = {"socket_id": SOCKET, "channel_name": f"private-ticket.{ticket.id}"}

    response = anyone.post(URL, data=form, headers={"Authorization": f"Bearer {own}"})

    assert response.status_code == 200
    key, _, given = response.json["auth"].split(":")
    assert (key, given) == ("ticketing", own)


@pytest.mark.parametrize(
    ("channel", "granted"),
    [
        ("private-ticket.{ticket}", ["customer", "admin"]),
        ("private-ticket.{ticket}.staff", ["admin"]),
        ("private-admins", ["admin"]),
        ("private-user.{customer}", ["customer"]),
        ("private-user.{admin}", ["admin"]),
        ("private-ticket.999", []),
        ("private-ticket.0", []),
        ("private-ticket.{ticket}.public", []),
        ("private-user.{customer}.staff", []),
        ("private-admins\n", []),
        ("presence-ticket.{ticket}", []),
        ("private-encrypted-ticket.{ticket}", []),
        ("ticket.{ticket}", []),
        ("", []),
        ("\ud800", []),
    ],
)
def test_channels_are_granted_to_those_whom_their_rooms_are_for(
    ask, customer, stranger, admin, ticket, channel, granted
):
    ids = {"ticket": ticket.id, "customer": customer.id, "admin": admin.id}
    name = channel.format(**ids).encode(errors="surrogatepass")
    users = {"customer": customer, "stranger": stranger, "admin": admin}

    statuses = {who: ask(user, name).status_code for who, user in users.items()}

    assert [who for who, status in statuses.items() if status == 200] == granted
    assert set(statuses.values()) <= {200, 403}


@pytest.mark.parametrize("socket_id", ["", "1", "1.2.3", "a.b", "-1.2", "1.2:3"])
def test_a_connection_that_cannot_be_one_is_refused(ask, customer, ticket, socket_id):
    response = ask(customer, f"private-ticket.{ticket.id}", socket_id=socket_id)

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
    assert "socket_id: " in response.json["message"]


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer x", "Basic YWRhOng="])
def test_without_a_valid_token_nothing_is_granted(anyone, ticket, value):
    form = {"socket_id": SOCKET, "channel_name": f"private-ticket.{ticket.id}"}

    response = anyone.post(URL, data=form, headers={"Authorization": value})

    assert (response.status_code, response.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", FORM),
        (b"socket_id=1.2", FORM),
        (b"socket_id=1.2&socket_id=1.2&channel_name=private-admins", FORM),
        (b"%ff=%ff", FORM),
        (b"\xff", FORM),
        (b"x" * 2_000_000, FORM),
        (b"a=1&" * 200_000, FORM),
        (b'{"socket_id": "1.2", "channel_name": "private-admins"}', "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
    ],
)
def test_whatever_is_wrong_the_answer_is_403(api, admin, body, content_type):
    response = api(admin).post(URL, data=body, content_type=content_type)

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
    assert response.json["message"]
