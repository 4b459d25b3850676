"""The migrations make what the models say, and undo it again."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask_migrate import downgrade, upgrade
from sqlalchemy import Engine, create_engine, insert, inspect, make_url, select, text

from ticketing.accounts.addresses import address_key
from ticketing.core.database import db, emit_begin, fold
from ticketing.inbound_mail.service import KEY_LENGTH, KEY_PREFIX

CATEGORIES = db.metadata.tables["categories"]
MIGRATIONS = str(Path(__file__).parents[1] / "migrations")


@pytest.fixture
def make_database(app, settings, tmp_path) -> Iterator:
    """Make another, empty database of the kind under test."""
    url = make_url(settings["SQLALCHEMY_DATABASE_URI"])
    on_server = url.get_backend_name() != "sqlite"
    engines: list[Engine] = []

    def run(statement):
        with app.app_context(), db.engine.connect() as connection:
            connection.execute(text(statement))

    def make_database() -> Engine:
        name = f"{url.database}_{uuid4().hex[:8]}" if on_server else ""
        if on_server:
            run(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        place = name or str(tmp_path / f"{len(engines)}.db")
        engines.append(create_engine(url.set(database=place)))
        emit_begin(engines[-1])
        return engines[-1]

    yield make_database
    for engine in engines:
        engine.dispose()
        if on_server:
            run(f"DROP DATABASE `{engine.url.database}`")


@pytest.fixture
def engine(app, make_database, monkeypatch) -> Iterator[Engine]:
    """Another, empty database, in the place of the application's own."""
    engine = make_database()
    with app.app_context():
        monkeypatch.setitem(db.engines, None, engine)
        yield engine


def tables(engine):
    """Return the tables, without those that SQLite makes for its full-text index."""
    found = set(inspect(engine).get_table_names()) - {"alembic_version"}
    return {name for name in found if not name.startswith("search_index")}


def described(engine):
    """Return all that a database knows of its tables, to be compared."""
    inspector = inspect(engine)
    return {
        table: {
            "columns": {
                column["name"]: (
                    repr(column["type"]),
                    column["nullable"],
                    column["default"],
                    column.get("autoincrement"),
                )
                for column in inspector.get_columns(table)
            },
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "references": _sorted(inspector.get_foreign_keys(table), "options"),
            "indexes": _sorted(inspector.get_indexes(table)),
            "unique": _sorted(inspector.get_unique_constraints(table)),
            "checks": _sorted(inspector.get_check_constraints(table)),
            "options": {
                name: value
                for name, value in inspector.get_table_options(table).items()
                if "auto_increment" not in name.lower()
            },
        }
        for table in tables(engine)
    }


def _sorted(found, *also):
    plain = ("name", "column_names", "unique", "constrained_columns", "sqltext")
    where = ("referred_table", "referred_columns", *also)
    return sorted(str([one.get(name) for name in plain + where]) for one in found)


def test_there_is_nothing_left_to_migrate(engine):
    upgrade(MIGRATIONS)

    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        options["include_object"] = lambda found, name, *rest: (
            not name.startswith(("search_index", "ix_search_texts_words"))
        )
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, db.metadata)
    assert differences == []
    assert tables(engine) == set(db.metadata.tables)


def test_what_was_migrated_is_what_the_models_would_create(engine, make_database):
    created = make_database()
    db.metadata.create_all(created)

    upgrade(MIGRATIONS)

    assert described(engine) == described(created)


def test_it_goes_all_the_way_down_and_up_again(engine):
    upgrade(MIGRATIONS)
    first = described(engine)

    downgrade(MIGRATIONS, revision="base")
    left = tables(engine)
    upgrade(MIGRATIONS)

    assert left == set()
    assert described(engine) == first


@pytest.mark.slow
def test_each_step_goes_down_and_up_again(engine):
    steps = list(ScriptDirectory(MIGRATIONS).walk_revisions())
    before = []

    for step in reversed(steps):
        before.append(described(engine))
        upgrade(MIGRATIONS, revision=step.revision)
    for step, state in zip(steps, reversed(before), strict=True):
        downgrade(MIGRATIONS, revision=step.down_revision or "base")
        assert described(engine) == state


def test_there_is_one_line_of_descent():
    scripts = ScriptDirectory(MIGRATIONS)

    assert len(scripts.get_heads()) == len(scripts.get_bases()) == 1


