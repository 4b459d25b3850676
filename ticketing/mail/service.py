"""Use cases of mails: plan them, and say which ones one wants."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from ticketing.accounts.models import Actor, User
from ticketing.core.database import db, utcnow
from ticketing.core.errors import NotFoundError
from ticketing.core.settings import sends_mail, setting
from ticketing.core.text import t
from ticketing.core.transaction import transaction
from ticketing.history.events import StreamGrew
from ticketing.history.service import REPLY_EVENTS
from ticketing.jobs.service import NewJob, enqueue
from ticketing.mail import queries, tokens
from ticketing.mail.models import Kind, Preference, ReplyPosition
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import Side, Status, Ticket

ALARMS = {"sla.warning", "sla.missed"}
ENDED = {Status.RESOLVED, Status.CLOSED}
LONGEST_DELAY = 5  # times MAIL_DELAY


def plan(grew: StreamGrew) -> None:
    """Enqueue the jobs that mail people of an entry of a ticket's public stream.

    It costs one statement, or none; whom to mail is decided when it is done.
    """
    name, changes = grew.entry["name"], grew.entry["payload"].get("changes", {})
    jobs: Iterable[NewJob] = ()
    if name in REPLY_EVENTS:
        jobs = [_reply_job(grew)]
    elif name == "ticket.created":
        jobs = [
            mail_job(Kind.TICKET_RECEIVED, grew.owner_id, grew.ticket_id, grew.seq),
            _job_for_admins(
                Kind.TICKET_OPENED, ticket_id=grew.ticket_id, seq=grew.seq
            ),
        ]
    elif name == "ticket.updated":
        jobs = _jobs_for_changes(grew, changes)
    enqueue(*jobs)


def plan_alerts(grew: StreamGrew) -> None:
    """Enqueue the mails to those whom an entry of a ticket's staff stream alerts.

    They are those whom a rule notifies, or support if a target is, or soon was, missed.
    """
    name, about = grew.entry["name"], _about_staff_entry(grew.ticket_id, grew.seq)
    if name == "rule.applied":
        notified = grew.entry["payload"]["did"].get("notified", ())
        enqueue(*(_mail_job(Kind.ALERT, user_id=id_, **about) for id_ in notified))
    elif name in ALARMS:
        enqueue(NewJob("mail_support", about))


def plan_account_mail(kind: Kind, **about: int) -> None:
    """Enqueue the job that mails a user of their account.

    :param about: ``link_id`` or ``notice_id``.
    """
    if sends_mail():
        enqueue(_mail_job(kind, **about))


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
    enqueue(_job_for_admins(kind, **about))


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
    readers = [ticket.user_id] if by is Side.SUPPORT else queries.support_of(ticket)
    enqueue(
        *(
            mail_job(Kind.REPLY, reader_id, ticket_id, last, after=first - 1)
            for reader_id in readers
            if ticket.side_of(reader_id) is by.other
        )
    )


def get_preferences(actor: Actor) -> dict[str, dict[Kind, bool]]:
    """Return which mails a user wants, as ``NotificationsSchema`` describes it."""
    return {"email": queries.preferences(actor.id)}


@transaction()
def set_preferences(
    actor: Actor, email: Mapping[str, bool]
) -> dict[str, dict[Kind, bool]]:
    """Change which mails a user wants; return all.

    :param email: whether they want a kind; others stay as they are.
    """
    for name, wanted in email.items():
        _set_preference(actor.id, Kind(name), wanted)
    db.session.flush()
    return get_preferences(actor)


def find_subscription(token: str) -> tuple[User, Kind]:
    """Return the user and the kind of mail that a token can switch off.

    :raises NotFoundError: the token is not one of ours.
    """
    found = tokens.read(token)
    user = db.session.get(User, found[0]) if found else None
    if not found or not user:
        raise NotFoundError(t("This link is not complete, or not one of ours."))
    return user, found[1]


@transaction()
def unsubscribe(token: str) -> tuple[User, Kind]:
    """Switch off a kind of mail for a user, both by a token; return them.

    :raises NotFoundError: the token is not one of ours.
    """
    user, kind = find_subscription(token)
    _set_preference(user.id, kind, wanted=False)
    return user, kind


def _set_preference(user_id: int, kind: Kind, wanted: bool) -> None:
    key: dict[str, Any] = {"user_id": user_id, "kind": kind}
    preference = db.session.get(Preference, (user_id, kind)) or Preference(**key)
    preference.wanted = wanted
    db.session.add(preference)


def _jobs_for_changes(
    grew: StreamGrew, changes: Mapping[str, list[Any]]
) -> Iterable[NewJob]:
    by = grew.entry["actor_id"]
    about = (grew.ticket_id, grew.seq)
    _, assignee = changes.get("assigned_to", (None, None))
    if assignee not in (None, by):
        yield mail_job(Kind.ASSIGNED, assignee, *about)
    if ENDED & {*changes.get("status", ())} and by != grew.owner_id:
        yield mail_job(Kind.STATUS, grew.owner_id, *about)


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
