"""deploy/nginx-tls.conf, which deploy/compose.yaml runs, in front of a deployment."""

import json
import re
import shutil
import socket
import subprocess

import pytest
import requests
import served


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Make a certificate of 127.0.0.1 that is its own authority."""
    if not shutil.which("openssl"):
        served.lacking("openssl is not installed")
    directory = tmp_path_factory.mktemp("certificates")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
        + ["-subj", "/CN=ticketing", "-addext", "subjectAltName=IP:127.0.0.1"]
        + ["-keyout", "privkey.pem", "-out", "fullchain.pem"],
        cwd=directory,
        check=True,
        capture_output=True,
    )
    return directory


@pytest.fixture(scope="module")
def redirecting():
    """Return the port on which nginx listens without TLS."""
    return served.free_port()


def configuration(certificate, redirecting, port, upstream):
    """Return deploy/nginx-tls.conf with paths, ports and servers of this machine."""
    deployed = (served.ROOT / "deploy" / "nginx-tls.conf").read_text()
    deployed = deployed.replace("/etc/nginx/certificates", str(certificate))
    deployed = deployed.replace("listen 80;", f"listen 127.0.0.1:{redirecting};")
    deployed = deployed.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    # Docker's names; nginx takes "resolve" since 1.27.3.
    deployed, names = re.subn(
        "server app[0-9]+:8000 resolve", f"server 127.0.0.1:{upstream}", deployed
    )
    assert names == 2
    return deployed


@pytest.fixture(scope="module")
def behind_tls(serve, tmp_path_factory, certificate, redirecting):
    """gunicorn on eventlet, called through nginx, whose certificate is trusted."""
    directory, port = tmp_path_factory.mktemp("nginx"), served.free_port()
    with (
        serve("eventlet", TRUSTED_PROXIES="1") as process,
        pytest.MonkeyPatch.context() as trusting,
    ):
        authority = str(certificate / "fullchain.pem")
        trusting.setenv("REQUESTS_CA_BUNDLE", authority)
        trusting.setenv("NODE_EXTRA_CA_CERTS", authority)
        deployed = configuration(certificate, redirecting, port, process.port)
        front = served.nginx(directory, port, deployed)
        front.url = f"https://127.0.0.1:{port}"
        with served.running(front):
            front.root = process.root.at(front)
            yield front


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_page_chats_over_tls(transport, behind_tls, register, open_ticket, connect):
    carla = register(behind_tls, "Carla")
    ticket = open_ticket(behind_tls, carla)
    client = connect(carla, transport)
    client.join(ticket)

    said = behind_tls.root.say(ticket, "Hello, how can I help you?")

    assert carla.url.startswith("https://")
    assert client.hear("message.sent")[0] == said


def test_a_page_of_its_own_https_origin_connects(behind_tls):
    handshake = f"{behind_tls.url}/socket.io/?EIO=4&transport=polling"
    plain = behind_tls.url.replace("https", "http")

    own = requests.get(handshake, headers={"Origin": behind_tls.url}, timeout=20)
    other = requests.get(handshake, headers={"Origin": plain}, timeout=20)

    assert (own.status_code, other.status_code) == (200, 400)


@pytest.mark.parametrize("path", ["/", "/api/me?a=b", "/socket.io/?EIO=4"])
def test_http_redirects_to_https(behind_tls, redirecting, path):
    response = requests.get(
        f"http://127.0.0.1:{redirecting}{path}", allow_redirects=False, timeout=20
    )

    assert response.status_code == 301
    assert response.headers["Location"] == f"https://127.0.0.1{path}"


def test_redirecting_a_link_to_unsubscribe_logs_no_token(behind_tls, redirecting):
    path = "/unsubscribe?token=7.reply.from-a-mail"
    requests.get(
        f"http://127.0.0.1:{redirecting}{path}", allow_redirects=False, timeout=20
    )

    requests.get(f"{behind_tls.url}/healthz?afterwards", timeout=20)
    requested = behind_tls.log.with_name("access.log")
    served.wait_until(lambda: "afterwards" in requested.read_text())
    assert "from-a-mail" not in requested.read_text()


def test_http_on_the_port_of_https_is_refused_in_json(behind_tls):
    with socket.create_connection(("127.0.0.1", behind_tls.port)) as client:
        client.settimeout(20)
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        head, _, body = client.recv(65_536).decode().partition("\r\n\r\n")

    assert head.startswith("HTTP/1.1 400 ")
    assert json.loads(body)["code"] == "bad_request"
