"""flask import-laravel"""

import os
import re
from contextlib import contextmanager

import pytest
from laravel_database import HASH, PASSWORD
from sqlalchemy import func, select

from ticketing.accounts.models import User
from ticketing.categories.models import Category
from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core import storage
from ticketing.core.database import db
from ticketing.history.models import Entry, Stream
from ticketing.jobs.models import Job
from ticketing.tickets.models import Ticket
from ticketing.tickets.replies import waiting

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def directory(tmp_path):
    """The storage of the Laravel system."""
    directory = tmp_path / "public"
    (directory / "attachments").mkdir(parents=True)
    (directory / "attachments" / "log.txt").write_text("Error 42")
    return directory


@pytest.fixture
def import_from(run, directory):
    """Import a database; return what the command prints."""

    def import_from(laravel):
        url = ("--database-url", laravel.url)
        result = run("import-laravel", *url, "--storage", directory)
        assert result.exit_code == 0, result.output
        return result.output

    return import_from


@pytest.fixture
def log_in(anyone):
    def log_in(email):
        body = {"email": email, "password": PASSWORD}
        return anyone.post("/api/login", json=body)

    return log_in


@pytest.fixture
def call(anyone, log_in):
    """Call as the user with an email, with the old password."""

    tokens = {}

    def call(email, path):
        if email not in tokens:
            tokens[email] = log_in(email).json["token"]
        headers = {"Authorization": f"Bearer {tokens[email]}"}
        return anyone.get(f"/api{path}", headers=headers).json

    return call


def add_people(laravel):
    for user_id, (name, role) in enumerate(
        [("Ada", "admin"), ("Carla", "customer"), ("Sam", "customer")], 1
    ):
        email = f"{name.lower()}@example.org"
        laravel.add(
            "users", id=user_id, name=name, email=email, password=HASH, role=role
        )
    laravel.add("categories", id=4, name="Bug Report", slug="bug-report")


def add_ticket(laravel, ticket_id, **fields):
    given = {"user_id": 2, "category_id": 4, "subject": "Printer", "priority": "high"}
    given |= {"description": "It burns.", "status": "open", **fields}
    laravel.add("tickets", id=ticket_id, **given)


def at(minute):
    """Return a time as Laravel stores it."""
    return f"2024-05-01 12:{minute:02}:00"


def seen(minute):
    """Return the same time as clients see it."""
    return f"2024-05-01T12:{minute:02}:00.000000+00:00"


def add_conversation(laravel):
    """Add a ticket that was answered, resolved, and answered again by its customer."""
    add_people(laravel)
    file = {"attachment": "attachments/log.txt", "created_at": at(0)}
    add_ticket(
        laravel, 7, status="resolved", assigned_to=1, updated_at=at(30), **file
    )
    said = {"ticket_id": 7, "updated_at": at(50)}
    laravel.add(
        "messages", id=3, user_id=2, message="Hello?", created_at=at(5), **said
    )
    laravel.add(
        *("messages",),
        **{"id": 5, "user_id": 1, "message": "Unplug it.", "is_read": 1, **said},
        created_at=at(10),
    )
    laravel.add(
        "comments", id=2, user_id=1, content="Done?", created_at=at(20), **said
    )
    laravel.add("messages", id=6, user_id=2, message="Yes.", created_at=at(40), **said)


def test_everyone_logs_in_with_the_old_password(import_from, laravel, log_in):
    add_people(laravel)

    import_from(laravel)

    roles = {
        name: log_in(f"{name}@example.org").json["user"]["role"]
        for name in ("ada", "carla", "sam")
    }
    assert roles == {"ada": "admin", "carla": "customer", "sam": "customer"}
    user = log_in("ADA@example.org").json["user"]
    assert (user["id"], user["email_confirmed"]) == (1, True)
    assert user["created_at"] == seen(0)


