"""Rounds of rules by two workers on many tickets that are opened concurrently."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest

from ticketing.accounts.models import Role
from ticketing.core.database import db
from ticketing.history.models import Entry, Stream
from ticketing.jobs.models import Job, State
from ticketing.jobs.worker import Worker
from ticketing.tickets.models import Ticket

pytestmark = pytest.mark.slow

CLIENTS, EACH, ADMINS, WORKERS = 20, 10, 5, 2
TIMEOUT_S = 120


@pytest.fixture
def workers(app):
    """Two workers in threads, as in two processes."""
    found = [
        Worker(app, start=lambda run, *args: Thread(target=run, args=args).start())
        for _ in range(WORKERS)
    ]
    threads = [Thread(target=worker.run) for worker in found]
    for thread in threads:
        thread.start()
    yield found
    for worker in found:
        worker.stop()
    for thread in threads:
        thread.join()


@pytest.fixture
def wait_until_done(app):
    """Wait until every round is done."""

    def wait_until_done():
        deadline = time.monotonic() + TIMEOUT_S
        waiting = db.select(Job.id).where(Job.pool == "rules", Job.state != State.DONE)
        with app.app_context():
            while db.session.scalar(waiting.limit(1)):
                db.session.rollback()
                assert time.monotonic() < deadline
                time.sleep(0.1)

    return wait_until_done


def test_tickets_opened_concurrently_are_each_assigned_once_and_evenly(
    app, api, add_rule, make_user, admin, category, workers, wait_until_done
):
    add_rule(actions={"assign": {"among": "all"}})
    for number in range(ADMINS - 1):
        make_user(f"Admin{number}", Role.ADMIN)
    clients = [api(make_user(f"Customer{number}")) for number in range(CLIENTS)]
    body = {"subject": "-", "description": "-", "priority": "low"}
    body["category_id"] = category.id

    def open_some(client):
        for _ in range(EACH):
            assert client.post("/api/tickets", json=body).status_code == 201

    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(open_some, clients))
    wait_until_done()

    with app.app_context():
        tickets = db.session.scalars(db.select(Ticket)).all()
        loads = Counter(ticket.assigned_to for ticket in tickets)
        public = db.select(Entry).where(Entry.stream == Stream.PUBLIC)
        changes = Counter(
            (entry.ticket_id, entry.actor_id)
            for entry in db.session.scalars(public)
            if entry.name == "ticket.updated"
        )
        jobs = db.session.scalars(db.select(Job).where(Job.pool == "rules")).all()
    assert len(tickets) == CLIENTS * EACH
    assert None not in loads and len(loads) == ADMINS
    assert max(loads.values()) - min(loads.values()) <= 1
    assert changes == Counter((ticket.id, None) for ticket in tickets)
    assert {job.attempts for job in jobs} == {1}
    assert all(job.last_error is None for job in jobs)


def test_no_round_fails_while_admins_change_and_assign_the_same_tickets(
    app, api, add_rule, make_user, admin, category, workers, wait_until_done
):
    add_rule(actions={"assign": {"among": "all"}})
    colleagues = [make_user(f"Admin{number}", Role.ADMIN) for number in range(3)]
    body = {"subject": "-", "description": "-", "priority": "low"}
    body["category_id"] = category.id

    def work_on_some(user):
        client = api(user)
        for number in range(EACH):
            url = client.post("/api/tickets", json=body).headers["Location"]
            change = {"assigned_to": user.id} if number % 2 else {"status": "resolved"}
            assert client.patch(url, json=change).status_code == 200
            message = {"message": "Hm."}
            assert client.post(f"{url}/messages", json=message).status_code == 201

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work_on_some, [admin, *colleagues]))
    wait_until_done()

    with app.app_context():
        jobs = db.session.scalars(db.select(Job).where(Job.pool == "rules")).all()
        unassigned = db.select(Ticket).where(Ticket.assigned_to.is_(None))
        assert not db.session.scalars(unassigned).all()
    assert {job.last_error for job in jobs} == {None}
