"""The language of what sockets are answered"""

import pytest
from socketio.packet import CONNECT_ERROR

from ticketing.core.text import Language
from ticketing.web.extensions import socketio

UNKNOWN = {
    "en": "There is no such event.",
    "de": "Dieses Ereignis gibt es nicht.",
    "fr": "Cet événement n’existe pas.",
}
NO_TICKET = {
    "en": "There is no such ticket.",
    "de": "Dieses Ticket gibt es nicht.",
    "fr": "Ce ticket n’existe pas.",
}


@pytest.fixture
def connect(app, token):
    """Connect as a user, with an Accept-Language."""
    clients = []

    def connect(user, language=None, auth=None):
        headers = {"Accept-Language": language} if language else {}
        client = socketio.test_client(
            app, headers=headers, auth=auth or {"token": token(user)}
        )
        clients.append(client)
        return client

    yield connect
    for client in clients:
        if client.is_connected():
            client.disconnect()


def answer(client, event, *payload):
    return client.emit(event, *payload, callback=True)["error"]


@pytest.mark.parametrize(
    ("locale", "header", "language"),
    [
        (None, None, "en"),
        (None, "de-AT", "de"),
        (Language.FRENCH, None, "fr"),
        (Language.FRENCH, "de", "fr"),
        (Language.ENGLISH, "de", "en"),
    ],
)
def test_a_socket_is_answered_in_its_users_language_or_the_handshakes(
    connect, make_user, locale, header, language
):
    client = connect(make_user("Gerda", locale=locale), header)

    missing = answer(client, "join", {"ticket_id": 10**6})

    assert missing == {"message": NO_TICKET[language], "code": "not_found"}
    assert answer(client, "no.such")["message"] == UNKNOWN[language]
    assert answer(client, "*", {})["message"] == UNKNOWN[language]


def test_a_language_that_was_chosen_since_counts_from_the_next_event(
    api, connect, customer
):
    client = connect(customer, "de")

    api(customer).patch("/api/me", json={"locale": "fr"})
    chosen = answer(client, "join", {"ticket_id": 10**6})
    api(customer).patch("/api/me", json={"locale": None})
    left_open = answer(client, "join", {"ticket_id": 10**6})

    assert chosen["message"] == NO_TICKET["fr"]
    assert left_open["message"] == NO_TICKET["de"]


def test_the_errors_of_fields_are_translated(connect, customer, ticket):
    client = connect(customer, "de")

    error = answer(client, "message.send", {"ticket_id": ticket.id})

    assert error == {
        "message": "Die Eingaben sind ungültig.",
        "code": "invalid",
        "errors": {"message": ["Bitte ausfüllen."]},
    }


def test_what_is_refused_before_the_user_is_known_is_in_their_language_too(
    app, connect, make_user, monkeypatch
):
    client = connect(make_user("Gerda", locale=Language.GERMAN), "fr")
    monkeypatch.setitem(app.config, "SOCKET_EVENT_LIMIT", "1 per minute")
    client.emit("leave", {"ticket_id": 1}, callback=True)

    error = answer(client, "leave", {"ticket_id": 1})

    assert error["code"] == "too_many_requests"
    assert error["message"].startswith("Höchstens 1 in 60 s")


def test_a_refused_connection_is_told_why_in_the_language_of_the_handshake(
    app, monkeypatch
):
    client = socketio.test_client(app)  # installs the double that sends
    sent = []
    monkeypatch.setattr(
        socketio.server, "_send_packet", lambda eio_sid, packet: sent.append(packet)
    )

    client.connect(auth={"token": "forged"}, headers={"Accept-Language": "es"})

    [refusal] = [each.data for each in sent if each.packet_type == CONNECT_ERROR]
    message = "Se necesita un token de acceso válido."
    assert refusal == {
        "message": message,
        "data": {"message": message, "code": "unauthenticated"},
    }