def test_text_is_kept_whole_and_compared_by_code_point(engine):
    names = ["jose", "José", "josé", "\U0001f525"]
    upgrade(MIGRATIONS)

    with engine.begin() as connection:
        for name in names:  # their keys and slugs are unique
            keys = {"name": name, "name_key": name, "slug": name}
            connection.execute(insert(CATEGORIES).values(**keys))
        found = connection.scalars(select(CATEGORIES.c.name)).all()

    assert sorted(found) == sorted(names)


def test_every_foreign_key_has_an_index(engine):
    upgrade(MIGRATIONS)

    inspector = inspect(engine)
    for table in tables(engine):
        key = inspector.get_pk_constraint(table)["constrained_columns"]
        leading = {index["column_names"][0] for index in inspector.get_indexes(table)}
        for reference in inspector.get_foreign_keys(table):
            [column] = reference["constrained_columns"]
            assert column in leading | {key[0]}, f"{table}.{column}"


USERS_AT_3 = """
INSERT INTO users
  (id, name, email, email_key, password, role, active, created_at, updated_at)
VALUES (:id, :name, :email, :key, '-', 'customer', TRUE, '2026-01-01', '2026-01-01')
"""


def users_by_id(engine, *columns):
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM users ORDER BY id"))
        return {row.id: tuple(getattr(row, name) for name in columns) for row in rows}


def test_emails_get_the_key_of_their_domain_in_ascii_and_back(engine):
    upgrade(MIGRATIONS, revision="0003")
    before = {
        1: ("nora@münchen.de", "nora@münchen.de"),
        2: ("NORA@xn--mnchen-3ya.de", "nora@xn--mnchen-3ya.de"),
        3: ("ada@Straße.de", "ada@strasse.de"),
        4: ("zoë@köln.de", "zoë@köln.de"),
        5: ("zoë@köln.de\u200b", "zoë@köln.de\u200b"),
        6: ("bob@müllers.local", "bob@müllers.local"),
    }
    with engine.begin() as connection:
        for user_id, (email, key) in before.items():
            values = {"id": user_id, "name": "ɐ ᲜᲘᲜᲝ Ｎ", "email": email, "key": key}
            connection.execute(text(USERS_AT_3), values)

    upgrade(MIGRATIONS, revision="0004")
    after = users_by_id(engine, "email", "email_key")
    folded = users_by_id(engine, "name_folded", "email_folded")
    downgrade(MIGRATIONS, revision="0003")

    assert {user_id: email for user_id, (email, _) in after.items()} == {
        user_id: email for user_id, (email, _) in before.items()
    }
    assert {user_id: key for user_id, (_, key) in after.items()} == {
        1: "nora@münchen.de",  # the other user's email is the same; both log in
        2: "nora@xn--mnchen-3ya.de",
        3: "ada@xn--strae-oqa.de",
        4: "zoë@xn--kln-sna.de",
        5: "zoë@köln.de\u200b",
        6: "bob@xn--mllers-3ya.local",
    }
    assert folded[2] == ("ɐ ნინო n", "nora@xn--mnchen-3ya.de")
    assert folded[3][1] == "ada@strasse.de"
    assert users_by_id(engine, "email", "email_key") == before


def test_the_keys_that_a_migration_makes_are_those_of_the_application(engine):
    upgrade(MIGRATIONS, revision="0003")
    emails = ["ÅSA@Bücher.example", "ｎ@ｘ．org", "a@straße.de", "x@localhost", "x@ü"]
    with engine.begin() as connection:
        for user_id, email in enumerate(emails, 1):
            values = {"id": user_id, "name": email, "email": email, "key": fold(email)}
            connection.execute(text(USERS_AT_3), values)

    upgrade(MIGRATIONS)

    found = users_by_id(engine, "email_key", "email_folded", "name_folded")
    assert list(found.values()) == [
        (address_key(email), fold(email), fold(email)) for email in emails
    ]


