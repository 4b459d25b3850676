"""Queries for the recipients of a mail, and for its contents."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select

from ticketing import policy
from ticketing.accounts.models import User
from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.history.models import Entry, Stream
from ticketing.jobs.models import Job
from ticketing.mail.models import OFF_BY_DEFAULT, OPTIONAL, Kind, Preference
from ticketing.tickets.models import Side, Ticket

# The events of replies: the model, its text, and whether a mail contains it.
REPLIES: dict[str, tuple[Any, Any, ColumnElement[bool]]] = {
    "message.sent": (Message, Message.message, ~Message.is_read),
    "comment.added": (Comment, Comment.content, ~Comment.internal),
}


def preferences(user_id: int) -> dict[Kind, bool]:
    """Return of each kind that can be switched off whether a user wants it."""
    chosen = select(Preference.kind, Preference.wanted).where(
        Preference.user_id == user_id
    )
    defaults = {kind: kind not in OFF_BY_DEFAULT for kind in OPTIONAL}
    return defaults | {kind: wanted for kind, wanted in db.session.execute(chosen)}


def support_of(ticket: Ticket) -> list[int]:
    """Return who of support is mailed: a ticket's assignee, or else every admin."""
    admins = active_admins()
    return [ticket.assigned_to] if ticket.assigned_to in admins else admins


def active_admins() -> list[int]:
    """Return the ids of all active admins."""
    found = select(User.id).where(policy.is_active_admin()).order_by(User.id)
    return [*db.session.scalars(found)]


def admins_who_want(kind: Kind) -> list[int]:
    """Return the ids of the active admins who want a kind of mail."""
    is_it = and_(Preference.user_id == User.id, Preference.kind == kind)
    wanted = func.coalesce(Preference.wanted, literal(kind not in OFF_BY_DEFAULT))
    found = select(User.id).outerjoin(Preference, is_it).where(
        policy.is_active_admin(), wanted
    )
    return [*db.session.scalars(found.order_by(User.id))]


def waiting_replies(pool: str, after: int) -> tuple[int, int]:
    """Return the first and the last reply that unfinished jobs of a pool wait with.

    :param after: those up to this ``seq`` have been mailed.
    """
    seq = Job.data["seq"].as_integer()
    waiting = select(func.min(seq), func.max(seq)).where(
        Job.pool == pool, Job.due_at.is_not(None), seq > after
    )
    first, last = db.session.execute(waiting).one()
    return first, last


def used_lanes(lanes: Iterable[str]) -> set[str | None]:
    """Return those of some lanes in which there is a job, even if it has ended."""
    return {*db.session.scalars(select(Job.lane).where(Job.lane.in_(lanes)))}


def entry(ticket_id: int, seq: int, stream: Stream = Stream.PUBLIC) -> Entry:
    """Return an entry of a ticket's log.

    :raises NoResultFound: there is none.
    """
    return db.session.get_one(Entry, (ticket_id, stream, seq))


def replies(
    ticket: Ticket, by: Side, after: int, until: int
) -> list[tuple[datetime, str, str, list[str]]]:
    """Return what a side has written in a part of a ticket's public stream.

    Messages that were read since, and what was deleted, are left out; a text is as it
    is now.

    :param after: the part begins behind this ``seq``.
    :param until: the last ``seq`` of the part.
    :return: the times, authors, texts and names of files, in order.
    """
    entries = select(Entry.name, Entry.actor_id, Entry.payload).where(
        *(Entry.ticket_id == ticket.id, Entry.stream == Stream.PUBLIC),
        *(Entry.seq > after, Entry.seq <= until, Entry.name.in_(REPLIES)),
    )
    written = [
        (event, payload["id"])
        for event, author_id, payload in db.session.execute(entries.order_by(Entry.seq))
        if ticket.side_of(author_id) is by
    ]
    texts = {event: _texts(event, written) for event in REPLIES}
    return [texts[event][key] for event, key in written if key in texts[event]]


def _texts(
    event: str, written: list[tuple[str, int]]
) -> dict[int, tuple[datetime, str, str, list[str]]]:
    model, text, is_mailed = REPLIES[event]
    ids = [row_id for name, row_id in written if name == event]
    columns = (model.id, model.created_at, User.name, text, model.attached)
    rows = select(*columns).join(model.user)
    found = db.session.execute(rows.where(model.id.in_(ids), is_mailed))
    return {
        row_id: (at, name, said, [file["name"] for file in files or ()])
        for row_id, at, name, said, files in found
        if said or files  # else it was erased
    }
