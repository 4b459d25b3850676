"""A body that arrives slowly: its sender has the rights that hold at its end."""

from io import BytesIO

import pytest

from ticketing.core.database import db


class Slow(BytesIO):
    """A body before whose first byte a function is called."""

    def __init__(self, body, meanwhile):
        super().__init__(body)
        self.meanwhile = [meanwhile]

    def read(self, *args):
        self.wait()
        return super().read(*args)

    def readinto(self, buffer):
        self.wait()
        return super().readinto(buffer)

    def wait(self):
        while self.meanwhile:
            self.meanwhile.pop()()


@pytest.fixture
def send_slowly(api):
    def send_slowly(user, method, path, body, meanwhile, content_type):
        return api(user).open(
            path,
            method=method,
            input_stream=Slow(body, meanwhile),
            content_type=content_type,
            content_length=len(body),
        )

    return send_slowly


JSON = "application/json"
FORM = (
    b'--B\r\nContent-Disposition: form-data; name="status"\r\n\r\nclosed\r\n--B--\r\n'
)
CALLS = [
    ("POST", "/api/tickets/{}/messages", b'{"message": "Still here"}', JSON),
    ("PATCH", "/api/tickets/{}", FORM, "multipart/form-data; boundary=B"),
    ("POST", "/api/categories", b'{"name": "Mine"}', JSON),
    ("DELETE", "/api/tickets/{}", b"{}", JSON),
]


@pytest.mark.parametrize("call", CALLS)
def test_a_user_deactivated_while_sending_changes_nothing(
    api, admin, colleague, ticket, send_slowly, call
):
    method, path, body, content_type = call

    def deactivate():
        response = api(admin).patch(
            f"/api/users/{colleague.id}", json={"active": False}
        )
        assert response.status_code == 200

    response = send_slowly(
        colleague, method, path.format(ticket.id), body, deactivate, content_type
    )

    assert response.status_code == 401
    shown = api(admin).get(f"/api/tickets/{ticket.id}").json
    assert (shown["status"], shown["last_seq"]) == ("open", 0)


def test_an_admin_demoted_while_sending_is_refused(api, admin, colleague, send_slowly):
    def demote():
        api(admin).patch(f"/api/users/{colleague.id}", json={"role": "customer"})

    response = send_slowly(
        colleague,
        "PATCH",
        f"/api/users/{colleague.id}",
        b'{"role": "admin"}',
        demote,
        JSON,
    )

    assert response.status_code == 403


def test_a_slow_sender_holds_no_database_connection(app, customer, ticket, send_slowly):
    held = []

    def count():
        with app.app_context():
            held.append(db.engine.pool.checkedout())

    response = send_slowly(
        customer,
        "POST",
        f"/api/tickets/{ticket.id}/messages",
        b'{"message": "Hello?"}',
        count,
        JSON,
    )

    assert (response.status_code, held) == (201, [0])


def test_the_body_of_a_call_without_a_token_is_not_read(anyone, ticket):
    read = []

    response = anyone.post(
        f"/api/tickets/{ticket.id}/messages",
        input_stream=Slow(b"{}", lambda: read.append(True)),
        content_type=JSON,
        content_length=2,
    )

    assert (response.status_code, read) == (401, [])


@pytest.mark.parametrize(
    "media_type",
    [
        *("application/x-www-form-urlencoded", "text/plain"),
        "multipart/form-data; boundary=x",
    ],
)
def test_a_body_that_a_call_does_not_read_is_refused(api, customer, media_type):
    client = api(customer)

    refused = client.post("/api/refresh", data="all=true", content_type=media_type)
    accepted = client.post("/api/refresh")  # and so its token is still valid

    assert refused.status_code == 415
    assert refused.json["code"] == "unsupported_media_type"
    assert accepted.status_code == 200