def test_an_import_keeps_ids_and_times(import_from, laravel, call):
    add_conversation(laravel)

    printed = import_from(laravel)

    ticket = call("ada@example.org", "/tickets/7")
    assert ticket["category"]["slug"] == "bug-report"
    assert (ticket["user_id"], ticket["assigned_to"]) == (2, 1)
    assert (ticket["created_at"], ticket["updated_at"]) == (seen(0), seen(30))
    messages = call("ada@example.org", "/tickets/7/messages?mark_read=false")["data"]
    fields = ("id", "created_at", "is_read", "read_at")
    assert [tuple(message[name] for name in fields) for message in messages] == [
        (3, seen(5), False, None),
        (5, seen(10), True, seen(50)),
        (6, seen(40), False, None),
    ]
    [comment] = call("carla@example.org", "/tickets/7/comments")["data"]
    assert (comment["id"], comment["internal"]) == (2, False)
    imported = "3 users, 1 categories, 1 tickets, 1 comments, 3 messages"
    assert f"Imported {imported}." in printed


def test_an_import_writes_the_history_in_the_order_of_time(import_from, laravel, call):
    add_conversation(laravel)

    import_from(laravel)

    entries = call("carla@example.org", "/tickets/7/events")["data"]
    assert [(e["seq"], e["name"], e["actor_id"], e["created_at"]) for e in entries] == [
        (1, "ticket.created", 2, seen(0)),
        (2, "message.sent", 2, seen(5)),
        (3, "message.sent", 1, seen(10)),
        (4, "comment.added", 1, seen(20)),
        (5, "ticket.updated", None, seen(30)),
        (6, "message.sent", 2, seen(40)),
    ]
    opened, changed = entries[0]["payload"], entries[4]["payload"]
    assert (opened["status"], opened["assignee"]) == ("open", None)
    assert changed["changes"] == {
        "status": ["open", "resolved"],
        "assigned_to": [None, 1],
    }
    ticket = call("carla@example.org", "/tickets/7")
    assert {name: ticket[name] for name in changed if name in ticket} | {
        "waiting_on": "customer"
    } == {name: changed[name] for name in changed if name in ticket}
    assert (ticket["last_seq"], ticket["last_activity_at"]) == (6, seen(40))
    assert (ticket["waiting_on"], ticket["waiting_since"]) == ("support", seen(40))


def test_a_replay_of_imported_events_equals_the_list_of_replies(
    import_from, laravel, call
):
    add_conversation(laravel)

    import_from(laravel)

    said = {"message.sent": "messages?mark_read=false", "comment.added": "comments"}
    entries = call("ada@example.org", "/tickets/7/events")["data"]
    for name, path in said.items():
        replayed = [entry["payload"] for entry in entries if entry["name"] == name]
        assert replayed == call("ada@example.org", f"/tickets/7/{path}")["data"]


def test_imported_tickets_are_in_reports_and_searches(import_from, laravel, call, run):
    add_conversation(laravel)

    import_from(laravel)

    verified = run("reports", "verify")
    assert (verified.exit_code, "all are right" in verified.output) == (0, True)
    period = "from=2024-05-01&to=2024-05-01"
    totals = call("ada@example.org", f"/reports/tickets?{period}")["totals"]
    assert (totals["opened"], totals["resolved"], totals["backlog"]) == (1, 1, 0)
    assert totals["first_response_seconds"]["median"] == 600
    assert totals["resolution_seconds"]["median"] == 1800
    for words in ("printer burns", "unplug", "done"):
        [found] = call("carla@example.org", f"/tickets?q={words}")["data"]
        assert found["id"] == 7


def test_an_import_copies_files_with_their_detected_types(
    import_from, laravel, directory, call, anyone, log_in
):
    add_people(laravel)
    (directory / "attachments" / "x.txt").write_bytes(PNG)
    add_ticket(laravel, 1, attachment="attachments/x.txt")

    import_from(laravel)

    file = call("carla@example.org", "/tickets/1")["attachment"]
    assert (file["name"], file["size"]) == ("x.txt", 28)
    assert file["content_type"] == "image/png"
    token = log_in("carla@example.org").json["token"]
    headers = {"Authorization": f"Bearer {token}"}
    with anyone.get(file["url"], headers=headers) as downloaded:
        assert downloaded.data == PNG
    assert (directory / "attachments" / "x.txt").read_bytes() == PNG


