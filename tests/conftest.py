"""Fixtures of every test: the people and things, and clients to call as them.

A test that needs something the machine lacks (node, Chromium, MariaDB) is skipped with
a reason; with ``TEST_REQUIRE_ALL=1`` a skipped test fails the run.

No fixture keeps an application context open: a request made inside one would share
its database session, and the identity of the previous caller, with the test.
"""

import gc
import json
import logging
import os
import re
import signal
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import jwt
import pytest
import served
from documented import DocumentedClient, DocumentedSocket
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import downgrade, upgrade
from flask_socketio import SocketIOTestClient
from pythonjsonlogger.json import JsonFormatter
from sqlalchemy import Engine, event

import config
from ticketing import create_app
from ticketing.accounts import tokens
from ticketing.accounts.models import Role, User
from ticketing.categories.models import Category
from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.core.transaction import transaction
from ticketing.jobs.worker import Worker
from ticketing.ops import logs
from ticketing.realtime import activity, periodic_check, typing_notices
from ticketing.realtime.presence import presence
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.changes import apply_changes
from ticketing.tickets.models import Priority, Side, Ticket
from ticketing.web.extensions import limiter, socketio
from ticketing.web.limits import known_addresses

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Nothing is garbage until the tests are collected.
gc.disable()
ROOT = Path(__file__).parents[1]
MIGRATIONS = str(ROOT / "migrations")
PASSWORD = "correct horse"
SLOW = {"journeys", "chaos", "openapi", "moving"}  # folders
NOT_BY_TESTS = 9  # a status that pytest has no meaning for
INSERTING = re.compile(r"\s*(?:INSERT|REPLACE)\b.*?\bINTO\s+[`\"]?(\w+)", re.DOTALL)

# The tables that the present test has written to. To empty all of them after each test
# takes three times as long.
written: set[str] = set()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add options that run long tests in full; pytest reads them only from here."""
    for option in ("--chaos", "--schemathesis"):
        parser.addoption(option, choices=["small", "full"], default="small")


@pytest.hookimpl(tryfirst=True)  # before pytest deselects by marker
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark as slow the folders whose tests run the service in processes of its own.

    So are tests in Chromium. A module elsewhere that does, or that waits in real time,
    marks itself.
    """
    for item in items:
        in_chromium = "chromium" in item.fixturenames  # type: ignore[attr-defined]
        if in_chromium or SLOW & set(item.path.relative_to(ROOT).parts):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Collect garbage from now on, but never look at the modules and tests again."""
    gc.freeze()
    gc.enable()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Share all fast tests among the cores, each of which has a SQLite of its own.

    What is named is run here: that begins sooner, and ``-s`` shows what is printed.
    """
    is_all = config.args_source is config.ArgsSource.TESTPATHS
    is_fast = config.option.markexpr == "not slow"
    shared = is_all and is_fast and not os.environ.get("TEST_DATABASE_URL")
    return None if shared else 0


def pytest_configure() -> None:
    """Handle SIGINT, which a script's background job ignores, so that clean-up runs."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run that skipped tests, if ``TEST_REQUIRE_ALL`` is set.

    Its status is ``NOT_BY_TESTS``, as after an error outside of the tests, such as a
    traceback in the log of a server that many share: those that failed could pass if
    they were run once more.
    """
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if not served.REQUIRE_ALL or reporter is None:  # None: in a worker of xdist
        return
    skipped = reporter.stats.get("skipped", [])
    if skipped or reporter.stats.get("error") or session.shouldfail:
        session.exitstatus = NOT_BY_TESTS
    for each in skipped:
        reporter.write_line(f"\nMust not be skipped: {each.nodeid}", red=True)


