"""What the README says of Apache and Caddy, in front of a deployment."""

import os
import secrets
import shutil
import socket

import pytest
import requests
import served

README = (served.ROOT / "README.md").read_text()
APACHE = """
    ServerRoot "{directory}"
    ServerName localhost
    PidFile pid
    ErrorLog error.log
    Define APACHE_LOG_DIR {directory}
    LogFormat "%h %l %u %t \\"%r\\" %>s %O" combined
    User www-data
    Group www-data
    Listen 127.0.0.1:{port}
    {modules}
    {site}
"""
MODULES = ["mpm_event", "authz_core", "proxy", "proxy_http", "headers", "filter"]
MODULES += ["deflate"]


def site(language, address, upstream):
    """Return the README's configuration of a proxy, with other addresses."""
    text = README.partition(f"```{language}\n")[2].partition("```")[0]
    for example, here in address, ("127.0.0.1:8000", f"127.0.0.1:{upstream}"):
        assert example in text
        text = text.replace(example, here)
    return text


def command(name):
    """Return the path of a program."""
    found = shutil.which(name, path=f"/usr/sbin:{os.environ['PATH']}")
    return found or served.lacking(f"{name} is not installed")


def apache(directory, port, upstream):
    """Return an Apache that is not started yet."""
    program, file = command("apache2"), directory / "apache2.conf"
    modules = [
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so"
        for name in MODULES
    ]
    text = APACHE.format(
        directory=directory,
        port=port,
        modules="\n".join(modules),
        site=site("apache", ("*:80", f"127.0.0.1:{port}"), upstream),
    )
    file.write_text(text)
    start = [program, "-D", "FOREGROUND", "-f", str(file)]
    return served.Process(start, {}, directory, port)


def caddy(directory, port, upstream):
    """Return a Caddy that is not started yet; it does without TLS."""
    program, file = command("caddy"), directory / "Caddyfile"
    here = f"http://127.0.0.1:{port}"
    text = site("caddyfile", ("help.example.org", here), upstream)
    assert text.startswith("{\n")
    file.write_text(text.replace("{\n", "{\nadmin off\n", 1))
    start = [program, "run", "--config", str(file), "--adapter", "caddyfile"]
    return served.Process(start, {"HOME": str(directory)}, directory, port)


@pytest.fixture(scope="module")
def service(serve):
    """gunicorn on eventlet, in production, which trusts one proxy."""
    with serve("eventlet", TRUSTED_PROXIES="1") as process:
        yield process


@pytest.fixture(scope="module", params=[apache, caddy], ids=["apache", "caddy"])
def front(request, service, tmp_path_factory):
    """Run the proxy in front of the service."""
    directory = tmp_path_factory.mktemp(request.param.__name__)
    front = request.param(directory, served.free_port(), service.port)
    with served.running(front):
        front.root = service.root.at(front)
        yield front


@pytest.mark.parametrize("transport", ["websocket", "polling"])
def test_a_page_chats_through_it(transport, front, register, open_ticket, connect):
    carla = register(front, "Carla")
    ticket = open_ticket(front, carla)
    client = connect(carla, transport)
    client.join(ticket)

    said = front.root.say(ticket, "Hello, how can I help you?")

    assert client.hear("message.sent")[0] == said


def test_a_file_of_ten_megabytes_passes(front, register, open_ticket):
    carla = register(front, "Carla")
    ticket = open_ticket(front, carla)
    line = b"It burns.\n"

    response = requests.patch(
        f"{front.url}/api/tickets/{ticket['id']}",
        headers={"Authorization": f"Bearer {carla.token}"},
        files={"attachment": ("log.txt", line * (10 * 1024**2 // len(line)))},
        timeout=20,
    )

    assert response.status_code == 200


def test_the_console_is_compressed_and_nothing_else(front):
    for path in ("/console/-/any/ui.js", "/console/-/any/console.css"):
        response = requests.get(f"{front.url}{path}", timeout=20)
        assert response.headers["Content-Encoding"] == "gzip", path

    whole = requests.get(f"{front.url}/openapi.json", timeout=20)
    assert "Content-Encoding" not in whole.headers


def test_a_page_of_the_same_origin_connects(front):
    handshake = f"{front.url}/socket.io/?EIO=4&transport=polling"
    own, foreign = {"Origin": front.url}, {"Origin": "https://evil.example"}

    statuses = [
        requests.get(handshake, headers=headers, timeout=20).status_code
        for headers in (own, foreign)
    ]

    assert statuses == [200, 400]


@pytest.mark.parametrize(
    ("origin", "header", "claim"),
    [
        ("http://evil.example", "X-Forwarded-Host", "evil.example"),
        ("https://{}", "X-Forwarded-Proto", "https"),
    ],
)
def test_where_a_client_says_that_it_came_to_is_not_believed(
    front, origin, header, claim
):
    handshake = f"{front.url}/socket.io/?EIO=4&transport=polling"
    headers = {"Origin": origin.format(f"127.0.0.1:{front.port}"), header: claim}

    response = requests.get(handshake, headers=headers, timeout=20)

    assert response.status_code == 400


@pytest.fixture(scope="module", params=[apache, caddy], ids=["apache", "caddy"])
def before_nobody(request, tmp_path_factory):
    """Run the proxy in front of a port on which nothing listens."""
    directory = tmp_path_factory.mktemp(request.param.__name__)
    front = request.param(directory, served.free_port(), served.free_port())
    with served.running(front):
        yield front


def logged(front, path):
    """Return what a proxy has logged, when it has answered a request of a path."""
    requests.get(f"{front.url}{path}", timeout=20)
    logs = [*front.log.parent.glob("*.log"), front.log]
    served.wait_until(lambda: path in "".join(log.read_text() for log in logs))
    return "".join(log.read_text() for log in logs)


@pytest.mark.parametrize("header", ["Accept: */*", "no colon", "X: " + "x" * 9000])
def test_no_token_is_logged_even_in_an_outage(before_nobody, header):
    token = secrets.token_hex()
    here = "127.0.0.1", before_nobody.port
    lines = [f"GET /unsubscribe?token={token} HTTP/1.1", "Host: %s:%d" % here, header]

    with socket.create_connection(here) as client:
        client.settimeout(20)
        client.sendall("\r\n".join([*lines, "", ""]).encode())
        client.recv(65_536)

    assert token not in logged(before_nobody, f"/healthz/{token[:8]}")
