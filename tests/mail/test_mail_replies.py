"""Replies wait until a ticket is quiet, and are mailed together"""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from shutil import rmtree

import pytest
from sqlalchemy import select

from ticketing.accounts.models import Role
from ticketing.core.database import db
from ticketing.jobs.models import Job, State
from ticketing.jobs.worker import Worker
from ticketing.mail import queries

pytestmark = pytest.mark.usefixtures("settings_of_mail")


@pytest.fixture
def ticket(open_ticket, mails):
    """The path of the customer's ticket, of which the first mails have been sent."""
    path = open_ticket()
    mails()
    return path


def test_a_reply_waits_for_the_delay(clock, delay, say, sent, ticket, admin, customer):
    say(admin, ticket, "Unplug it.")
    clock.shift(119)
    early = sent()
    clock.shift(2)

    assert early == []
    assert sent() == [f"reply to {customer.email}"]


def test_what_was_written_without_a_pause_is_in_one_mail_in_order(
    clock, delay, say, mails, ticket, admin, colleague
):
    for number, (author, kind) in enumerate(
        [(admin, "messages"), (colleague, "comments"), (admin, "messages")]
    ):
        say(author, ticket, f"Reply {number}.", kind)
        clock.shift(100)
    early = mails()
    clock.shift(21)

    [mail] = mails()
    assert early == []
    mailed = [line.strip() for line in mail.text.splitlines() if "Reply" in line]
    assert mailed == ["Reply 0.", "Reply 1.", "Reply 2."]
    assert "There are 3 new replies" in mail.text
    clock.shift(10_000)
    assert mails() == []


def test_replies_without_a_pause_are_mailed_after_five_delays(
    clock, delay, say, mails, ticket, admin
):
    mailed = []
    for number in range(14):
        say(admin, ticket, f"Reply {number}.")
        for seconds in (61, 40):
            clock.shift(seconds)
            mailed += [(number, mail) for mail in mails()]
    clock.shift(121)
    mailed += [(99, mail) for mail in mails()]

    # The first one was written at 0 s: the mail goes at 600 s, and so on. The last mail
    # goes as soon as it is quiet.
    assert [number for number, _ in mailed] == [5, 11, 99]
    counts = [mail.text.count("Reply ") for _, mail in mailed]
    assert counts == [6, 6, 2]
    assert len({mail.id for _, mail in mailed}) == 3


def test_the_sides_wait_for_themselves(
    clock, delay, say, sent, ticket, admin, customer
):
    say(admin, ticket, "Unplug it.")
    clock.shift(100)
    say(customer, ticket, "It is out.")
    clock.shift(21)
    first = sent()
    clock.shift(100)

    assert first == [f"reply to {customer.email}"]
    assert sent() == [f"reply to {admin.email}"]


def test_messages_that_were_read_are_not_mailed_but_comments_are(
    api, clock, delay, say, mails, ticket, admin, customer
):
    say(admin, ticket, "A message.")
    say(admin, ticket, "A comment.", "comments")
    api(customer).get(f"{ticket}/messages")
    say(admin, ticket, "A later message.")
    clock.shift(121)

    [mail] = mails()
    assert "A comment." in mail.text
    assert "A later message." in mail.text
    assert "A message." not in mail.text


def test_nothing_is_mailed_if_all_was_read_or_deleted(
    api, clock, delay, say, sent, ticket, admin, customer
):
    say(admin, ticket, "A message.")
    comment = say(admin, ticket, "A comment.", "comments")
    api(admin).delete(f"/api/comments/{comment['id']}")
    api(customer).get(f"{ticket}/messages")
    clock.shift(121)

    assert sent() == []


def test_a_text_is_mailed_as_it_is_at_sending(
    api, clock, delay, say, mails, ticket, admin
):
    comment = say(admin, ticket, "Plug it.", "comments")
    edit = {"content": "Unplug it."}
    api(admin).patch(f"/api/comments/{comment['id']}", json=edit)
    clock.shift(121)

    [mail] = mails()
    assert "Unplug it." in mail.text
    assert "Plug it." not in mail.text