def test_an_import_mails_nothing_and_enqueues_no_job(
    import_from, laravel, app, sends_mail
):
    add_conversation(laravel)

    import_from(laravel)

    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Job)) == 0


def test_rows_created_after_an_import_get_ids_that_were_never_used(
    import_from, laravel, save
):
    add_people(laravel)
    laravel.add("categories", id=9, name="Gone", slug="gone")
    laravel.run("DELETE FROM categories WHERE id = 9")

    import_from(laravel)

    assert save(Category(name="New", slug="new")).id > 9


def test_an_import_does_not_change_its_source(import_from, lax_laravel, tmp_path):
    add_conversation(lax_laravel)
    file = tmp_path / lax_laravel.url.rpartition("/")[2]
    before = file.read_bytes()

    import_from(lax_laravel)

    assert file.read_bytes() == before
    assert not list(tmp_path.glob(f"{file.name}-*"))


def test_an_import_into_a_database_that_is_not_empty_is_refused(
    run, lax_laravel, directory, customer
):
    result = run(
        "import-laravel", "--database-url", lax_laravel.url, "--storage", directory
    )

    assert result.exit_code == 1
    assert "The database must be empty, but its table users has rows." in result.output


def test_an_import_from_a_database_of_another_application_is_refused(
    run, make_url_of, directory
):
    for url in (make_url_of("sqlite"), "sqlite:////nowhere/x.db"):
        result = run("import-laravel", "--database-url", url, "--storage", directory)

        assert result.exit_code == 1
        assert "Error: " in result.output


def test_an_import_names_a_table_that_lacks_columns(run, lax_laravel, directory):
    lax_laravel.run("ALTER TABLE messages DROP COLUMN message")

    result = run(
        "import-laravel", "--database-url", lax_laravel.url, "--storage", directory
    )

    assert "the table messages lacks message." in result.output


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_failed_import_leaves_nothing_and_can_be_repeated(
    run, lax_laravel, directory, app, monkeypatch, import_from, error
):
    add_conversation(lax_laravel)

    @contextmanager
    def failing(label, steps):
        if "Indexing" in label:
            raise error
        yield lambda done: None

    with app.app_context():
        files = set(storage.root().glob("??/*"))
        with monkeypatch.context() as patch:
            patch.setattr("ticketing.moving.cli.progress", failing)
            url = ("--database-url", lax_laravel.url)
            failed = run("import-laravel", *url, "--storage", directory)
        left = [
            db.session.scalar(select(func.count()).select_from(table))
            for table in db.metadata.sorted_tables
        ]
        assert set(storage.root().glob("??/*")) == files
        db.session.rollback()
    assert (failed.exit_code, sum(left)) == (1, 0)

    assert "1 tickets" in import_from(lax_laravel)


# Hostile and damaged rows


def found_of(app, model, table):
    """Return the imported rows of a table, with times as text."""
    with app.app_context():
        found = {row.id: row for row in db.session.scalars(select(model))}
    return [
        {
            name: str(value) if name.endswith("_at") else value
            for name in kept or ()
            for value in [getattr(found[number], name)]
        }
        if number in found
        else None
        for number, (_, kept) in enumerate(table, 100)
    ]


def test_an_import_lists_users_with_equal_emails_and_their_rows(
    import_from, lax_laravel, call, app
):
    add_people(lax_laravel)
    same = ["ADA@example.org", "carla＠example.org", "sam@EXAMPLE.org", "x@bücher.de"]
    for user_id, email in enumerate([*same, "x@xn--bcher-kva.de"], 10):
        lax_laravel.add(
            "users", id=user_id, name="-", email=email, password=HASH, role="admin"
        )
    add_ticket(lax_laravel, 1, user_id=10)
    add_ticket(lax_laravel, 2, assigned_to=10)
    for ticket_id, user_id in ((1, 2), (2, 10), (2, 2)):
        said = {"ticket_id": ticket_id, "user_id": user_id}
        lax_laravel.add("messages", message="Hello", **said)

    printed = import_from(lax_laravel)

    with app.app_context():
        assert {*db.session.scalars(select(User.id))} == {1, 2, 3, 13}
        assert [*db.session.scalars(select(Ticket.id))] == [2]
        assert [*db.session.scalars(select(Message.id))] == [3]
    assert "10 (ADA@example.org, as 1)" in printed
    assert "14 (x@xn--bcher-kva.de, as 13)" in printed
    assert "tickets left out, whose user is not there (1): 1." in printed
    assert "messages left out, whose ticket or user is not there (2): 1, 2." in printed
    assert "tickets unassigned from users who are no admins (1): 2." in printed