PEOPLE_AT_4 = """
INSERT INTO users
  (id, name, email, email_key, name_folded, email_folded, password, role, active,
   created_at, updated_at)
VALUES (:id, :id, :id, :id, :id, :id, '-', 'customer', TRUE, '2026-01-01', '2026-01-01')
"""
CATEGORY_AT_4 = """
INSERT INTO categories (id, name, name_key, slug, created_at, updated_at)
VALUES (1, '-', '-', '-', '2026-01-01', '2026-01-01')
"""
TICKET_AT_4 = """
INSERT INTO tickets
  (id, user_id, category_id, subject, description, priority, status, waiting_on,
   last_seq, last_staff_seq, last_activity_at, created_at, updated_at)
VALUES (:id, 1, 1, '-', '-', 1, 'open', :waiting_on, 0, 0, :at, :at, :at)
"""
MESSAGE_AT_4 = """
INSERT INTO messages
  (ticket_id, user_id, side, message, is_read, created_at, updated_at)
VALUES (:ticket_id, :user_id, '-', '-', FALSE, :at, :at)
"""
COMMENT_AT_4 = """
INSERT INTO comments (ticket_id, user_id, content, internal, created_at, updated_at)
VALUES (:ticket_id, :user_id, '-', :internal, :at, :at)
"""
# Who writes how, in this order, one after another: the customer is 1, support 2 and 3.
# Then who is waited for, since the reply of that number; 0 is the opening.
CONVERSATIONS = {
    "": ("support", 0),
    "1m 1c": ("support", 0),
    "1m 2n": ("support", 0),
    "2m": ("customer", 1),
    "2n 2c 3m": ("customer", 2),
    "1m 2c 1m 3m 2m": ("customer", 4),
    "2m 1c 1m": ("support", 2),
    "2c 1m 3m 2n 1m 2n 1c": ("support", 5),
}


def test_existing_tickets_get_the_time_since_which_they_wait(engine):
    upgrade(MIGRATIONS, revision="0004")
    with engine.begin() as connection:
        for user_id in (1, 2, 3):
            connection.execute(text(PEOPLE_AT_4), {"id": user_id})
        connection.execute(text(CATEGORY_AT_4))
        for ticket_id, (said, (side, _)) in enumerate(CONVERSATIONS.items(), 1):
            values = {"id": ticket_id, "waiting_on": side, "at": _minute(0)}
            connection.execute(text(TICKET_AT_4), values)
            for minute, (user_id, how) in enumerate(said.split(), 1):
                values = {"user_id": int(user_id), "at": _minute(minute)}
                values |= {"ticket_id": ticket_id}
                values |= {"internal": how == "n"} if how != "m" else {}
                insertion = MESSAGE_AT_4 if how == "m" else COMMENT_AT_4
                connection.execute(text(insertion), values)

    upgrade(MIGRATIONS, revision="0005")

    query = text("SELECT waiting_since FROM tickets ORDER BY id")
    with engine.connect() as connection:
        found = [str(since)[:16] for since in connection.scalars(query)]
    assert found == [_minute(since)[:16] for _, since in CONVERSATIONS.values()]
    assert "first_replies" not in tables(engine)


def _minute(number):
    return f"2026-01-02 10:{number:02}:00.000000"


LOGGED_TICKET_AT_4 = """
INSERT INTO tickets
  (id, user_id, category_id, subject, description, priority, status, waiting_on,
  last_seq, last_staff_seq, last_activity_at, created_at, updated_at)
VALUES (:id, 1, 1, '-', '-', 1, 'open', 'support', 9, 0, '2026-01-01',
  '2026-01-01 00:00:00.900000', '2026-01-01')
"""
ENTRY_AT_4 = """
INSERT INTO ticket_events
  (ticket_id, stream, seq, name, actor_id, payload, created_at)
VALUES (:ticket_id, :stream, :seq, :name, :actor_id, :payload, :at)
"""


