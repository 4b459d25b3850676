"""The Socket.IO handshake."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine
from flask_socketio import SocketIOTestClient
from socketio import packet

from ticketing.web.extensions import socketio


@pytest.fixture
def refused(app, monkeypatch):
    """Try to connect; return the ``connect_error`` that the client receives."""

    def refused(**how):
        client = socketio.test_client(app)  # installs the double that sends
        told, send = [], socketio.server._send_packet

        def note(eio_sid, pkt):
            if pkt.packet_type == packet.CONNECT_ERROR:
                told.append(pkt.data)
            send(eio_sid, pkt)

        monkeypatch.setattr(socketio.server, "_send_packet", note)
        client.connect(**how)
        assert not client.is_connected()
        [error] = told
        return error

    return refused


def test_a_token_in_the_auth_payload_connects_a_socket(live, customer):
    assert live(customer).is_connected()


def test_a_token_in_the_authorization_header_connects_a_socket(
    app, token, customer, ticket
):
    header = {"Authorization": f"Bearer {token(customer)}"}

    client = socketio.test_client(app, headers=header)

    answer = client.emit("join", {"ticket_id": ticket.id}, callback=True)
    client.disconnect()
    assert answer["data"]["ticket_id"] == ticket.id


def test_the_auth_payload_takes_precedence_over_the_header(
    app, token, customer, stranger, ticket
):
    header = {"Authorization": f"Bearer {token(stranger)}"}

    client = socketio.test_client(app, auth={"token": token(customer)}, headers=header)

    answer = client.emit("join", {"ticket_id": ticket.id}, callback=True)
    client.disconnect()
    assert "data" in answer


REFUSED = {"message": "A valid access token is required.", "code": "unauthenticated"}


@pytest.mark.parametrize(
    "auth",
    [
        None,
        {},
        "token",
        7,
        ["token"],
        {"token": None},
        {"token": ""},
        {"token": 7},
        {"token": {"a": 1}},
        {"token": "forged"},
        {"token": "x.y.z"},
        {"token": "naïve \n token"},
    ],
)
def test_an_auth_payload_without_a_valid_token_is_refused(refused, auth):
    error = refused(auth=auth)

    assert error == {"message": REFUSED["message"], "data": REFUSED}


def test_a_token_in_the_query_does_not_connect_a_socket(refused, token, customer):
    error = refused(query_string=f"token={token(customer)}")

    assert error["data"] == REFUSED


def test_a_revoked_token_does_not_connect_a_socket(refused, anyone, token, customer):
    given = token(customer)
    anyone.post("/api/logout", headers={"Authorization": f"Bearer {given}"})

    assert refused(auth={"token": given})["data"] == REFUSED


def test_an_expired_token_does_not_connect_a_socket(refused, token, customer):
    given = token(customer)

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=8, seconds=1)):
        error = refused(auth={"token": given})

    assert error["data"] == REFUSED


def test_the_token_of_a_deactivated_user_does_not_connect_a_socket(
    refused, api, admin, token, customer
):
    given = token(customer)
    api(admin).patch(f"/api/users/{customer.id}", json={"active": False})

    assert refused(auth={"token": given})["data"] == REFUSED


def test_a_token_signed_with_another_secret_does_not_connect_a_socket(
    refused, token, customer
):
    claims = jwt.decode(token(customer), options={"verify_signature": False})
    forged = jwt.encode(claims, "another secret, just as long as it takes", "HS256")

    assert refused(auth={"token": forged})["data"] == REFUSED


def test_a_refused_client_may_connect_again(app, token, customer):
    client = SocketIOTestClient(app, socketio, auth={"token": "forged"})

    client.connect(auth={"token": token(customer)})

    assert client.is_connected()
    client.disconnect()


def test_a_refused_client_receives_no_events(app, api, admin, customer, ticket):
    client = socketio.test_client(app, auth={"token": "forged"})

    api(customer).post(f"/api/tickets/{ticket.id}/messages", json={"message": "Hm."})
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    assert client.queue == []
