"""The headers of every response, and which origins may read it."""

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from ticketing import create_app
from ticketing.web import middleware
from ticketing.web.extensions import socketio

SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
ORIGIN = "https://help.example.org"


@pytest.fixture
def build(app, settings):
    """Build another application, with other settings."""
    kept = dict(vars(socketio))  # the one server becomes that of the last application

    def build(**changes):
        return create_app({**settings, **changes})

    yield build
    vars(socketio).clear()
    vars(socketio).update(kept)


@pytest.fixture
def fail(app, monkeypatch):
    """Let the list of tickets fail as nobody foresaw."""
    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("ticketing.tickets.queries.list_tickets", lambda actor: 1 / 0)


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/healthz", 200),
        ("GET", "/readyz", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/docs", 200),
        ("GET", "/docs/", 200),
        ("GET", "/docs/swagger-ui.css", 200),
        ("GET", "/metrics", 200),
        ("GET", "/static/ticketing.js", 200),
        ("GET", "/static/nowhere.js", 404),
        ("GET", "/api/tickets", 200),
        ("HEAD", "/api/tickets", 200),
        ("OPTIONS", "/api/tickets", 200),
        ("GET", "/api/comments/1?x=1", 422),
        ("DELETE", "/api/tickets", 405),
        ("GET", "/nowhere", 404),
        ("TRACE", "/api/tickets", 405),
        ("POST", "/api/login", 415),
        ("GET", "/api/users", 403),
        ("GET", "/socket.io/?EIO=4&transport=polling", 200),
        ("GET", "/socket.io/?EIO=3&transport=polling", 400),
        ("GET", "/socket.io/?EIO=4&transport=polling&sid=none", 400),
        ("OPTIONS", "/socket.io/?EIO=4&transport=polling", 200),
        ("PUT", "/socket.io/", 400),
    ],
)
def test_every_response_has_the_security_headers(api, customer, method, path, status):
    response = api(customer).open(path, method=method)

    assert response.status_code == status
    assert {name: response.headers.get(name) for name in SECURITY} == SECURITY
    assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Request-ID"]
    response.close()


def test_an_unforeseen_error_has_the_security_headers(api, customer, fail):
    response = api(customer).get("/api/tickets")

    assert response.status_code == 500
    assert SECURITY.items() <= dict(response.headers).items()
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["X-Request-ID"]


@pytest.mark.parametrize(
    "path", ["me", "tickets", "categories", "nowhere", "tickets/0"]
)
def test_no_cache_may_keep_an_authenticated_answer(api, customer, path):
    response = api(customer).get(f"/api/{path}")

    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "kept"),
    [
        ("/socket.io/?EIO=4&transport=polling", False),
        ("/metrics", False),
        ("/static/ticketing.js", True),
        ("/docs/swagger-ui.css", True),
        ("/openapi.json", True),
    ],
)
def test_a_cache_may_keep_what_is_the_same_for_everyone(anyone, path, kept):
    with anyone.get(path) as response:
        assert ("no-store" not in response.headers.get("Cache-Control", "")) == kept


@pytest.mark.parametrize("given", ["x", "7f9c-1a", "~" * 100, "a/b?c=d"])
def test_a_printable_request_id_comes_back(anyone, given):
    response = anyone.get("/healthz", headers={"X-Request-ID": given})

    assert response.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", "two words", "x" * 101, "caf\xe9", "tab\tbed"])
def test_any_other_request_id_is_replaced(anyone, given):
    response = anyone.get("/healthz", headers={"X-Request-ID": given})

    assert response.headers["X-Request-ID"] not in {"", given}


def test_each_request_has_an_id_of_its_own(anyone):
    numbers = {anyone.get("/healthz").headers["X-Request-ID"] for _ in range(3)}

    assert len(numbers) == 3


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_no_origin_is_admitted_by_default(anyone, method):
    response = anyone.open(
        "/api/categories",
        method=method,
        headers={"Origin": ORIGIN, "Access-Control-Request-Method": "GET"},
    )

    assert not [name for name in response.headers.keys() if "Access-Control" in name]