def test_tickets_get_the_facts_that_their_log_says(engine):
    reply, updated = ("message.sent", "{}"), "ticket.updated"
    done, closed, undone = (
        (updated, f'{{"changes": {{"status": ["{old}", "{new}"]}}}}')
        for old, new in [
            *(("open", "resolved"), ("resolved", "closed"), ("closed", "open"))
        ]
    )
    other = (updated, '{"changes": {"priority": ["low", "high"]}}')
    logs = {
        1: [],
        2: [(1, *reply), (2, *reply), (1, *done), (1, *closed), (1, *other)],
        3: [(2, "comment.added", "{}"), (2, *done), (2, *undone)],
        4: [(2, *done), (2, *undone), (2, *done)],
    }
    upgrade(MIGRATIONS, revision="0004")
    with engine.begin() as connection:
        for user_id in (1, 2):
            values = {"id": user_id, "name": "-", "email": user_id, "key": user_id}
            connection.execute(text(USERS_AT_3), values)
        keys = {"name": "-", "name_key": "-", "slug": "-", "id": 1}
        connection.execute(insert(CATEGORIES).values(**keys))
        for ticket_id, log in logs.items():
            connection.execute(text(LOGGED_TICKET_AT_4), {"id": ticket_id})
            for seq, (actor_id, name, payload) in enumerate(log, 1):
                entry = {"ticket_id": ticket_id, "seq": seq, "stream": "public"}
                entry |= {"name": name, "actor_id": actor_id, "payload": payload}
                at = f"2026-01-01 00:00:{10 * seq}.000000"
                connection.execute(text(ENTRY_AT_4), {**entry, "at": at})
            note = {"seq": 1, "stream": "staff", "name": "comment.added"}
            note |= {"ticket_id": ticket_id, "actor_id": 2, "payload": "{}"}
            note |= {"at": "2026-01-01 00:00:01.000000"}
            connection.execute(text(ENTRY_AT_4), note)

    upgrade(MIGRATIONS)

    columns = "first_response_seconds, resolved_at, resolution_seconds, reopened_at"
    with engine.connect() as connection:
        rows = connection.execute(text(f"SELECT {columns} FROM tickets ORDER BY id"))
        found = [[str(value)[:19] for value in row] for row in rows]
    at = {seq: f"2026-01-01 00:00:{seq}" for seq in (20, 30)}
    assert found == [
        ["None", "None", "None", "None"],
        ["19", at[30], "29", "None"],
        ["9", "None", "None", at[30]],
        ["None", at[30], "29", at[20]],
    ]
    assert "logged_facts" not in tables(engine)


def test_entries_without_an_actor_get_the_customer_when_going_down(engine):
    upgrade(MIGRATIONS)
    with engine.begin() as connection:
        for user_id in (1, 2):
            values = {"id": user_id, "name": "-", "email": user_id, "key": user_id}
            connection.execute(text(USERS_AT_3), values)
        keys = {"name": "-", "name_key": "-", "slug": "-", "id": 1}
        connection.execute(insert(CATEGORIES).values(**keys))
        connection.execute(text(LOGGED_TICKET_AT_4), {"id": 1})
        for seq, actor_id in enumerate((2, None), 1):
            entry = {"ticket_id": 1, "stream": "public", "seq": seq, "payload": "{}"}
            entry |= {"name": "ticket.updated", "actor_id": actor_id}
            connection.execute(text(ENTRY_AT_4), {**entry, "at": "2026-01-01"})

    downgrade(MIGRATIONS, revision="0016")

    with engine.connect() as connection:
        query = text("SELECT actor_id FROM ticket_events ORDER BY seq")
        assert [*connection.scalars(query)] == [2, 1]


IDEMPOTENCY_KEY_AT_21 = """
INSERT INTO idempotency_keys (user_id, `key`, fingerprint, resource_id, created_at)
VALUES (1, :key, '-', 1, '2026-01-01')
"""


def test_keys_of_mails_get_a_prefix_that_no_client_can_send(engine):
    digest = "0123456789abcdef" * 4
    upgrade(MIGRATIONS, revision="0021")
    mail, other = f"mail-{digest[:59]}", f"MAIL-{digest[:59]}"
    before = sorted([mail, other, "mail-from-a-client"])
    with engine.begin() as connection:
        values = {"id": 1, "name": "-", "email": 1, "key": 1}
        connection.execute(text(USERS_AT_3), values)
        for key in before:
            connection.execute(text(IDEMPOTENCY_KEY_AT_21), {"key": key})

    upgrade(MIGRATIONS, revision="0022")
    after = idempotency_keys(engine)
    downgrade(MIGRATIONS, revision="0021")

    changed = f"{KEY_PREFIX}{digest}"[:KEY_LENGTH]
    assert set(after) == {changed, other, "mail-from-a-client"}
    assert idempotency_keys(engine) == before


def idempotency_keys(engine):
    keys = db.metadata.tables["idempotency_keys"].c.key
    with engine.connect() as connection:
        return sorted(connection.scalars(select(keys)))
