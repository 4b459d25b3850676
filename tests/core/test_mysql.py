"""Statements sent to MySQL: no redundant ones; timeouts of its connections."""

import socket
import ssl
from threading import Timer

import pytest
from pymysql.constants import FIELD_TYPE
from pymysql.constants.COMMAND import COM_PING
from pymysql.err import OperationalError
from served import lacking
from sqlalchemy import create_engine, make_url, select, text

from ticketing.chat.models import Message
from ticketing.core import mysql
from ticketing.core.database import db
from ticketing.core.transaction import transaction
from ticketing.tickets.models import Ticket


@pytest.fixture
def on_mysql(app):
    """Skip a test on SQLite."""
    with app.app_context():
        if db.engine.dialect.driver != "pymysql":
            lacking("TEST_DATABASE_URL is not set, or of no MySQL")


@pytest.fixture
def commands(on_mysql, monkeypatch):
    """Return a list of what is sent to the server from now on."""
    sent = []
    send = mysql.Connection._execute_command

    def note(connection, command, sql):
        text = sql.decode() if isinstance(sql, bytes) else sql
        sent.append("PING" if command == COM_PING else text.split()[0])
        send(connection, command, sql)

    monkeypatch.setattr(mysql.Connection, "_execute_command", note)
    monkeypatch.setattr(mysql, "PING_AFTER_S", 600)  # however slow the machine
    return sent


def test_every_character_is_stored_though_the_url_names_no_charset(
    settings, commands
):
    url = make_url(settings["DATABASE_URL"]).difference_update_query(["charset"])
    engine = create_engine(url)

    with engine.connect() as connection:
        found = connection.execute(
            text("SELECT :text, @@character_set_client, @@character_set_connection"),
            {"text": "🔥 消防車"},
        ).one()
    engine.dispose()

    assert tuple(found) == ("🔥 消防車", "utf8mb4", "utf8mb4")


def test_a_read_sends_mysql_one_select_and_no_transaction(api, customer, commands):
    client = api(customer)
    client.get("/api/me")
    commands.clear()

    client.get("/api/me")

    assert commands == ["SELECT"]


def test_a_write_sends_mysql_one_transaction(api, customer, ticket, commands):
    client, url = api(customer), f"/api/tickets/{ticket.id}/messages"
    client.post(url, json={"message": "Hm."})
    commands.clear()

    client.post(url, json={"message": "Hm?"})

    begun, ended = commands.index("BEGIN"), commands.index("COMMIT")
    assert set(commands[begun + 1 : ended]) == {"SELECT", "INSERT", "UPDATE"}
    assert set(commands[:begun] + commands[ended + 1 :]) <= {"SELECT"}


def test_a_failed_transaction_sends_mysql_a_rollback(
    app, customer, ticket, save, commands
):
    @transaction()
    def fail():
        db.session.add(
            Message(
                ticket_id=ticket.id, user_id=customer.id, side="customer", message="Hm."
            )
        )
        db.session.flush()
        raise RuntimeError

    with app.app_context():
        with pytest.raises(RuntimeError):
            fail()

        assert commands[-1] == "ROLLBACK"
        assert db.session.query(Message).count() == 0


def test_an_idle_mysql_connection_is_pinged_before_use(
    api, customer, commands, monkeypatch
):
    client = api(customer)
    client.get("/api/me")
    monkeypatch.setattr(mysql, "PING_AFTER_S", 0)
    commands.clear()

    client.get("/api/me")

    assert commands == ["PING", "SELECT"]


@pytest.mark.usefixtures("on_mysql")
def test_timestamps_are_read_by_our_converter(app, ticket):
    with app.app_context():
        with db.engine.connect() as connection:
            decoders = connection.connection.dbapi_connection.decoders
        read = db.session.scalars(select(Ticket.created_at)).one()

    assert decoders[FIELD_TYPE.DATETIME] is mysql.read_datetime
    assert read == ticket.created_at
    assert mysql.read_datetime("2026-01-01 10:00:00.5").isoformat() == (
        "2026-01-01T10:00:00.500000+00:00"
    )
    assert mysql.read_datetime("0000-00-00 00:00:00") == "0000-00-00 00:00:00"


def test_mysql_connections_share_one_tls_context():
    first, second = (mysql.Connection(defer_connect=True) for _ in range(2))
    other = mysql.Connection(defer_connect=True, ssl_verify_cert=True)

    assert first.ctx is second.ctx
    assert first.ctx.verify_mode == ssl.CERT_NONE
    assert other.ctx.verify_mode == ssl.CERT_REQUIRED


@pytest.fixture
def frozen(monkeypatch):
    """The address of a server that accepts connections but never answers.

    Its end after some seconds resets them: a test without a timeout fails then.
    """
    monkeypatch.setattr(mysql, "HANDSHAKE_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()
        end = Timer(10, server.close)
        end.start()
        yield {"host": host, "port": port}
        end.cancel()


def test_connecting_to_a_silent_mysql_server_times_out(frozen):
    with pytest.raises(OperationalError, match="timed out"):
        mysql.Connection(**frozen)


def test_pinging_a_mysql_server_that_fell_silent_times_out(frozen):
    connection = mysql.Connection(**frozen, defer_connect=True)
    with socket.create_connection((frozen["host"], frozen["port"])) as silent:
        connection._sock, connection._rfile = silent, silent.makefile("rb")
        connection._current_timeout = None

        with pytest.raises(OperationalError, match="timed out"):
            connection.ping()
