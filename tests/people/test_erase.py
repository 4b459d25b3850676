"""The data of users who close their accounts is erased."""

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from time import sleep

import pytest
from people.conftest import CANARY
from sqlalchemy import select, update

from ticketing.accounts.models import Role
from ticketing.canned_responses.models import CannedResponse
from ticketing.chat.models import Message
from ticketing.core.database import db, utcnow
from ticketing.jobs.models import Job, State
from ticketing.people import histories, payloads, service, writings
from ticketing.tickets.models import Side
from ticketing.views.models import View


@pytest.fixture
def files(app):
    """Return the files of the service that have a text, in any case."""

    def files(text):
        with app.app_context():
            url = db.engine.url
        directories = [Path(app.config["UPLOAD_DIR"])]
        if url.get_backend_name() == "sqlite":
            directories.append(Path(url.database).parent)
        found = [path for each in directories for path in each.rglob("*")]
        wanted = text.lower().encode()
        return [
            path
            for path in found
            if path.is_file()
            and wanted in path.read_bytes().lower() + path.name.lower().encode()
        ]

    return files


def test_an_erased_text_is_found_in_no_table_and_no_file(
    leaver, leave, work, write_everywhere, stored, files, sends_mail
):
    write_everywhere(leaver)
    work()
    assert len(stored(CANARY)) > 5
    assert files(CANARY)

    leave(leaver)
    work()

    assert stored(CANARY) == []
    assert files(CANARY) == []


def test_the_search_index_keeps_no_word_of_an_erased_text(
    app, api, leaver, make_ticket, leave, work, files
):
    ticket = make_ticket(leaver)
    url = f"/api/tickets/{ticket.id}/messages"
    for text in ("Quickrotic7", "Hello?"):
        api(leaver).post(url, json={"message": text})
    with app.app_context():
        is_in_a_file = db.engine.dialect.name == "sqlite"
    # Stored without what it shares with the word before it.
    assert bool(files("rotic7")) is is_in_a_file
    leave(leaver)

    work()

    assert files("rotic7") == []


def test_texts_changed_or_deleted_before_the_erasure_are_in_no_file(
    api, leaver, make_ticket, leave, files, work
):
    ticket, http = make_ticket(leaver), api(leaver)
    for number in range(20):
        added = http.post(
            f"/api/tickets/{ticket.id}/comments", json={"content": f"{CANARY} {number}"}
        )
        http.patch(f"/api/comments/{added.json['id']}", json={"content": "-"})
        http.delete(f"/api/comments/{added.json['id']}")
    leave(leaver)

    work()

    assert files(CANARY) == []


@pytest.fixture
def history(api, admin):
    """Return the entries of a stream of a ticket."""

    def history(ticket_id, stream="public"):
        url = f"/api/tickets/{ticket_id}/events?limit=100&stream={stream}"
        return api(admin).get(url).json["data"]

    return history


@pytest.fixture
def admin_who_leaves(make_leaver):
    """An admin who will close their account."""
    return make_leaver(Role.ADMIN)


def test_erased_texts_are_null_in_the_history_and_empty_elsewhere(
    api, admin, leaver, leave, work, write_everywhere, history
):
    ticket_id = write_everywhere(leaver)
    leave(leaver)

    work()

    payloads = [entry["payload"] for entry in history(ticket_id)]
    url = f"/api/tickets/{ticket_id}"
    texts = {
        (name, payload[name])
        for payload in payloads
        for name in ("subject", "content", "message", "client_id")
        if name in payload
    }
    assert texts == {
        *(("subject", None), ("subject", "Deleted")),
        *(("content", None), ("message", None), ("client_id", None)),
        ("message", "Unplug it."),
    }
    [comment] = api(admin).get(f"{url}/comments").json["data"]
    mine, reply = api(admin).get(f"{url}/messages").json["data"]
    assert (comment["content"], mine["message"], mine["client_id"]) == ("", "", None)
    assert reply["message"] == "Unplug it."
    assert mine["user"] == {**comment["user"], "name": "Deleted user"}


def test_the_texts_of_a_ticket_are_erased_by_an_event_without_an_actor(
    api, admin, leaver, leave, work, write_everywhere, history, live
):
    ticket_id = write_everywhere(leaver)
    leave(leaver)
    before = history(ticket_id)
    client = live(admin)
    client.emit("join", {"ticket_id": ticket_id}, callback=True)

    work()

    *earlier, last = history(ticket_id)
    ticket = api(admin).get(f"/api/tickets/{ticket_id}").json
    wanted = {"score": 4, "comment": None}
    named = [packet["name"] for packet in client.get_received()]
    assert len(earlier) == len(before)
    assert (last["name"], last["actor_id"]) == ("ticket.updated", None)
    assert (ticket["subject"], ticket["description"]) == ("Deleted", "")
    assert ticket["attachment"] is None
    assert ticket["rating"] | wanted == ticket["rating"]
    assert last["payload"]["subject"] == "Deleted"
    assert last["payload"]["changes"].keys() == {
        *("subject", "description", "attachment", "rating"),
    }
    assert named.count("ticket.updated") == 1
    assert not {"comment.edited", "comment.deleted", "message.sent"} & set(named)


