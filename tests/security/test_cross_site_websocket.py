"""Threat: a page of another site that opens a socket with its visitor's browser."""

import pytest

import config
from ticketing import create_app
from ticketing.web.extensions import socketio

OURS = "http://help.example.org"
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


@pytest.fixture
def build(app, settings):
    """Build another application, with other settings."""
    kept = dict(vars(socketio))  # the one server becomes that of the last application

    def build(**changes):
        return create_app({**settings, **changes}).test_client()

    yield build
    vars(socketio).clear()
    vars(socketio).update(kept)


@pytest.fixture
def shake(build):
    """Shake hands from a page; return the status."""

    def shake(origin, **settings):
        headers = {"Origin": origin, "Host": "help.example.org"}
        return build(**settings).get(HANDSHAKE, headers=headers).status_code

    return shake


@pytest.mark.parametrize(
    "origin",
    [
        *("https://evil.example", "null", f"{OURS}.evil.example", "file://"),
        *("http://help.example.org:81", "https://help.example.org", f"{OURS}/"),
        *("http://HELP.example.org.evil", "http://evil.example/help.example.org", "*"),
    ],
)
def test_page_of_another_site_gets_no_socket(shake, origin):
    assert shake(origin) == 400


def test_page_of_the_same_origin_gets_a_socket(shake):
    assert shake(OURS) == 200


def test_only_configured_origins_get_a_socket(shake):
    named = {"CORS_ORIGINS": ["https://app.example.org"]}

    assert shake("https://app.example.org", **named) == 200
    assert shake("https://evil.example", **named) == 400
    assert shake("https://app.example.org.evil.example", **named) == 400


@pytest.mark.parametrize(
    "origin",
    ["capacitor://localhost", "ionic://localhost", "tauri://localhost"],
)
def test_configured_origins_of_apps_get_a_socket_and_cors_headers(build, origin):
    read = config.from_environ({"TICKETING_ENV": "testing", "CORS_ORIGINS": origin})
    client = build(CORS_ORIGINS=read["CORS_ORIGINS"])
    headers = {"Origin": origin, "Host": "help.example.org"}

    socket = client.get(HANDSHAKE, headers=headers)
    api = client.get("/api/categories", headers=headers)
    other = client.get(HANDSHAKE, headers={**headers, "Origin": f"{origin}.evil"})

    assert (socket.status_code, other.status_code) == (200, 400)
    for response in (socket, api):
        assert response.headers["Access-Control-Allow-Origin"] == origin


def test_forwarded_host_does_not_make_an_origin_the_same(build):
    headers = {"Origin": "https://evil.example", "X-Forwarded-Host": "evil.example"}
    headers |= {"X-Forwarded-Proto": "https", "Host": "help.example.org"}

    assert build().get(HANDSHAKE, headers=headers).status_code == 400


def test_cookie_does_not_authenticate_a_socket(anyone, token, customer):
    anyone.set_cookie("token", token(customer))
    anyone.set_cookie("access_token_cookie", token(customer))

    response = anyone.get(HANDSHAKE)

    assert "Set-Cookie" not in response.headers
    assert anyone.get("/api/me").status_code == 401
