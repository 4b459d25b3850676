"""flask db copy"""

from contextlib import contextmanager

import pytest
from sqlalchemy import func, inspect, select, text

from ticketing import demo
from ticketing.accounts.models import Role, User
from ticketing.categories.models import Category
from ticketing.core.database import db
from ticketing.history.models import Entry
from ticketing.moving import copying
from ticketing.moving.databases import migrate_if_new, opened
from ticketing.tickets.models import Ticket

HARD = 'It\'s 100 % "on fire" 🔥; -- \\ \r\n\t`x` Ünïcödé 消防車'


def rows_of(engine):
    """Return all rows, as models read them."""
    with engine.connect() as connection:
        return {
            table.name: connection.execute(
                select(table).order_by(*table.primary_key)
            ).all()
            for table in db.metadata.sorted_tables
        }


@pytest.fixture
def filled(app):
    """Create the demo, which has rows in most tables."""
    with app.app_context():
        demo.create_demo_if_empty()
        yield


@pytest.fixture
def count(engine_of):
    """Count the rows of all tables of a database, except that of its revision."""

    def count(url):
        engine = engine_of(url)
        names = set(inspect(engine).get_table_names()) & set(db.metadata.tables)
        with engine.connect() as connection:
            return sum(
                connection.scalars(select(func.count()).select_from(text(name))).one()
                for name in names
            )

    return count


@pytest.fixture
def interrupt(monkeypatch):
    """Call a function before the copy is verified."""

    def interrupt(act):
        verify = copying._checksums

        def acting(tables, connection, verb, progress):
            act(connection, verb)
            return verify(tables, connection, verb, progress)

        monkeypatch.setattr(copying, "_checksums", acting)

    return interrupt


def test_a_copy_has_every_row_with_every_value(run, filled, other_url, engine_of):
    result = run("db", "copy", "--to", other_url)

    assert result.exit_code == 0, result.output
    assert rows_of(engine_of(other_url)) == rows_of(db.engine)
    assert "the checksums of all are equal" in result.output


def test_a_copy_of_a_copy_is_the_same(run, filled, other_url, make_url_of, serving):
    run("db", "copy", "--to", other_url)
    with serving(other_url):
        before = rows_of(db.engine)
        back = make_url_of("sqlite")

        result = run("db", "copy", "--to", back)

    assert result.exit_code == 0, result.output
    with serving(back):
        assert rows_of(db.engine) == before


def test_a_copy_keeps_texts_times_and_null(
    run, make_ticket, customer, save, other_url, engine_of, app
):
    ticket = make_ticket(customer, subject=HARD[:255], description=HARD * 500)
    save(
        Entry(
            **{"ticket_id": ticket.id, "stream": "public", "seq": 1, "name": "x"},
            payload={"b": [1, 2.5, None, True, HARD], "a": {"z": 1, "ä": 2**40}},
        )
    )

    assert run("db", "copy", "--to", other_url).exit_code == 0

    with app.app_context():
        mine = rows_of(db.engine)
    assert rows_of(engine_of(other_url)) == mine
    [found] = mine["tickets"]
    assert HARD * 500 in found and None in found


def test_copied_tickets_are_served_and_found_by_searches(
    run, filled, other_url, serving, api, app
):
    with app.app_context():
        admin = db.session.scalars(select(User).where(User.role == Role.ADMIN)).first()

    run("db", "copy", "--to", other_url)

    with serving(other_url):
        client = api(admin)
        found = client.get("/api/tickets?q=export").json["data"]
        assert [ticket["subject"] for ticket in found] == [
            "The export stops after 1,000 rows"
        ]
        sent = client.post(
            f"/api/tickets/{found[0]['id']}/messages", json={"message": "zebrafish"}
        )
        assert sent.status_code == 201
        assert len(client.get("/api/tickets?q=zebrafish").json["data"]) == 1


def test_the_id_of_a_deleted_row_is_not_reused_after_a_copy(
    run, save, app, other_url, serving
):
    for name in ("First", "Second"):
        last = save(Category(name=name, slug=name.lower()))
    with app.app_context():
        db.session.execute(Category.__table__.delete().where(Category.id == last.id))
        db.session.commit()

    assert run("db", "copy", "--to", other_url).exit_code == 0

    with serving(other_url):
        assert save(Category(name="Third", slug="third")).id > last.id


def test_a_copy_into_a_target_with_rows_is_refused(run, filled, other_url, count):
    run("db", "copy", "--to", other_url)
    before = count(other_url)

    result = run("db", "copy", "--to", other_url)

    assert result.exit_code == 1
    assert "Error: The target must be empty, but its table" in result.output
    assert count(other_url) == before


def test_a_copy_into_a_database_of_another_application_is_refused(
    run, other_url, engine_of
):
    with engine_of(other_url).begin() as connection:
        connection.execute(text("CREATE TABLE users (id INTEGER)"))

    result = run("db", "copy", "--to", other_url)

    assert (result.exit_code, "of something else" in result.output) == (1, True)