# Columns of users, and those of the imported users; None if they are left out.
USERS = [
    ({"email": None}, None),
    ({"email": ""}, None),
    ({"email": "x" * 300 + "@example.org"}, None),
    ({"email": " new@example.org "}, {"email": "new@example.org"}),
    ({"email": "not an address"}, {"email_confirmed": False}),
    ({"name": None, "email": "nina@example.org"}, {"name": "nina"}),
    ({"name": "n" * 300}, {"name": "n" * 255}),
    ({"name": b"A\xffB\0C"}, {"name": "A\ufffdBC"}),
    ({"role": "superuser"}, {"role": "customer"}),
    ({"role": None}, {"role": "customer"}),
    ({"role": "Admin"}, {"role": "admin"}),
    ({"password": None}, {"password": None}),
    ({"password": "$argon2id$v=19$m=65536"}, {"password": None}),
    ({"created_at": None}, {"created_at": "2024-05-01 12:00:00+00:00"}),
    ({"created_at": "soon"}, {"created_at": "2024-05-01 12:00:00+00:00"}),
    ({"id": -1}, None),
    ({"id": 0}, None),
]


def test_damaged_users_are_imported_or_left_out(import_from, lax_laravel, app):
    for number, (fields, _) in enumerate(USERS, 100):
        user = {"name": "N", "email": f"user{number}@example.org", "password": HASH}
        user |= {"id": number, "role": "admin", **fields}
        lax_laravel.add("users", **user)

    printed = import_from(lax_laravel)

    assert found_of(app, User, USERS) == [kept for _, kept in USERS]
    assert "users left out, with an unusable id (2): -1, 0." in printed


def test_imported_categories_get_unique_names_and_slugs(import_from, lax_laravel, app):
    for name, slug in [
        *(("Bug", "bug"), ("BUG", "bug"), (None, "Über uns"), ("x" * 300, None)),
        ("Bug", ""),
    ]:
        lax_laravel.add("categories", name=name, slug=slug)

    import_from(lax_laravel)

    with app.app_context():
        found = db.session.scalars(select(Category).order_by(Category.id)).all()
        names = [(category.name, category.slug) for category in found]
    assert names == [
        ("Bug", "bug"),
        ("BUG (2)", "bug-2"),
        ("Category 3", "category-3"),
        ("x" * 85, "x" * 85),
        ("Bug (3)", "bug-3"),
    ]


LONG = "🔥" * 300


# The same for tickets.
TICKETS = [
    ({"status": "In Progress"}, {"status": "in_progress"}),
    ({"status": "pending"}, {"status": "open"}),
    ({"status": None, "priority": None}, {"status": "open", "priority": "medium"}),
    ({"priority": "URGENT"}, {"priority": "urgent"}),
    ({"assigned_to": 3}, {"assigned_to": None}),
    ({"assigned_to": 99}, {"assigned_to": None}),
    ({"assigned_to": "x"}, {"assigned_to": None}),
    ({"assigned_to": "1"}, {"assigned_to": 1}),
    ({"category_id": 99}, {"category_id": 5}),
    ({"category_id": None}, {"category_id": 5}),
    ({"subject": None}, {"subject": "Ticket 110"}),
    ({"description": None}, {"description": ""}),
    ({"description": "d" * 50_000}, {"description": "d" * 50_000}),
    (
        {"subject": LONG},
        {"subject": LONG[:254] + "…", "description": f"{LONG}\n\nIt burns."},
    ),
    ({"created_at": None}, {"created_at": "2024-05-01 12:00:00+00:00"}),
    (
        {"updated_at": "0000-00-00 00:00:00"},
        {"updated_at": "2024-05-01 12:00:00+00:00"},
    ),
    (
        {"created_at": "2024-05-01 12:00:00.123456"},
        {"created_at": "2024-05-01 12:00:00.123456+00:00"},
    ),
    ({"user_id": 99}, None),
    ({"user_id": None}, None),
    ({"ticket_id": 2**40}, None),
]