@pytest.fixture(scope="session")
def settings(tmp_path_factory) -> dict:
    """Return the configuration of the application under test.

    The database is SQLite in a file, unless ``TEST_DATABASE_URL`` is set. In memory,
    threads would share one connection and one transaction.
    """
    directory = tmp_path_factory.mktemp("instance")
    default = f"sqlite:///{directory / 'test.db'}"
    environ = {
        "TICKETING_ENV": "testing",
        "DATABASE_URL": os.environ.get("TEST_DATABASE_URL") or default,
        "UPLOAD_DIR": str(directory / "uploads"),
        "SOCKETIO_ASYNC_MODE": "threading",
        "SOCKETIO_TRANSPORTS": "websocket,polling",
        "LOGIN_LIMIT": "1000 per minute",
        "REGISTER_LIMIT": "1000 per minute",
        "ACCOUNT_LIMIT": "1000 per minute",
        "SEARCH_LIMIT": "1000 per minute",
    }
    return config.from_environ(environ)


@pytest.fixture(scope="session")
def app(settings) -> Iterator[Flask]:
    """Create the application, on a database that the migrations have made."""
    app = create_app(settings)
    app.test_client_class = DocumentedClient
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            event.listen(db.engine, "connect", _do_not_wait_for_the_disk)
            db.engine.dispose()
        db.drop_all()
        upgrade(MIGRATIONS)
    yield app
    with app.app_context():
        downgrade(MIGRATIONS, revision="base")
        db.engine.dispose()


def _do_not_wait_for_the_disk(connection, record) -> None:
    # A third of the time of all tests; none of them, in process, cuts the power.
    connection.execute("PRAGMA synchronous = OFF")


@event.listens_for(Engine, "before_cursor_execute")
def _note_table(connection, cursor, statement, *rest) -> None:
    if inserting := INSERTING.match(statement):
        written.add(inserting[1])


@pytest.fixture(autouse=True)
def _empty_tables(request) -> Iterator[None]:
    yield
    if "app" not in request.fixturenames:
        return
    app = request.getfixturevalue("app")
    with app.app_context():
        limiter.reset()
        known_addresses.storage.reset()
        for table in reversed(db.metadata.sorted_tables):
            if table.name in written:
                db.session.execute(table.delete())
        db.session.commit()
        written.clear()
    for key in [key for key in app.extensions if key.startswith("ticketing.cached.")]:
        del app.extensions[key]


@pytest.fixture(autouse=True)
def _nothing_late(monkeypatch) -> None:
    """Emit activity, presence and the end of typing only if a test asks for it.

    They would reach the sockets of any test a moment later, in the background.
    """
    tasks = (activity.public_task, activity.staff_task, typing_notices.task)
    for task in (*tasks, presence.task):
        monkeypatch.setattr(task, "start", lambda: None)


@pytest.fixture
def save(app: Flask) -> Callable:
    """Store a model and return it, readable outside any session."""

    def save(model):
        with app.app_context():
            db.session.add(model)
            db.session.commit()
            db.session.expunge(model)
        return model

    return save


@pytest.fixture
def make_user(save) -> Callable[..., User]:
    """Store a user without a password; ``token`` issues their tokens."""

    def make_user(name: str, role: Role = Role.CUSTOMER, **fields) -> User:
        email = fields.pop("email", f"{name.lower()}@example.org")
        return save(User(name=name, email=email, password="-", role=role, **fields))

    return make_user


@pytest.fixture
def customer(make_user) -> User:
    """The customer who owns ``ticket``."""
    return make_user("Carla")


@pytest.fixture
def stranger(make_user) -> User:
    """Another customer, who may not see ``ticket``."""
    return make_user("Sam")


@pytest.fixture
def admin(make_user) -> User:
    """An admin."""
    return make_user("Ada", Role.ADMIN)


@pytest.fixture
def colleague(make_user) -> User:
    """Another admin."""
    return make_user("Bob", Role.ADMIN)


@pytest.fixture
def category(save) -> Category:
    """The category of ``ticket``."""
    return save(Category(name="Hardware", slug="hardware"))