def test_texts_of_an_admin_on_tickets_of_others_stay_without_the_name(
    api, admin, admin_who_leaves, leave, work, make_ticket, customer, history, stored
):
    ticket = make_ticket(customer)
    url, http = f"/api/tickets/{ticket.id}", api(admin_who_leaves)
    http.patch(url, json={"assigned_to": admin_who_leaves.id})
    http.post(f"{url}/comments", json={"content": "Arson?", "internal": True})
    key = f"{CANARY}-0002"
    http.post(f"{url}/messages", json={"message": "Unplug it.", "client_id": key})
    unsent = {"file": (io.BytesIO(b"It burns."), f"{CANARY}.txt")}
    assert http.post(f"{url}/files", data=unsent).status_code == 201
    api(admin).patch(url, json={"priority": "urgent"})  # while it is assigned
    read = f"/api/tickets/{make_ticket(customer).id}"
    http.post(f"{read}/messages", json={"message": "Unplug it."})
    only_assigned = f"/api/tickets/{make_ticket(customer).id}"
    to_leaver = {"assigned_to": admin_who_leaves.id, "status": "closed"}
    api(admin).patch(only_assigned, json=to_leaver)

    leave(admin_who_leaves)
    work()

    people = [
        entry["payload"][nested]
        for stream in ("public", "staff")
        for entry in history(ticket.id, stream)
        for nested in ("user", "assignee")
        if (entry["payload"].get(nested) or {}).get("id") == admin_who_leaves.id
    ]
    [message] = api(customer).get(f"{url}/messages").json["data"]
    [note] = api(admin).get(f"{url}/comments").json["data"]
    assert (message["message"], note["content"]) == ("Unplug it.", "Arson?")
    assert len(people) >= 4
    assert {person["name"] for person in people} == {"Deleted user"}
    assert stored(CANARY) == []


def test_erasing_again_changes_nothing(
    app, leaver, leave, erase, work, write_everywhere
):
    write_everywhere(leaver)
    leave(leaver)
    work()
    before = dump(app)

    erase(leaver)

    assert dump(app) == before


def dump(app):
    """Return every row of the database."""
    with app.app_context(), db.engine.connect() as connection:
        return [
            sorted(repr(tuple(row)) for row in connection.execute(table.select()))
            for table in db.metadata.sorted_tables
        ]


def test_reports_and_service_levels_agree_with_the_log_after_an_erasure(
    app, api, admin, leaver, leave, work, write_everywhere
):
    policy = {"name": "All", "first_response": 60, "resolution": 1440}
    api(admin).post("/api/sla-policies", json=policy)
    write_everywhere(leaver)
    report = api(admin).get("/api/reports/tickets?by=category").json["totals"]
    leave(leaver)

    work()

    run = app.test_cli_runner().invoke
    assert api(admin).get("/api/reports/tickets?by=category").json["totals"] == report
    assert run(args=["reports", "verify"]).exit_code == 0
    assert "none differed" in run(args=["sla", "recompute"]).output


def test_a_search_finds_only_the_texts_of_others_after_an_erasure(
    api, admin, leaver, leave, work, write_everywhere
):
    ticket_id = write_everywhere(leaver)
    leave(leaver)

    work()

    found = [
        [ticket["id"] for ticket in api(admin).get(f"/api/tickets?q={q}").json["data"]]
        for q in (CANARY, "unplug")
    ]
    assert found == [[], [ticket_id]]


def test_an_erasure_deletes_own_views_and_canned_responses_and_keeps_shared_ones(
    app, api, admin, admin_who_leaves, leave, work
):
    http = api(admin_who_leaves)
    for shared in (False, True):
        name = f"{'Shared' if shared else 'Own'}"
        view = {"name": name, "query": {}, "shared": shared}
        canned = {"title": name, "shortcut": name, "text": name, "shared": shared}
        http.post("/api/views", json=view)
        http.post("/api/canned-responses", json=canned)
    leave(admin_who_leaves)

    work()

    with app.app_context():
        names = [
            *db.session.scalars(select(View.name)),
            *db.session.scalars(select(CannedResponse.title)),
        ]
    assert names == ["Shared", "Shared"]


def test_texts_that_a_former_admin_wrote_for_support_stay(
    api, admin, admin_who_leaves, work, make_ticket, customer
):
    ticket = make_ticket(customer)
    url = f"/api/tickets/{ticket.id}/messages"
    api(admin_who_leaves).post(url, json={"message": "Unplug it."})
    demoted = f"/api/users/{admin_who_leaves.id}"
    api(admin).patch(demoted, json={"role": "customer"})

    api(admin).delete(demoted)
    work()

    [message] = api(customer).get(url).json["data"]
    assert (message["message"], message["user"]["name"]) == (
        *("Unplug it.", "Deleted user"),
    )


