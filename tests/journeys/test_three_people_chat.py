"""A customer and two admins chat with the reference client, in Node and in Chromium."""

import json
import subprocess
import time
from contextlib import ExitStack, contextmanager

import pytest
import served
from slow_line import Line

FAST = {"bytes_per_s": 10_000_000, "delay_s": 0}
SLOW = {"bytes_per_s": 100_000, "delay_s": 2}
OFFLINE_S = 10
SECONDS = range(0, OFFLINE_S + 4, 2)  # when each says something
TIMEOUT_S = 90  # until everyone has everything
SOCKET_IO = served.JAVASCRIPT / "node_modules/socket.io-client/dist/socket.io.min.js"
PERSON = served.JAVASCRIPT / "person.mjs"
ENTER = """async (options) => {
    const { connect } = await import("/static/ticketing.js");
    const { enter } = await import("/person.mjs");
    window.person = enter(connect, io, options);
}"""
OBEY = "([name, args]) => person[name](...args)"


@contextmanager
def in_node(options):
    """Run a person of ``person.mjs`` in Node; yield a function that commands them."""
    command = ["node", str(served.JAVASCRIPT / "chat.mjs"), json.dumps(options)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, **pipes) as process:

        def order(name, *args):
            print(json.dumps([name, *args]), file=process.stdin, flush=True)
            return json.loads(process.stdout.readline())

        try:
            yield order
        finally:
            process.kill()


@pytest.fixture
def in_chromium(browse):
    """Do the same in a page."""

    @contextmanager
    def in_chromium(options):
        # A page of the service's own: Chromium asks whether one that is made up here
        # may connect to this machine.
        page = browse("about:blank", bypass_csp=True)
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.route("**/person.mjs", lambda route: route.fulfill(path=PERSON))
        page.goto(f"{options['url']}/healthz")
        page.add_script_tag(path=SOCKET_IO)
        page.evaluate(ENTER, options)
        yield lambda name, *args: page.evaluate(OBEY, [name, args])

    return in_chromium


@pytest.fixture
def enter(request, node):
    """Have a user enter a ticket over a line, in Node or in Chromium."""

    def enter(where, user, ticket, line):
        options = {
            "url": line.url,
            "token": user.token,
            "ticket": ticket["id"],
            "staff": user.user["role"] == "admin",
            "transports": ["websocket"],
        }
        run = in_node if where == "node" else request.getfixturevalue("in_chromium")
        return run(options)

    return enter


def await_all(people, is_done):
    """Wait until the reports of all people are as they should be; return them."""
    deadline = time.monotonic() + TIMEOUT_S
    while True:
        reports = [person("report") for person in people]
        if all(map(is_done, reports)) or time.monotonic() > deadline:
            return reports
        time.sleep(0.1)


def rows(user, ticket, stream):
    """Return what a client shows of a stream of fewer than 100 events."""
    path = f"/tickets/{ticket['id']}/events?limit=100&stream={stream}"
    return [
        [entry.get("internal", False), entry["seq"], entry["payload"].get("message")]
        for entry in user.get(path)["data"]
    ]


@pytest.mark.parametrize(
    "server, where, speed",
    [
        ("deployed", "node", FAST),
        ("deployed", "node", SLOW),
        ("deployed", "chromium", FAST),
        ("deployed", "chromium", SLOW),
        ("deployed_on_threads", "chromium", FAST),
    ],
    ids=["node", "node-slow", "chromium", "chromium-slow", "chromium-threads"],
)
def test_everyone_shows_the_same_after_one_was_offline_for_ten_seconds(
    request, register, open_ticket, enter, server, where, speed
):
    process = request.getfixturevalue(server)
    carla = register(process, "Carla")
    ada, grace = register(process, "Ada", "admin"), register(process, "Grace", "admin")
    ticket = open_ticket(process, carla)
    note = {"content": "Arson?", "internal": True}

    with ExitStack() as stack:
        users = [carla, ada, grace]
        lines = [stack.enter_context(Line(process.port, **speed)) for _ in users]
        people = [
            stack.enter_context(enter(where, user, ticket, line))
            for user, line in zip(users, lines)
        ]
        reports = await_all(people, lambda report: report["state"] == "live")
        assert [report["state"] for report in reports] == ["live"] * 3
        for second in SECONDS:
            if second == 2:
                lines[2].go_down()
            if second == 2 + OFFLINE_S:
                lines[2].come_up()
            for user, person in zip(users, people):
                person("say", f"{user.user['name']} {second}")
            ada.post(f"/tickets/{ticket['id']}/comments", note)
            time.sleep(2)
        await_all(people, lambda report: not report["pending"])
        public, staff = (rows(ada, ticket, stream) for stream in ("public", "staff"))
        counts = {len(public), len(public) + len(staff)}  # a customer's, an admin's
        reports = await_all(people, lambda report: len(report["shown"]) in counts)

    for user, report in zip(users, reports):
        assert report["refused"] == []
        assert [row for row in report["shown"] if not row[0]] == public
        is_admin = user.user["role"] == "admin"
        assert [row for row in report["shown"] if row[0]] == staff * is_admin
        said = [text for _, _, text in public if text and user.user["name"] in text]
        assert said == [f"{user.user['name']} {second}" for second in SECONDS]
