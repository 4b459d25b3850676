"""deploy/nginx.conf, in front of a deployment."""

import pytest
import requests


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_page_chats_through_it(
    transport, behind_nginx, register, open_ticket, connect
):
    carla = register(behind_nginx, "Carla")
    ticket = open_ticket(behind_nginx, carla)
    client = connect(carla, transport)
    client.join(ticket)

    said = behind_nginx.root.say(ticket, "Hello, how can I help you?")

    assert client.hear("message.sent")[0] == said


def test_a_file_of_ten_megabytes_passes(behind_nginx, register, open_ticket):
    carla = register(behind_nginx, "Carla")
    ticket = open_ticket(behind_nginx, carla)
    line = b"It burns.\n"

    response = requests.patch(
        f"{behind_nginx.url}/api/tickets/{ticket['id']}",
        headers={"Authorization": f"Bearer {carla.token}"},
        files={"attachment": ("log.txt", line * (10 * 1024**2 // len(line)))},
        timeout=20,
    )

    assert response.status_code == 200
    assert response.json()["attachment"]["name"] == "log.txt"


def test_a_page_of_the_same_origin_connects(behind_nginx):
    handshake = f"{behind_nginx.url}/socket.io/?EIO=4&transport=polling"

    own = requests.get(handshake, headers={"Origin": behind_nginx.url}, timeout=20)
    other = {"Origin": "https://evil.example"}
    foreign = requests.get(handshake, headers=other, timeout=20)

    assert own.status_code == 200
    assert foreign.status_code == 400


def test_metrics_are_not_for_everyone(behind_nginx):
    response = requests.get(f"{behind_nginx.url}/metrics", timeout=20)

    assert response.status_code == 404
    assert response.json()["code"] == "not_found"
    assert "X-Request-ID" not in response.headers  # it was not even passed on


def test_what_is_too_large_is_refused_in_json(behind_nginx):
    tickets = f"{behind_nginx.url}/api/tickets"

    response = requests.post(tickets, data=b" " * 13 * 1024**2, timeout=20)

    assert response.status_code == 413
    assert response.json()["code"] == "too_large"


def test_an_outage_is_told_in_json(behind_nginx_nobody):
    response = requests.get(f"{behind_nginx_nobody.url}/api/me", timeout=20)

    assert response.status_code == 503
    assert response.json()["code"] == "unavailable"
    assert response.headers["Retry-After"] == "2"