def test_whom_support_is_is_decided_at_sending(
    api, clock, delay, say, sent, ticket, admin, colleague, customer
):
    say(customer, ticket, "It is out.")
    api(admin).patch(ticket, json={"assigned_to": colleague.id})
    clock.shift(121)

    assert f"reply to {admin.email}" not in sent()


def test_what_was_written_while_mails_were_off_is_not_mailed_later(
    app, monkeypatch, say, mails, ticket, admin
):
    with monkeypatch.context() as off:
        off.setitem(app.config, "MAIL_URL", "none")
        say(admin, ticket, "While off.", "comments")
    say(admin, ticket, "While on.", "comments")

    [mail] = mails()
    assert "While on." in mail.text
    assert "While off." not in mail.text


def test_a_mail_that_failed_says_the_same_later_and_the_next_one_goes_on(
    app, clock, delay, say, work, mails, mails_fail, ticket, admin
):
    say(admin, ticket, "First.")
    clock.shift(121)
    with mails_fail():
        work()
    say(admin, ticket, "Second.")
    clock.shift(121)

    first, second = mails()
    assert ("First." in first.text, "Second." in first.text) == (True, False)
    assert ("First." in second.text, "Second." in second.text) == (False, True)
    with app.app_context():
        assert {job.state for job in db.session.scalars(select(Job))} == {State.DONE}


def test_a_mail_that_failed_goes_to_who_is_support_when_it_is_retried(
    api, clock, delay, say, sent, work, mails_fail, ticket, admin, colleague, customer
):
    api(admin).patch(ticket, json={"assigned_to": colleague.id})
    assert sent() == [f"assigned to {colleague.email}"]
    say(customer, ticket, "It is out.")
    clock.shift(121)
    with mails_fail():
        work()

    api(admin).patch(ticket, json={"assigned_to": admin.id})
    clock.shift(12)

    assert sent() == [f"reply to {admin.email}"]


@pytest.fixture
def hand_over(api, admin, ticket):
    """Assign the ticket to another admin."""

    def hand_over(to):
        body = {"assigned_to": to and to.id}
        assert api(admin).patch(ticket, json=body).status_code == 200

    return hand_over


@pytest.fixture
def planned(app, worker, hand_over, say, sent, ticket, colleague, customer):
    """Plan the mail of a reply to the colleague, to whom the ticket is assigned."""
    hand_over(colleague)
    sent()
    say(customer, ticket, "It is out.")
    with app.app_context():
        assert worker.begin_due() == 1


def test_a_mail_that_waits_for_a_worker_goes_to_who_is_support_when_it_is_sent(
    planned, hand_over, sent, admin
):
    hand_over(admin)

    assert sent() == [f"reply to {admin.email}"]


def test_a_mail_goes_to_all_of_support_if_nobody_is_assigned_when_it_is_sent(
    planned, hand_over, sent, admin, colleague
):
    hand_over(None)

    assert sent() == [f"reply to {admin.email}", f"reply to {colleague.email}"]


def test_who_is_assigned_again_before_it_is_sent_is_mailed(
    app, worker, planned, hand_over, sent, admin, colleague
):
    with app.app_context():
        hand_over(admin)
        assert worker.begin_due() == 1  # it is planned for the admin instead

    hand_over(colleague)

    assert sent() == [f"assigned to {colleague.email}", f"reply to {colleague.email}"]


def test_who_is_support_since_some_mails_failed_is_mailed_once(
    api, clock, delay, say, sent, work, settings_of_mail, ticket, admin, colleague,
    customer, make_user,
):
    names = [
        f"ticket-{ticket.rpartition('/')[2]}.reply.2.{reader.id}.eml"
        for reader in (admin, colleague)
    ]
    for name in names:  # in place of the mails, so that these cannot be written
        (settings_of_mail / name).mkdir()
    say(customer, ticket, "It is out.")
    clock.shift(121)
    work()
    rmtree(settings_of_mail)

    newcomer = make_user("Nora", Role.ADMIN)
    api(admin).patch(ticket, json={"assigned_to": newcomer.id})
    clock.shift(12)
    later = sent()
    clock.shift(100_000)

    assert later == sorted(
        [f"assigned to {newcomer.email}", f"reply to {newcomer.email}"]
    )
    assert sent() == []