def test_a_target_that_another_application_migrates_is_not_changed(
    run, other_url, engine_of
):
    with engine_of(other_url).begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num CHAR(9))"))
        connection.execute(text("CREATE TABLE orders (id INTEGER)"))

    result = run("db", "copy", "--to", other_url)

    assert (result.exit_code, "of something else" in result.output) == (1, True)
    assert "orders" in inspect(engine_of(other_url)).get_table_names()


def test_a_copy_between_different_revisions_is_refused(
    run, customer, other_url, engine_of
):
    run("db", "copy", "--to", other_url)
    with engine_of(other_url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0003'"))

    result = run("db", "copy", "--to", other_url)

    assert result.exit_code == 1
    assert "The target is at revision 0003, and this version needs" in result.output


@pytest.mark.parametrize("left", ["DROP TABLE views", "DELETE FROM alembic_version"])
def test_a_copy_recreates_the_tables_of_an_interrupted_migration(
    run, filled, other_url, engine_of, count, left
):
    with opened(other_url) as engine:
        migrate_if_new(engine)
    with engine_of(other_url).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '0004'"))
        connection.execute(text(left))

    result = run("db", "copy", "--to", other_url)

    assert "the checksums of all are equal" in result.output
    assert count(other_url) > 0


def test_a_target_that_cannot_be_created_is_reported_in_a_sentence(run, tmp_path):
    (tmp_path / "file").touch()

    result = run("db", "copy", "--to", f"sqlite:///{tmp_path}/file/x.db")

    assert result.exit_code == 1
    assert "Error: Nothing was moved: " in result.output


def test_a_copy_into_the_same_database_is_refused(run, settings, customer):
    url = settings["SQLALCHEMY_DATABASE_URI"]

    result = run("db", "copy", "--to", url)

    assert result.exit_code == 1
    assert "The target is the same database as the source." in result.output


@pytest.mark.parametrize(
    "url", ["", "x", "postgresql://a/b", "sqlite://", "sqlite:///a.db?mode=ro"]
)
def test_a_copy_to_an_invalid_url_is_refused(run, url):
    result = run("db", "copy", "--to", url)

    assert result.exit_code == 2
    assert "Invalid value for '--to'" in result.output


def test_a_target_that_does_not_respond_is_reported_in_a_sentence(run):
    result = run("db", "copy", "--to", "mysql+pymysql://u:secret@127.0.0.1:9/x")

    assert result.exit_code == 1
    assert "Error: Nothing was moved: " in result.output
    assert "secret" not in result.output


def test_a_copy_of_a_source_that_is_written_to_fails_and_leaves_nothing(
    run, filled, other_url, count, interrupt, app
):
    def edit(connection, verb):
        if verb == "Verifying":
            with db.engine.execution_options(writes=True).begin() as own:
                own.execute(text("UPDATE users SET time_zone = 'Asia/Tokyo'"))

    interrupt(edit)

    result = run("db", "copy", "--to", other_url)

    assert result.exit_code == 1
    assert "The source was written to meanwhile (users)" in result.output
    assert count(other_url) == 0


def test_a_copy_that_differs_from_the_source_is_rolled_back(
    run, filled, other_url, count, interrupt
):
    def spoil(connection, verb):
        if verb == "Verifying":
            connection.execute(text("UPDATE tickets SET subject = 'x'"))

    interrupt(spoil)

    result = run("db", "copy", "--to", other_url)

    assert result.exit_code == 1
    assert "The copy differs from the source in tickets" in result.output
    assert count(other_url) == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_an_interrupted_copy_leaves_nothing_and_can_be_repeated(
    run, filled, other_url, count, monkeypatch, error
):
    @contextmanager
    def interrupted(label, steps):
        if "messages" in label:
            raise error
        yield lambda done: None

    with monkeypatch.context() as patch:
        patch.setattr("ticketing.moving.cli.progress", interrupted)
        failed = run("db", "copy", "--to", other_url)
    left = count(other_url)
    again = run("db", "copy", "--to", other_url)

    assert (failed.exit_code, left) == (1, 0)
    assert again.exit_code == 0, again.output


def test_batches_of_rows_continue_within_one_ticket(app, monkeypatch, filled):
    monkeypatch.setattr("ticketing.moving.rows.PAGE_SIZE", 3)
    monkeypatch.setattr("ticketing.moving.rows.BATCH_SIZE", 2)
    table = copying.as_stored(Entry.__table__)

    with db.engine.connect() as connection:
        batches = list(copying.read_batches(connection, table))
        keys = [tuple(row)[:3] for batch in batches for row in batch]
        count = connection.scalars(select(func.count()).select_from(table)).one()

    assert max(map(len, batches)) == 2
    assert keys == sorted(set(keys))
    assert len(keys) == count > 20


def test_a_copy_reads_large_rows_one_by_one(app, make_ticket, customer, monkeypatch):
    monkeypatch.setattr("ticketing.moving.rows.BATCH_CHARACTERS", 100)
    for _ in range(3):
        make_ticket(customer, description="x" * 1000)
    table = copying.as_stored(Ticket.__table__)

    with app.app_context(), db.engine.connect() as connection:
        batches = list(copying.read_batches(connection, table))

    assert [len(batch) for batch in batches] == [1, 1, 1]
