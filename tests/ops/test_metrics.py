"""GET /metrics"""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from ticketing.core.database import db
from ticketing.web.extensions import socketio

TOKEN = "a token for Prometheus"
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def value(anyone):
    """Return the value of a series now; 0 if there is none yet."""

    def value(name, **labels):
        text = anyone.get("/metrics").text
        return sum(
            sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name == f"ticketing_{name}"
            and labels.items() <= sample.labels.items()
        )

    return value


@pytest.fixture
def guarded(app, monkeypatch):
    """Configure a token."""
    monkeypatch.setitem(app.config, "METRICS_TOKEN", TOKEN)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]
)
def test_metrics_are_served_to_this_machine(anyone, address):
    response = anyone.get("/metrics", environ_overrides={"REMOTE_ADDR": address})

    assert response.status_code == 200
    assert response.content_type.startswith("text/plain; version=0.0.4")
    assert response.headers["Cache-Control"] == "no-store"
    assert "ticketing_open_sockets" in response.text


@pytest.mark.parametrize("address", ["192.0.2.1", "10.0.0.1", "::2", "", "unix:", None])
@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer"}, BEARER]
)
def test_metrics_are_not_served_to_other_machines(anyone, address, headers):
    response = anyone.get(
        "/metrics", environ_overrides={"REMOTE_ADDR": address}, headers=headers
    )
    nowhere = anyone.get("/nowhere")

    assert response.status_code == 404
    assert response.json == nowhere.json


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
@pytest.mark.parametrize("claim", ["127.0.0.1", "192.0.2.1", "for=127.0.0.1"])
def test_metrics_are_not_served_to_requests_forwarded_by_a_proxy(anyone, header, claim):
    response = anyone.get("/metrics", headers={header: claim})

    assert response.status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (BEARER, 200),
        ({"Authorization": f"bearer {TOKEN}"}, 200),
        ({"Authorization": f"Bearer {TOKEN}x"}, 404),
        ({"Authorization": f"Bearer {TOKEN[:-1]}"}, 404),
        ({"Authorization": "Bearer \xe9"}, 404),
        ({"Authorization": TOKEN}, 404),
        ({}, 404),
    ],
)
def test_metrics_are_served_to_other_machines_with_the_token(
    anyone, guarded, headers, status
):
    there = {"REMOTE_ADDR": "192.0.2.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"}
    response = anyone.get("/metrics", headers=headers, environ_overrides=there)

    assert response.status_code == status


def test_an_access_token_does_not_give_access_to_metrics(api, admin):
    response = api(admin).get(
        "/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.1"}
    )

    assert response.status_code == 404


def test_requests_are_counted_by_route_and_status(api, customer, value):
    labels = {"method": "GET", "route": "/api/tickets/<id:ticket_id>", "status": "404"}
    before = value("requests_total", **labels)

    for ticket_id in range(1, 4):
        api(customer).get(f"/api/tickets/{ticket_id}")

    assert value("requests_total", **labels) == before + 3


def test_the_latency_of_requests_is_measured(api, customer, value):
    labels = {"method": "GET", "route": "/api/me"}
    count = value("request_seconds_count", **labels)
    seconds = value("request_seconds_sum", **labels)

    api(customer).get("/api/me")

    assert value("request_seconds_count", **labels) == count + 1
    assert 0 < value("request_seconds_sum", **labels) - seconds < 5
    assert value("request_seconds_bucket", **labels, le="+Inf") == count + 1


def test_unknown_paths_and_methods_add_no_series(anyone, value):
    def requests():
        text = anyone.get("/metrics").text
        return {line.rpartition(" ")[0] for line in text.splitlines()}

    anyone.open("/x", method="BREW")
    anyone.open("/socket.io/", method="BREW")
    before = requests()

    for number in range(5):
        anyone.open(f"/{number}", method=f"BREW{number}")
        anyone.get(f"/nowhere/{number}?x={number}")
        anyone.open(f"/socket.io/{number}", method=f"BREW{number}")

    assert requests() - before <= {
        line for line in requests() if 'route="unknown"' in line or "socket.io" in line
    }
    assert len(requests() - before) <= 2


def test_open_sockets_are_counted(live, customer, value):
    before = value("open_sockets")

    client = live(customer)
    during = value("open_sockets")
    client.disconnect()

    assert (during, value("open_sockets")) == (before + 1, before)


@pytest.mark.parametrize("over", ["http", "socket"])
def test_sent_messages_are_counted(api, live, customer, ticket, value, over):
    before = value("messages_sent_total")
    body = {"message": "Hello?", "client_id": "attempt-1"}

    for _ in range(2):  # the second is the same one
        if over == "http":
            api(customer).post(f"/api/tickets/{ticket.id}/messages", json=body)
        else:
            live(customer).emit("message.send", {"ticket_id": ticket.id, **body})

    assert value("messages_sent_total") == before + 1


def test_failed_emits_are_counted(api, customer, ticket, listen, value, monkeypatch):
    listen(customer)
    before = value("emits_failed_total")

    with monkeypatch.context() as outage:
        outage.setattr(socketio, "emit", lambda *args, **kwargs: 1 / 0)
        api(customer).post(f"/api/tickets/{ticket.id}/messages", json={"message": "?"})

    assert value("emits_failed_total") > before


def test_database_connections_in_use_are_counted(app, anyone, value):
    before = value("pool_in_use")

    with app.app_context(), db.engine.connect():
        assert value("pool_in_use") == before + 1
    assert value("pool_in_use") == before