def test_a_job_done_twice_makes_the_same_mail(app, say, mails, ticket, admin):
    say(admin, ticket, "Unplug it.")
    [first] = mails()
    with app.app_context():
        for job in db.session.scalars(select(Job)):
            job.state, job.due_at = State.DUE, job.created_at
        db.session.commit()

    again = {mail.id: mail.text for mail in mails()}

    assert again[first.id] == first.text


def test_jobs_of_a_ticket_that_are_done_at_once_mail_everything_once(
    app, monkeypatch, api, make_user, clock, delay, mails, ticket, customer
):
    writers = [make_user(f"A{number}", Role.ADMIN) for number in range(20)]
    clients = [api(writer) for writer in writers]

    def write(client):
        for number in range(3):
            body = {"message": f"Reply {client.environ_base['REMOTE_ADDR']}"}
            assert client.post(f"{ticket}/messages", json=body).status_code == 201

    with ThreadPoolExecutor(20) as threads:
        [*threads.map(write, clients)]
    clock.shift(2000)

    with ThreadPoolExecutor(20) as threads:
        together = Worker(app, start=threads.submit)
        with app.app_context():
            while together.begin_due():
                pass

    mailed = mails()
    assert {repr(mail) for mail in mailed} == {f"reply to {customer.email}"}
    assert sum(mail.text.count("Reply ") for mail in mailed) == 60
    with app.app_context():
        assert {job.state for job in db.session.scalars(select(Job))} == {State.DONE}


def test_mails_that_are_sent_at_once_are_sent_once_to_who_is_support_by_then(
    app, monkeypatch, make_user, worker, hand_over, say, mails, ticket, customer
):
    used_lanes = queries.used_lanes

    def used_lanes_a_while_ago(lanes):
        used = used_lanes(lanes)
        time.sleep(0.05)
        return used

    monkeypatch.setattr(queries, "used_lanes", used_lanes_a_while_ago)
    for number in range(8):
        make_user(f"A{number}", Role.ADMIN)
    say(customer, ticket, "It is out.")
    with app.app_context():
        assert worker.begin_due() == 1  # a mail to each of them is planned
    newcomer = make_user("Nora", Role.ADMIN)
    hand_over(newcomer)

    with ThreadPoolExecutor(20) as threads:
        together = Worker(app, start=threads.submit)
        with app.app_context():
            while together.begin_due() or together._running:
                pass

    replies = [mail.to for mail in mails() if mail.kind == "reply"]
    assert replies == [newcomer.email]
    with app.app_context():
        sent = db.session.scalars(select(Job).where(Job.lane.is_not(None))).all()
    assert [job.data["user_id"] for job in sent] == [newcomer.id]


@pytest.mark.slow
def test_writers_and_workers_at_once_lose_and_double_nothing(
    app, api, make_user, mails, ticket, customer
):
    writers = [make_user(f"A{number}", Role.ADMIN) for number in range(20)]
    numbered = [(number, api(writer)) for number, writer in enumerate(writers)]

    def write(numbered):
        number, client = numbered
        for turn in range(3):
            body = {"message": f"Reply {number}-{turn}."}
            assert client.post(f"{ticket}/messages", json=body).status_code == 201

    with ThreadPoolExecutor(20) as threads, ThreadPoolExecutor(4) as others:
        together = Worker(app, start=others.submit)
        writing = [threads.submit(write, each) for each in numbered]
        while not all(future.done() for future in writing):
            with app.app_context():
                together.begin_due()
        [future.result() for future in writing]

    mailed = re.findall(r"Reply \d+-\d", " ".join(mail.text for mail in mails()))
    expected = [f"Reply {number}-{turn}" for number in range(20) for turn in range(3)]
    assert sorted(mailed) == sorted(expected)
    with app.app_context():
        assert {job.state for job in db.session.scalars(select(Job))} == {State.DONE}


@pytest.mark.parametrize("kind", ["messages", "comments"])
def test_nothing_is_mailed_of_texts_that_were_erased(
    api, clock, delay, say, mails, ticket, admin, customer, kind
):
    say(customer, ticket, "It is out.", kind)
    api(admin).delete(f"/api/users/{customer.id}")
    clock.shift(60)
    mails()  # the texts are erased now

    clock.shift(61)

    assert [mail for mail in mails() if mail.kind == "reply"] == []