def test_damaged_tickets_are_imported_or_left_out(import_from, lax_laravel, app, run):
    add_people(lax_laravel)
    for number, (fields, _) in enumerate(TICKETS, 100):
        add_ticket(lax_laravel, **{"ticket_id": number, **fields})

    import_from(lax_laravel)

    assert found_of(app, Ticket, TICKETS) == [kept for _, kept in TICKETS]
    assert run("reports", "verify").exit_code == 0


def test_rows_without_times_get_the_time_of_the_import(import_from, lax_laravel, app):
    none = {"created_at": None, "updated_at": None}
    add_people(lax_laravel)
    add_ticket(lax_laravel, 1, **none)
    lax_laravel.add("messages", ticket_id=1, user_id=2, message="x", is_read=1, **none)

    import_from(lax_laravel)

    with app.app_context():
        ticket = db.session.scalars(select(Ticket)).one()
        message = db.session.scalars(select(Message)).one()
    times = {message.created_at, message.read_at, ticket.created_at, ticket.updated_at}
    assert len(times) == 1


def test_imported_replies_older_than_their_ticket_are_logged_after_its_opening(
    import_from, lax_laravel, run, call
):
    add_people(lax_laravel)
    add_ticket(lax_laravel, 1, created_at=at(30), updated_at=at(0), status="closed")
    said = {"ticket_id": 1, "user_id": 1}
    lax_laravel.add("comments", content="Early", created_at=at(10), **said)

    import_from(lax_laravel)

    entries = call("ada@example.org", "/tickets/1/events")["data"]
    assert [(entry["name"], entry["created_at"]) for entry in entries] == [
        ("ticket.created", seen(30)),
        ("comment.added", seen(30)),
        ("ticket.updated", seen(30)),
    ]
    assert entries[1]["payload"]["created_at"] == seen(10)
    assert run("reports", "verify").exit_code == 0


def test_imported_internal_comments_are_in_the_staff_stream(
    import_from, lax_laravel, call, app
):
    add_people(lax_laravel)
    add_ticket(lax_laravel, 1)
    said = {"ticket_id": 1, "user_id": 1}
    lax_laravel.add("comments", content="Arson?", internal=1, **said)
    lax_laravel.add("comments", content="Unplug it.", internal=0, **said)

    import_from(lax_laravel)

    [comment] = call("carla@example.org", "/tickets/1/comments")["data"]
    assert comment["content"] == "Unplug it."
    assert len(call("carla@example.org", "/tickets/1/events")["data"]) == 2
    assert call("carla@example.org", "/tickets?q=arson")["data"] == []
    [entry] = call("ada@example.org", "/tickets/1/events?stream=staff")["data"]
    assert (entry["seq"], entry["internal"]) == (1, True)
    assert call("ada@example.org", "/tickets/1")["last_staff_seq"] == 1


