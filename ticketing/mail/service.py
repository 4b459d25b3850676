"""Plan mails, and enqueue the jobs that send them."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ticketing.core.database import db, utcnow
from ticketing.core.settings import sends_mail, setting
from ticketing.core.transaction import transaction
from ticketing.history.events import StreamGrew
from ticketing.history.models import REPLY_EVENTS, Stream
from ticketing.jobs.service import NewJob, enqueue
from ticketing.mail import queries
from ticketing.mail.models import Kind, ReplyPosition
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import DONE, Side, Ticket

ALARMS = {"sla.warning", "sla.missed"}
LONGEST_DELAY = 5  # times MAIL_DELAY


def plan(grew: StreamGrew) -> None:
    """Enqueue the jobs that mail people of an entry of a ticket's log.

    It costs one statement, or none; whom to mail is decided when it is done.
    """
    is_public = grew.stream is Stream.PUBLIC
    _enqueue_if_mailing(_jobs_for(grew) if is_public else _alerts_for(grew))


def plan_account_mail(kind: Kind, **about: int) -> None:
    """Enqueue the job that mails a user of their account.

    :param about: ``link_id`` or ``notice_id``.
    """
    _enqueue_if_mailing([_mail_job(kind, **about)])


def mail_job(
    kind: Kind, user_id: int, ticket_id: int, seq: int, **more: int
) -> NewJob:
    """Return the job that mails one user of something on a ticket.

    :param seq: of the entry of the public stream that it is about.
    """
    about = {"ticket_id": ticket_id, "seq": seq, **more}
    return _mail_job(kind, user_id=user_id, **about)


def plan_for_admins(kind: Kind, **about: int) -> None:
    """Enqueue the job that mails every active admin who wants that kind of mail.

    :param about: ids, for ``delivery``.
    """
    _enqueue_if_mailing([_job_for_admins(kind, **about)])


@transaction()
def mail_admins(kind: Kind, **about: int) -> None:
    """Enqueue a mail to every active admin who wants that kind of mail.

    :param about: ids, for ``delivery``.
    """
    enqueue(
        *(
            _mail_job(kind, user_id=admin_id, **about)
            for admin_id in queries.admins_who_want(kind)
        )
    )


@transaction()
def mail_support(ticket_id: int, staff_seq: int) -> None:
    """Enqueue the alerts to support of an entry of a ticket's staff stream."""
    ticket = db.session.get(Ticket, ticket_id)
    if ticket:
        about = _about_staff_entry(ticket_id, staff_seq)
        support = queries.support_of(ticket)
        enqueue(*(_mail_job(Kind.ALERT, user_id=id_, **about) for id_ in support))


@transaction()
def mail_replies(ticket_id: int, by: Side, seq: int) -> None:
    """Enqueue the mails that tell what a side has written, unless it goes on to write.

    A later reply has a job of its own, which waits longer. The first one waits on with
    it, though not longer than ``LONGEST_DELAY``.

    :param seq: of the reply that this job waits with.
    """
    # The lock puts the jobs of a ticket into an order.
    tickets = lock_tickets(Ticket.id == ticket_id)
    if not tickets:
        return
    mailed = db.session.get(ReplyPosition, (ticket_id, by), populate_existing=True)
    position = mailed or ReplyPosition(ticket_id=ticket_id, side=by, seq=0)
    if seq <= position.seq:
        return
    first, last = queries.waiting_replies(_pool(ticket_id, by), position.seq)
    if last > seq:
        began = queries.entry(ticket_id, first).created_at
        latest = began + LONGEST_DELAY * _delay()
        if utcnow() < latest:
            if seq == first:
                again = {"ticket_id": ticket_id, "by": by, "seq": seq}
                enqueue(NewJob(_pool(ticket_id, by), again, due_at=latest))
            return
    position.seq = last
    db.session.add(position)
    [ticket] = tickets
    enqueue(*_reply_mails(ticket, by, first - 1, last))