def test_an_erasure_of_more_than_one_batch_is_complete(
    api, leaver, leave, work, make_ticket, stored, monkeypatch
):
    monkeypatch.setattr(writings, "BATCH_SIZE", 3)
    monkeypatch.setattr(histories, "BATCH_SIZE", 2)
    monkeypatch.setattr(histories, "SCAN_BATCH_SIZE", 1)
    monkeypatch.setattr(service, "BATCH_SIZE", 2)
    tickets, http = [make_ticket(leaver) for _ in range(3)], api(leaver)
    for number in range(21):
        key = {"client_id": f"{CANARY}{number:04}"}
        url = f"/api/tickets/{tickets[number % 3].id}/messages"
        assert http.post(url, json={"message": CANARY} | key).status_code == 201
    leave(leaver)

    work()

    assert stored(CANARY) == []


def test_texts_written_while_the_account_is_closed_are_erased_by_a_later_job(
    app, api, leaver, leave, work, make_ticket, stored, erase, save
):
    ticket = make_ticket(leaver)
    leave(leaver)
    work()
    late = {"ticket_id": ticket.id, "user_id": leaver.id, "side": Side.CUSTOMER}
    save(Message(message=CANARY, **late))
    with app.app_context():
        due = db.session.scalars(select(Job).where(Job.state == State.DUE)).all()
        assert [job.data for job in due] == [{"user_id": leaver.id}] * 2
        db.session.execute(update(Job).values(due_at=utcnow()))
        db.session.commit()

    work()

    assert stored(CANARY) == []


@pytest.mark.slow
def test_messages_sent_while_the_account_is_closed_are_all_erased(
    app, api, leaver, leave, work, make_ticket, stored, erase
):
    ticket, statuses = make_ticket(leaver), []
    url, stop = f"/api/tickets/{ticket.id}/messages", Event()

    def send(number):
        http = api(leaver)
        while not stop.is_set():
            statuses.append(http.post(url, json={"message": CANARY}).status_code)
            if statuses[-1] != 201:
                return

    with ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(send, number) for number in range(4)]
        while len(statuses) < 20:
            sleep(0.01)
        leave(leaver)
        work()
        stop.set()
        for each in sending:
            each.result()
    erase(leaver)

    assert set(statuses) == {201, 401}
    assert stored(CANARY) == []


def test_the_command_erases_data_that_a_backup_restored(
    app, leaver, write_everywhere, stored, anyone
):
    write_everywhere(leaver)  # nobody has closed the account, in the backup

    run = app.test_cli_runner().invoke(args=["users", "erase", str(leaver.id)])

    assert run.exit_code == 0, run.output
    assert "Erased 1 users." in run.output
    assert stored(CANARY) == []


def test_the_command_lists_the_users_that_it_could_not_erase(
    app, admin, leaver, stored
):
    ids = [str(user_id) for user_id in (admin.id, 10**9, leaver.id)]

    run = app.test_cli_runner().invoke(args=["users", "erase", *ids])

    assert run.exit_code == 1
    assert f"User {admin.id}: The last active admin" in run.output
    assert f"User {10**9}: There is no such user." in run.output
    assert stored(CANARY) == []


def test_the_jobs_and_the_audit_log_of_an_erasure_have_ids_only(
    app, leaver, leave, work, write_everywhere, logged
):
    write_everywhere(leaver)
    leave(leaver)
    work()

    assert CANARY.lower() not in str(logged()).lower()


@pytest.mark.parametrize("is_own", [True, False])
@pytest.mark.parametrize("name", ["ticket.updated", "message.sent", "rule.applied"])
def test_a_payload_that_was_erased_stays_the_same(name, is_own):
    profile = {"id": 7, "name": CANARY, "role": "customer"}
    rating = {"score": 1, "comment": CANARY, "created_at": "-"}
    words = {"condition": "words", "value": [CANARY]}
    payload = {
        "ticket.updated": {
            **{"id": 1, "subject": CANARY, "description": CANARY, "user": profile},
            **{"attachment": {"name": CANARY}, "rating": rating, "assignee": None},
            "changes": {"subject": ["Deleted", CANARY], "rating": [None, rating]},
        },
        "message.sent": {
            **{"user_id": 7, "user": profile, "message": CANARY, "files": [1]},
        },
        "rule.applied": {"did": {"by": [profile]}, "why": [words]},
    }[name]

    erased = payloads.erase(name, payload, 7, is_own)

    assert payloads.erase(name, erased, 7, is_own) == erased
    assert erased.keys() == payload.keys()
    assert (CANARY in str(erased)) is not is_own
    assert "Deleted user" in str(erased)
