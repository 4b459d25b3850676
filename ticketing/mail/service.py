"""Plan mails, and enqueue the jobs that send them."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from ticketing.core.database import db, utcnow
from ticketing.core.settings import sends_mail, setting
from ticketing.core.transaction import transaction
from ticketing.history.events import StreamGrew
from ticketing.history.models import REPLY_EVENTS, Stream
from ticketing.jobs.models import Job
from ticketing.jobs.service import NewJob, discard, enqueue
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
    _enqueue_if_mailing([NewJob("account_mail", {"kind": kind, **about})])


def mail_job(kind: Kind, user_id: int, ticket_id: int, seq: int) -> NewJob:
    """Return the job that mails one user of something on a ticket.

    :param seq: of the entry of the public stream that it is about.
    """
    return _mail_job(kind, user_id=user_id, ticket_id=ticket_id, seq=seq)


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
    for ticket in lock_tickets(Ticket.id == ticket_id):
        about = {"kind": Kind.ALERT, **_about_staff_entry(ticket_id, staff_seq)}
        _mail_readers(queries.support_of(ticket), about)


@transaction()
def mail_replies(ticket_id: int, by: Side, seq: int) -> None:
    """Enqueue the mails of what a side has written, unless it goes on to write.

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
    place = {"ticket_id": ticket_id, "seq": last, "after": first - 1}
    readers = _readers_of_replies(tickets[0], by.other)
    _mail_readers(readers, {"kind": Kind.REPLY, **place})


@transaction()
def mail_new_readers(job: Job) -> bool:
    """Enqueue a mail for those who have become its readers since a job was planned.

    If its recipient is none any more, the job is deleted, so that it is enqueued again
    if they come back.

    :param job: of replies, or of an alert to support.
    :return: whether the recipient of the job is still a reader.
    """
    for ticket in lock_tickets(Ticket.id == job.data["ticket_id"]):
        about = {**job.data}
        recipient_id = about.pop("user_id")
        readers = queries.support_of(ticket)
        if about["kind"] == Kind.REPLY:
            readers = _readers_of_replies(ticket, ticket.side_of(recipient_id))
        _mail_readers(readers, about)
        if recipient_id in readers:
            return True
        discard(Job.id == job.id)
    return False


def _readers_of_replies(ticket: Ticket, side: Side) -> list[int]:
    """Return who is mailed on a side of a ticket of what the other one has written."""
    if side is Side.CUSTOMER:
        return [ticket.user_id]
    return [id_ for id_ in queries.support_of(ticket) if id_ != ticket.user_id]


def _mail_readers(readers: Iterable[int], about: Mapping[str, Any]) -> None:
    """Enqueue a mail to each of some readers who has none yet.

    Each has a lane of its own, which says for whom there is one; the lock of the ticket
    keeps others from enqueuing it meanwhile.

    :param about: its data, but for the reader.
    """
    number = about.get("staff_seq") or about["seq"]
    prefix = f"{about['kind']}.{about['ticket_id']}.{number}"
    lanes = {f"{prefix}.{reader_id}": reader_id for reader_id in readers}
    used = queries.used_lanes(lanes)
    enqueue(
        *(
            NewJob("mail", {**about, "user_id": reader_id}, lane)
            for lane, reader_id in lanes.items()
            if lane not in used
        )
    )


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