def test_imported_texts_may_be_longer_than_those_of_the_api(
    import_from, lax_laravel, app
):
    add_people(lax_laravel)
    add_ticket(lax_laravel, 1)
    said = {"ticket_id": 1, "user_id": 1}
    for length in (20_000, 70_000):
        lax_laravel.add("comments", content="é" * length, **said)
    lax_laravel.add("messages", message=None, **said)

    printed = import_from(lax_laravel)

    with app.app_context():
        lengths = [*map(len, db.session.scalars(select(Comment.content)))]
        assert db.session.scalars(select(Message.message)).all() == [""]
    assert lengths == [20_000, 65_535 // 2]
    assert "comments whose text was cut after 65535 bytes (1): 2." in printed


def test_imported_closed_tickets_come_last_in_the_order_of_due_at(
    import_from, lax_laravel, call
):
    add_people(lax_laravel)
    for ticket_id, status in enumerate(("closed", "open", "resolved"), 1):
        add_ticket(lax_laravel, ticket_id, status=status)

    import_from(lax_laravel)

    listed = call("ada@example.org", "/tickets?sort=due_at")["data"]
    assert listed[0]["id"] == 2


def test_an_import_lists_the_files_that_it_refuses(
    import_from, lax_laravel, directory, tmp_path, app
):
    add_people(lax_laravel)
    (tmp_path / "secret.txt").write_text("secret")
    files = directory / "attachments"
    (files / "link.txt").symlink_to(tmp_path / "secret.txt")
    (directory / "folder").symlink_to(tmp_path)
    (files / "empty.txt").write_text("")
    (files / "page.html").write_text("<script>alert(1)</script>")
    with (files / "large.txt").open("wb") as large:
        large.truncate(10 * 1024 * 1024 + 1)
    os.mkfifo(files / "pipe")
    paths = [
        *("../secret.txt", f"{tmp_path}/secret.txt", "attachments/../../secret.txt"),
        *("attachments/link.txt", "folder/secret.txt", "attachments", "x" * 5000),
        *("attachments/empty.txt", "attachments/page.html", "attachments/large.txt"),
        *("attachments/pipe", "attachments/none.txt", "attachments/log.txt/x", "."),
        *("https://example.org/log.txt", "attachments//log.txt", "a\x00b"),
    ]
    for ticket_id, path in enumerate(paths, 1):
        add_ticket(lax_laravel, ticket_id, attachment=path)
    with app.app_context():
        before = set(storage.root().glob("??/*"))

    printed = import_from(lax_laravel)

    with app.app_context():
        assert not any(db.session.scalars(select(Ticket.attachment_key)))
        assert db.session.scalar(select(func.count()).select_from(Ticket)) == 17
        assert set(storage.root().glob("??/*")) == before
    listed = {int(ticket_id) for ticket_id in re.findall(r" of ticket (\d+)", printed)}
    assert listed == {*range(1, 18)}


def test_imported_waiting_on_follows_from_the_replies(import_from, lax_laravel, app):
    add_people(lax_laravel)
    # The authors in order: the customer, support, support in an internal comment.
    talks = ["", "c", "s", "cs", "sc", "scc", "css", "cscs", "sscc", "ccss"]
    talks += ["n", "cn", "nc", "snc", "csn", "scn"]
    for ticket_id, talk in enumerate(talks, 1):
        add_ticket(lax_laravel, ticket_id, created_at=at(0))
        for minute, who in enumerate(talk, 1):
            row = {"ticket_id": ticket_id, "user_id": 2 if who == "c" else 1}
            row |= {"created_at": at(minute)}
            if who == "n":
                lax_laravel.add("comments", content="x", internal=1, **row)
            elif minute % 2:
                lax_laravel.add("comments", content="x", **row)
            else:
                lax_laravel.add("messages", message="x", **row)

    import_from(lax_laravel)

    with app.app_context():
        for ticket in db.session.scalars(select(Ticket)):
            assert (ticket.waiting_on, ticket.waiting_since) == waiting(ticket)
            last = select(func.max(Entry.seq)).where(
                Entry.ticket_id == ticket.id, Entry.stream == Stream.PUBLIC
            )
            assert ticket.last_seq == db.session.scalar(last)


def test_an_import_lists_each_ticket_whose_category_is_not_there(
    import_from, lax_laravel
):
    add_people(lax_laravel)  # with one category
    for ticket_id in (1, 2, 3):
        add_ticket(lax_laravel, ticket_id, category_id=5)  # the last one, deleted since

    printed = import_from(lax_laravel)

    assert "tickets whose category is not there (3): 1, 2, 3" in printed