@pytest.fixture
def make_ticket(save, category) -> Callable[..., Ticket]:
    """Store a ticket of a user, without a history."""

    def make_ticket(user: User, **fields) -> Ticket:
        given = {
            "subject": "Printer on fire",
            "description": "It burns.",
            "priority": Priority.MEDIUM,
            "category_id": category.id,
            **fields,
        }
        return save(Ticket(user_id=user.id, **given))

    return make_ticket


@pytest.fixture
def ticket(make_ticket, customer) -> Ticket:
    """The customer's ticket, with an empty history."""
    return make_ticket(customer)


@pytest.fixture
def change_by_itself(app: Flask, ticket) -> Callable[..., None]:
    """Change the ticket as a rule does: without an actor."""

    def change_by_itself(ticket_id: int = ticket.id, **changes) -> None:
        @transaction()
        def change() -> None:
            [locked] = lock_tickets(Ticket.id == ticket_id)
            apply_changes(None, locked, changes)

        with app.app_context():
            change()

    return change_by_itself


@pytest.fixture
def comment(save, customer, ticket) -> Comment:
    """The customer's comment on the ticket."""
    return save(
        Comment(ticket_id=ticket.id, user_id=customer.id, content="Still burning.")
    )


@pytest.fixture
def reply(save, admin, ticket) -> Comment:
    """The admin's public comment on the ticket."""
    return save(Comment(ticket_id=ticket.id, user_id=admin.id, content="Unplug it."))


@pytest.fixture
def note(save, admin, ticket) -> Comment:
    """The admin's internal comment on the ticket."""
    return save(
        Comment(ticket_id=ticket.id, user_id=admin.id, content="Arson?", internal=True)
    )


@pytest.fixture
def make_message(save, ticket) -> Callable[..., Message]:
    """Store a message of a user on the ticket, without a history."""

    def make_message(user: User, text: str = "Hello?", **fields) -> Message:
        on = fields.pop("ticket", ticket)
        side = Side.CUSTOMER if user.id == on.user_id else Side.SUPPORT
        return save(
            Message(ticket_id=on.id, user_id=user.id, side=side, message=text, **fields)
        )

    return make_message


@pytest.fixture
def token(app: Flask) -> Callable[[User], str]:
    """Issue an access token to a user."""
    issue = transaction()(tokens.issue)

    def token(user: User) -> str:
        with app.app_context():
            return issue(user)["token"]

    return token


@pytest.fixture
def secret(app: Flask) -> str:
    """The key that signs tokens."""
    return app.config["JWT_SECRET_KEY"]


@pytest.fixture
def claims(token, customer, secret) -> dict:
    """The claims of a valid token of the customer's."""
    return jwt.decode(token(customer), secret, ["HS256"])


@pytest.fixture
def anyone(app: Flask) -> FlaskClient:
    """An HTTP client without a token."""
    return app.test_client()


@pytest.fixture
def api(app: Flask, token) -> Callable[[User], FlaskClient]:
    """Return an HTTP client that calls as the given user."""

    def api(user: User) -> FlaskClient:
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token(user)}"
        return client

    return api


@pytest.fixture
def sends_mail(app, monkeypatch, tmp_path) -> None:
    """Mails are on: each is a file."""
    monkeypatch.setitem(app.config, "MAIL_URL", f"file://{tmp_path}")
    monkeypatch.setitem(app.config, "MAIL_FROM", "help@example.org")


@pytest.fixture
def worker(app):
    """A worker that does each job before it goes on."""
    return Worker(app, start=lambda run, *args: run(*args))


@pytest.fixture
def work(app, worker):
    """Do jobs until none is due."""

    def work():
        with app.app_context():
            while worker.begin_due():
                pass

    return work


@pytest.fixture
def live(app: Flask, token) -> Iterator[Callable[..., SocketIOTestClient]]:
    """Return a Socket.IO client connected as the given user."""
    clients = []

    def live(user: User, with_token: str | None = None) -> SocketIOTestClient:
        auth = {"token": with_token or token(user)}
        clients.append(DocumentedSocket(app, socketio, auth=auth))
        return clients[-1]

    yield live
    for client in clients:
        if client.is_connected():
            client.disconnect()


