"""Starting, what is refused to start, and what never reaches the application."""

import json
import socket

import pytest

WSGI = ["wsgi.py"]
GUNICORN = ["-m", "gunicorn", "-c", "deploy/gunicorn.conf.py", "wsgi:app"]
CANNOT_BOOT = 4
PATIENCE = 30  # seconds
FLASK = ["-m", "flask", "routes"]
LOGIN = b'{"email": "nobody@example.org", "password": "correct horse"}'


@pytest.fixture
def converse():
    """Send requests, each when the last is answered; return what is answered.

    The process must close the connection after the last.
    """

    def converse(served, *requests):
        answers = b""
        address = ("127.0.0.1", served.port)
        with socket.create_connection(address, PATIENCE) as connection:
            for number, given in enumerate(requests, 1):
                connection.sendall(given)
                while answers.count(b"}") < number:
                    more = connection.recv(65536)
                    assert more, answers
                    answers += more
            while more := connection.recv(65536):
                answers += more
        return answers.decode()

    return converse


@pytest.mark.parametrize("mode", ["eventlet", "threading"])
def test_a_second_process_leaves_a_busy_port_alone(demo, start, mode):
    done = start(WSGI, PORT=str(demo.port), SOCKETIO_ASYNC_MODE=mode)

    assert done.returncode == CANNOT_BOOT
    assert done.stderr.splitlines()[-1].startswith(
        f"HOST and PORT: cannot listen on 127.0.0.1:{demo.port}"
    )
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", [WSGI, GUNICORN], ids=["wsgi.py", "gunicorn"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("UPLOAD_DIR", "{}/file/uploads"),
        ("DATABASE_URL", "sqlite:///{}/file/t.db"),
        ("DATABASE_URL", "mysql://u:hunter2@db:port/t"),
    ],
)
def test_what_cannot_be_used_is_named(start, tmp_path, command, name, value):
    (tmp_path / "file").touch()
    settings = {"TICKETING_ENV": "production", "SECRET_KEY": "s" * 32, "PORT": "0"}

    done = start(command, **settings, **{name: value.format(tmp_path)})

    assert done.returncode != 0
    assert sum(line.startswith(name) for line in done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


SAFE = {"TICKETING_ENV": "production", "SECRET_KEY": "s" * 32, "PORT": "0"}
FORGED = ("forged", "secrets.token_hex(32)")
UNSAFE = {
    "SECRET_KEY": "s" * 31,
    "JWT_SECRET_KEY": "s",
    "FLASK_DEBUG": "1",
    "CORS_ORIGINS": "*",
    "ADMIN_REGISTRATION": "open",
    "PROCESSES": "2",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}
WHY_UNSAFE = {
    "SECRET_KEY": FORGED,
    "JWT_SECRET_KEY": FORGED,
    "FLASK_DEBUG": ("strangers", "unset FLASK_DEBUG"),
    "CORS_ORIGINS": ("every page", "CORS_ORIGINS=https://"),
    "ADMIN_REGISTRATION": ("anyone becomes admin", "flask create-admin"),
    "DATABASE_URL": ("SQLite serves one process", "DATABASE_URL=mysql+pymysql://"),
}
# What excludes something of the above.
UNSAFE_TOO = {
    "SECRET_KEY": "",
    "PROCESSES": "2",
    "DATABASE_URL": "mysql://u@127.0.0.1:1/t",
}
WHY_UNSAFE_TOO = {
    "SECRET_KEY": FORGED,
    "REDIS_URL": ("learn of each other's events", "REDIS_URL=redis://"),
}


@pytest.mark.parametrize("command", [WSGI, GUNICORN, FLASK], ids=lambda c: c[-1])
@pytest.mark.parametrize(
    ("unsafe", "reasons"), [(UNSAFE, WHY_UNSAFE), (UNSAFE_TOO, WHY_UNSAFE_TOO)]
)
def test_production_refuses_to_boot(start, command, unsafe, reasons):
    done = start(command, **SAFE | unsafe)

    assert done.returncode != 0
    lines = done.stderr.splitlines()
    for name, (why, cure) in reasons.items():
        [sentence] = [line for line in lines if line.startswith(f"{name} ")]
        assert sentence.endswith(".")
        assert why in sentence and cure in sentence
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "asked"),
    [(["-w", "2"], "2 of eventlet"), (["-k", "sync"], "1 of sync")],
)
def test_a_process_is_one_worker_of_its_kind(start, options, asked):
    done = start([*GUNICORN, *options, "-b", "127.0.0.1:0"], **SAFE)

    assert done.returncode != 0
    assert f"must be 1 worker of eventlet, since it keeps its sockets, not {asked}" in (
        done.stderr
    )


