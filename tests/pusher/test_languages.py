"""The language of what clients of the Pusher protocol are answered."""

import pytest
from raw_pusher import RawPusher

pytestmark = pytest.mark.slow

REFUSED = "pusher:subscription_error"


def test_a_client_is_answered_in_the_language_of_its_handshake(server, customer):
    with RawPusher(server, language="de-AT") as client:
        client.connect()
        client.say("pusher:subscribe", {"channel": "presence-x"})
        refused = client.hear(REFUSED)
        client.say("client-shout", {})
        error = client.hear("pusher:error")

    assert refused["error"].startswith("Es gibt keine Presence- und keine verschl")
    assert error["message"].endswith("wird nur client-typing angenommen.")


def test_a_refused_client_is_answered_in_the_language_of_its_handshake(server):
    with RawPusher(server, key="another", language="fr") as client:
        error = client.hear("pusher:error")
        ended = client.end()

    assert error["message"] == "Aucune application n’a cette clé."
    assert ended.code == 4001


def test_the_language_of_the_user_comes_first(server, customer, ticket):
    customer.patch("/me", {"locale": "es"})
    channel = f"private-ticket.{ticket['id']}"
    with RawPusher(server, language="de") as client:
        client.connect()
        client.subscribe(customer, channel)
        client.say("pusher:subscribe", {"channel": channel})
        refused = client.hear(REFUSED)

    assert refused["error"] == "El canal ya está suscrito."
