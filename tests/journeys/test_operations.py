"""A deployment logs and counts what it serves."""

import json
import socket

import pytest
import requests
import served

TEXT = "My card number is 4111"
ELSEWHERE = {"X-Forwarded-For": "192.0.2.1"}


@pytest.fixture
def logged():
    """Return what a process has logged, line by line; every one is JSON."""
    return lambda process: [
        json.loads(line) for line in process.log.read_text().splitlines()
    ]


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_its_log_is_json_and_tells_who_did_what(
    serve, register, open_ticket, connect, logged, mode
):
    with serve(mode) as process:
        carla = register(process, "Carla")
        ticket = open_ticket(process, carla)
        client = connect(carla)
        client.emit("message.send", {"ticket_id": ticket["id"], "message": TEXT})
        client.emit("join", {"ticket_id": ticket["id"], "staff_after": 0})
        refused = carla.request("GET", f"/users?q={TEXT}")
        client.close()
        lines = logged(process)

    of_request = [
        line
        for line in lines
        if line.get("request_id") == refused.headers["X-Request-ID"]
    ]
    audit, answer = of_request
    assert (audit["logger"], audit["on"]) == ("ticketing.audit", "GET /api/users")
    assert (answer["route"], answer["status"]) == ("/api/users", 403)
    assert audit["user_id"] == answer["user_id"] == carla.user["id"]
    audited = {line["message"] for line in lines if line["logger"] == "ticketing.audit"}
    assert audited >= {"login", "account created", "refused"}
    assert any(line.get("on") == "join" for line in lines)
    text = json.dumps(lines)
    assert TEXT not in text
    assert carla.token not in text and process.root.token not in text
    assert "correct horse" not in text


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_what_cannot_be_read_is_not_in_its_log(serve, logged, mode):
    unreadable = f"GET / HTTP/1.1\r\nAuthorization Bearer {TEXT}\r\n\r\n"
    with serve(mode) as process:
        with socket.create_connection(("127.0.0.1", process.port)) as client:
            client.sendall(unreadable.encode())
            answer = client.recv(65_536)
        polling = f"{process.url}/socket.io/?EIO=4&transport=polling"
        requests.get(f"{polling}&sid=nobody", timeout=20)
        lines = logged(process)

    assert answer.startswith(b"HTTP/1.1 400")
    assert [line["message"] for line in lines if line["level"] == "WARNING"][-1] == (
        "Invalid request from ip=127.0.0.1: InvalidHeader"
    )
    assert TEXT not in json.dumps(lines)


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_without_gunicorn_it_logs_no_query_either(tmp_path, mode):
    settings = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'ticketing.db'}",
        "SOCKETIO_ASYNC_MODE": mode,
    }
    command = [*served.PYTHON, "wsgi.py"]
    process = served.Process(command, settings, tmp_path, served.free_port())
    with served.running(process):
        requests.get(f"{process.url}/unsubscribe?token={TEXT}", timeout=20)
        lines = process.log.read_text()

    assert process.url in lines
    assert "token" not in lines


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_its_counts_tell_of_what_happened(serve, register, open_ticket, connect, mode):
    with serve(mode) as process:
        carla = register(process, "Carla")
        ticket = open_ticket(process, carla)
        client = connect(carla)
        for number in range(3):
            client.emit(
                "message.send", {"ticket_id": ticket["id"], "message": f"{number}"}
            )
        text = requests.get(f"{process.url}/metrics", timeout=20).text
        client.close()

    lines = set(text.splitlines())
    opened = 'method="POST",route="/api/tickets",status="201"'
    assert f"ticketing_requests_total{{{opened}}} 1.0" in lines
    assert "ticketing_open_sockets 1.0" in lines
    assert "ticketing_messages_sent_total 3.0" in lines
    assert "ticketing_emits_failed_total 0.0" in lines
    assert "ticketing_pool_in_use 0.0" in lines
    assert 'ticketing_request_seconds_bucket{le="0.005",method="GET"' in text


@pytest.mark.parametrize("hops", ["0", "1"])
def test_its_counts_are_not_for_everyone(serve, hops):
    token = "a token for Prometheus"
    with serve("eventlet", TRUSTED_PROXIES=hops, METRICS_TOKEN=token) as process:

        def ask(**headers):
            url = f"{process.url}/metrics"
            return requests.get(url, headers=headers, timeout=20).status_code

        assert ask() == 200
        assert ask(**ELSEWHERE) == 404
        assert ask(**{"X-Forwarded-For": "127.0.0.1"}) == 404
        assert ask(**ELSEWHERE, Authorization=f"Bearer {token}") == 200
        assert ask(**ELSEWHERE, Authorization="Bearer another") == 404