def test_a_worker_loads_the_application_itself(start):
    done = start([*GUNICORN, "--preload", "-b", "127.0.0.1:0"], **SAFE)

    assert done.returncode != 0
    assert "The worker must load the application" in done.stderr


def test_it_says_when_the_database_is_away(start):
    done = start(WSGI, DATABASE_URL="mysql://nobody@127.0.0.1:1/t", PORT="0")

    assert done.returncode == CANNOT_BOOT
    assert done.stderr.splitlines()[-1] == "The database does not answer."
    assert "Traceback" not in done.stderr


def test_empty_is_unset(serve):
    with serve("demo", TICKETING_ENV=" ", SOCKETIO_ASYNC_MODE=" ") as served:
        assert served.root.user["role"] == "admin"
        assert served.root.token


def test_so_it_is_to_a_command(start):
    done = start(["-m", "flask", "db", "upgrade"], TICKETING_ENV="")

    assert (done.returncode, "SECRET_KEY" in done.stderr) == (0, False)


@pytest.mark.parametrize("how", ["demo", "deployed", "deployed_on_threads"])
def test_a_chunked_body_is_read_to_its_end(request, converse, how):
    served = request.getfixturevalue(how)
    head = (
        b"POST /api/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n"
    )
    body = b"".join(b"%x\r\n%b\r\n" % (len(p), p) for p in (LOGIN[:9], LOGIN[9:]))
    body += b"0\r\n\r\n"

    answers = converse(
        served,
        head + b"\r\n" + body,
        head + b"Connection: close\r\n\r\n" + body,
    )

    assert answers.count("HTTP/1.1 401") == answers.count("invalid_credentials") == 2


@pytest.mark.parametrize("how", ["deployed", "deployed_on_threads"])
@pytest.mark.parametrize(
    ("status", "request_line", "headers"),
    [
        (400, b"GET /" + b"x" * 9000 + b" HTTP/1.1", b""),
        (400, b"GET / HTTP/1.1", b"Bad Header: x\r\n"),
        (400, b"POST /api/login HTTP/1.1", b"Content-Length: ten\r\n"),
        (400, b"GET / HTTP/9.9", b""),
        (431, b"GET / HTTP/1.1", b"X-Many: x\r\n" * 101),
    ],
    ids=["line", "header", "length", "version", "many"],
)
def test_what_is_no_http_is_answered_as_the_rest(
    request, converse, how, status, request_line, headers
):
    served = request.getfixturevalue(how)

    answer = converse(served, request_line + b"\r\nHost: x\r\n" + headers + b"\r\n")

    head, _, body = answer.partition("\r\n\r\n")
    assert head.startswith(f"HTTP/1.1 {status} ")
    lines = set(head.splitlines())
    assert {"Connection: close", "Content-Type: application/json"} <= lines
    assert "X-Content-Type-Options: nosniff" in lines
    assert f"Content-Length: {len(body)}" in lines
    assert json.loads(body)["code"] == "bad_request"


@pytest.mark.parametrize("how", ["deployed", "deployed_on_threads"])
def test_a_long_request_line_is_read(request, converse, how):
    served = request.getfixturevalue(how)
    line = b"GET /healthz?" + b"x" * 8000 + b" HTTP/1.1\r\n"

    answer = converse(served, line + b"Host: x\r\nConnection: close\r\n\r\n")

    assert json.loads(answer.partition("\r\n\r\n")[2])["code"] == "invalid"