@pytest.fixture
def listen(live, ticket) -> Callable[[User], SocketIOTestClient]:
    """Return a Socket.IO client of the given user, in the ticket's rooms."""

    def listen(user: User) -> SocketIOTestClient:
        client = live(user)
        assert "data" in client.emit("join", {"ticket_id": ticket.id}, callback=True)
        return client

    return listen


@pytest.fixture
def no_periodic_check(monkeypatch: pytest.MonkeyPatch) -> None:
    """Disable the periodic check, also in a task that an earlier test has started."""
    monkeypatch.setattr(periodic_check.task, "start", lambda: None)
    monkeypatch.setattr(periodic_check.task, "_function", lambda: None)


@pytest.fixture
def heard() -> Callable[[SocketIOTestClient], list[dict]]:
    """Return the entries of a ticket that a client has received since the last call.

    They look as in a replay. ``unread.changed`` and ``typing``, which are not entries
    of the history, are left out.
    """

    def heard(client: SocketIOTestClient) -> list[dict]:
        entries = []
        for packet in client.get_received():
            if len(packet["args"]) != 2:
                continue
            payload, event = packet["args"]
            assert packet["name"] == event["name"]
            entries.append({**event, "payload": payload})
        return entries

    return heard


@pytest.fixture
def logged(app: Flask) -> Iterator[Callable[[str], list[dict]]]:
    """Return the lines that production would have logged under a name, parsed."""
    options = dict(config.LOGGING["formatters"]["json"])
    del options["()"]
    handler, root = logging.StreamHandler(StringIO()), logging.getLogger()
    handler.setFormatter(JsonFormatter(**options))
    handler.addFilter(logs.add_request_fields)
    root.addHandler(handler)
    level = root.level
    root.setLevel(logging.INFO)

    def logged(name: str = "ticketing") -> list[dict]:
        lines = map(json.loads, handler.stream.getvalue().splitlines())
        return [line for line in lines if line["logger"].startswith(name)]

    yield logged
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="module")
def chromium(request: pytest.FixtureRequest) -> Iterator["Browser"]:
    """Chromium, without a window: that of the module's ``CHROMIUM``, if it has one.

    While it runs, so does an asyncio loop of playwright's in this thread: nothing else
    can run one. It ends with the module, so that other modules' tests can.
    """
    name = getattr(request.module, "CHROMIUM", "chromium-headless-shell")
    path = served.require_chromium(name)
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=15_000)  # ms: other tests may take the processors
    # Chromium does not start as root with its sandbox.
    options = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=options)
        yield browser
        browser.close()


@pytest.fixture
def browse(chromium: "Browser") -> Iterator[Callable[..., "Page"]]:
    """Open a URL with cookies and storage of its own; return the page.

    ``page.context.new_page()`` is another tab of the same browser. An exception that no
    page caught, or an error in a console, which violations of a policy are too, fails
    the test; but not what the API refuses, nor a network that is gone, whatever
    Chromium calls that. Further arguments are those of ``Browser.new_context``.
    """
    contexts, errors = [], []

    def note_console(message) -> None:
        text, url = message.text, message.location["url"]
        is_refused = "Failed to load" in text and "/api/" in url
        is_gone = "net::ERR_" in text or "WebSocket connection to" in text
        if message.type == "error" and not (is_refused or is_gone):
            errors.append(f"{text} ({url})")

    def browse(url: str, **options) -> "Page":
        context = chromium.new_context(**options)
        contexts.append(context)
        context.on("weberror", lambda found: errors.append(str(found.error)))
        context.on("console", note_console)
        page = context.new_page()
        page.goto(url)
        return page

    yield browse
    for context in contexts:
        context.close()
    assert errors == []