def test_the_configured_origin_is_admitted(build):
    client = build(CORS_ORIGINS=[ORIGIN]).test_client()

    asked = client.options(
        "/api/tickets",
        headers={
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization, idempotency-key",
        },
    )
    answer = client.get("/api/tickets", headers={"Origin": ORIGIN})

    assert asked.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in asked.headers["Access-Control-Allow-Methods"]
    allowed = asked.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "idempotency-key"} <= set(allowed.split(", "))
    assert answer.status_code == 401
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "Access-Control-Allow-Credentials" not in answer.headers
    exposed = set(answer.headers["Access-Control-Expose-Headers"].split(", "))
    assert {"ETag", "Link", "Location", "Retry-After", "X-Request-ID"} <= exposed


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/tickets", 401),
        ("GET", "/nowhere", 404),
        ("DELETE", "/api/tickets", 405),
        ("POST", "/api/login", 415),
        ("OPTIONS", "/api/tickets", 200),
        ("GET", "/socket.io/?EIO=4&transport=polling", 200),
    ],
)
def test_a_page_of_the_configured_origin_may_read_errors(build, method, path, status):
    client = build(CORS_ORIGINS=[ORIGIN]).test_client()

    response = client.open(path, method=method, headers={"Origin": ORIGIN})

    assert response.status_code == status
    assert response.headers.getlist("Access-Control-Allow-Origin") == [ORIGIN]
    assert SECURITY.items() <= dict(response.headers).items()
    assert response.headers["X-Request-ID"]


def test_a_page_of_another_origin_gets_no_socket(build):
    client = build(CORS_ORIGINS=[ORIGIN]).test_client()

    response = client.get(
        "/socket.io/?EIO=4&transport=polling",
        headers={"Origin": "https://evil.example"},
    )

    assert response.status_code == 400
    assert "Access-Control-Allow-Origin" not in response.headers
    assert SECURITY.items() <= dict(response.headers).items()


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", f"{ORIGIN}.evil.io"]
)
def test_no_other_origin_is_admitted(build, origin):
    client = build(CORS_ORIGINS=[ORIGIN]).test_client()

    response = client.get("/api/categories", headers={"Origin": origin})

    assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.parametrize("origin", ["capacitor://localhost", "tauri://localhost"])
def test_the_origin_of_an_app_is_admitted(build, origin):
    client = build(CORS_ORIGINS=[origin]).test_client()

    response = client.get("/api/categories", headers={"Origin": origin})
    other = client.get("/api/categories", headers={"Origin": origin + ".evil.io"})

    assert response.headers["Access-Control-Allow-Origin"] == origin
    assert "Access-Control-Allow-Origin" not in other.headers


def test_an_origin_is_taken_literally(build):
    client = build(CORS_ORIGINS=["https://[::1]:8443"]).test_client()

    admitted = [
        "Access-Control-Allow-Origin"
        in client.get("/api/categories", headers={"Origin": origin}).headers
        for origin in ("https://[::1]:8443", "https://::8443", "https://[::1]:84430")
    ]

    assert admitted == [True, False, False]


@pytest.mark.parametrize("path", ["/api/tickets", "/healthz", "/docs/"])
def test_an_empty_answer_has_no_content_type(anyone, path):
    response = anyone.options(path)

    assert (response.status_code, response.data) == (200, b"")
    assert "Content-Type" not in response.headers
    assert "OPTIONS" in response.headers["Allow"]


@pytest.mark.parametrize(("hops", "believed"), [(0, False), (1, True)])
def test_only_a_trusted_proxy_says_that_a_call_came_over_https(build, hops, believed):
    client = build(TRUSTED_PROXIES=hops).test_client()

    response = client.get("/healthz", headers={"X-Forwarded-Proto": "https"})

    assert ("Strict-Transport-Security" in response.headers) == believed


@pytest.fixture
def seen():
    """Pass an environ through what is put around the application."""

    def seen(hops=0, **given):
        app, environs = Flask(__name__), []
        app.config["TRUSTED_PROXIES"] = hops

        def note(environ, start_response):
            environs.append(environ)
            start_response("204 No Content", [])
            return []

        app.wsgi_app = note
        middleware.wrap(app)
        run_wsgi_app(app.wsgi_app, EnvironBuilder(headers=given).get_environ())
        return environs[0]

    return seen


def test_deflate_is_declined(seen):
    environ = seen(**{"Sec-WebSocket-Extensions": "permessage-deflate", "X-A": "1"})

    assert "HTTP_SEC_WEBSOCKET_EXTENSIONS" not in environ
    assert environ["HTTP_X_A"] == "1"


@pytest.mark.parametrize(
    ("hops", "address"), [(0, None), (1, "192.0.2.2"), (2, "192.0.2.1")]
)
def test_the_address_of_a_caller_is_found_behind_trusted_proxies(seen, hops, address):
    environ = seen(hops, **{"X-Forwarded-For": "6.6.6.6, 192.0.2.1, 192.0.2.2"})

    assert environ.get("REMOTE_ADDR") == address


@pytest.mark.parametrize(
    ("coding", "ends"), [("chunked", True), ("Chunked", True), ("gzip", False)]
)
def test_a_chunked_body_has_an_end(seen, coding, ends):
    environ = seen(**{"Transfer-Encoding": coding})

    assert environ.get("wsgi.input_terminated", False) == ends
