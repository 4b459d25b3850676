"""The Socket.IO handshake."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest
import time_machine
from flask_socketio import SocketIOTestClient
from socketio import packet

from ticketing.realtime import connections, periodic_check
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


def test_a_socket_that_could_not_be_served_does_not_count(
    refused, token, customer, monkeypatch
):
    def fail():
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(periodic_check.task, "start", fail)
    refused(auth={"token": token(customer)})

    assert connections.sids_of(customer.id) == []


@pytest.mark.parametrize(
    ("scheme", "host", "origin", "status"),
    [
        ("https", "help.example.org", "https://help.example.org", 200),
        ("https", "help.example.org:443", "https://help.example.org", 200),
        ("https", "help.example.org:444", "https://help.example.org:444", 200),
        ("http", "help.example.org:80", "http://help.example.org", 200),
        ("https", "help.example.org:80", "https://help.example.org", 400),
        ("https", "help.example.org", "https://evil.example.org", 400),
    ],
)
def test_a_page_of_the_same_origin_may_connect(anyone, scheme, host, origin, status):
    handshake = {"EIO": "4", "transport": "polling"}

    response = anyone.get(
        "/socket.io/",
        query_string=handshake,
        base_url=f"{scheme}://{host}",
        headers={"Origin": origin, "Host": host},
    )

    assert response.status_code == status