@transaction()
def mail_new_readers(data: Mapping[str, Any]) -> None:
    """Enqueue what a mail of replies tells for those who read them only since then.

    :param data: of the job of such a mail.
    """
    for ticket in lock_tickets(Ticket.id == data["ticket_id"]):
        by = ticket.side_of(data["user_id"]).other
        enqueue(*_reply_mails(ticket, by, data["after"], data["seq"]))


def _reply_mails(ticket: Ticket, by: Side, after: int, seq: int) -> list[NewJob]:
    """Return the jobs that mail a part of what a side has written to who reads it now.

    Each has a lane of its own, which tells for whom there is one already.
    """
    readers = [ticket.user_id] if by is Side.SUPPORT else queries.support_of(ticket)
    lanes = {
        f"reply.{ticket.id}.{seq}.{reader_id}": reader_id
        for reader_id in readers
        if ticket.side_of(reader_id) is by.other
    }
    used = queries.used_lanes(lanes)
    return [
        replace(mail_job(Kind.REPLY, reader_id, ticket.id, seq, after=after), lane=lane)
        for lane, reader_id in lanes.items()
        if lane not in used
    ]


def _enqueue_if_mailing(jobs: Iterable[NewJob]) -> None:
    """Enqueue jobs, unless the service sends no mails at all: then none is made."""
    if sends_mail():
        enqueue(*jobs)


def _jobs_for(grew: StreamGrew) -> Iterator[NewJob]:
    name, about = grew.entry["name"], (grew.ticket_id, grew.seq)
    if name in REPLY_EVENTS:
        yield _reply_job(grew)
    elif name == "ticket.created":
        yield mail_job(Kind.TICKET_RECEIVED, grew.owner_id, *about)
        ticket = {"ticket_id": grew.ticket_id, "seq": grew.seq}
        yield _job_for_admins(Kind.TICKET_OPENED, **ticket)
    elif name == "ticket.updated":
        yield from _jobs_for_changes(grew)


def _jobs_for_changes(grew: StreamGrew) -> Iterator[NewJob]:
    by, changes = grew.entry["actor_id"], grew.entry["payload"]["changes"]
    about = (grew.ticket_id, grew.seq)
    _, assignee = changes.get("assigned_to", (None, None))
    if assignee not in (None, by):
        yield mail_job(Kind.ASSIGNED, assignee, *about)
    if {*DONE} & {*changes.get("status", ())} and by != grew.owner_id:
        yield mail_job(Kind.STATUS, grew.owner_id, *about)


def _alerts_for(grew: StreamGrew) -> Iterator[NewJob]:
    """Return the jobs that mail those whom an entry of the staff stream alerts.

    They are those whom a rule notifies, or support if a target is, or soon was, missed.
    """
    name, about = grew.entry["name"], _about_staff_entry(grew.ticket_id, grew.seq)
    if name == "rule.applied":
        for user_id in grew.entry["payload"]["did"].get("notified", ()):
            yield _mail_job(Kind.ALERT, user_id=user_id, **about)
    elif name in ALARMS:
        yield NewJob("mail_support", about)


def _about_staff_entry(ticket_id: int, seq: int) -> dict[str, int]:
    return {"ticket_id": ticket_id, "staff_seq": seq}


def _job_for_admins(kind: Kind, **about: int) -> NewJob:
    return NewJob("mail_admins", {"kind": kind, **about})


def _reply_job(grew: StreamGrew) -> NewJob:
    is_customer = grew.entry["actor_id"] == grew.owner_id
    by = Side.CUSTOMER if is_customer else Side.SUPPORT
    data = {"ticket_id": grew.ticket_id, "by": by, "seq": grew.seq}
    return NewJob(_pool(grew.ticket_id, by), data, due_at=utcnow() + _delay())


def _pool(ticket_id: int, by: Side) -> str:
    """Return the pool of the jobs that wait with what a side writes on a ticket.

    It is one of their own, so that they are found there.
    """
    return f"reply.{ticket_id}.{by}"


def _delay() -> timedelta:
    return timedelta(seconds=setting("MAIL_DELAY"))


def _mail_job(kind: Kind, **about: int) -> NewJob:
    return NewJob("mail", {"kind": kind, **about})
