"""What one can do with a ticket."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from ticketing import policy
from ticketing.accounts.models import User
from ticketing.categories.models import Category
from ticketing.core import storage
from ticketing.core.database import db, later_than
from ticketing.core.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    PreconditionError,
)
from ticketing.core.idempotency import Attempt, Created, once
from ticketing.core.transaction import in_turn, publish, transaction
from ticketing.tickets import attachments
from ticketing.tickets.access import (
    get_ticket,
    lock_ticket,
    lock_tickets,
    peek_ticket,
    require_open,
    turn_of,
)
from ticketing.tickets.attachments import Received, Upload
from ticketing.tickets.events import (
    FileDropped,
    TicketCreated,
    TicketDeleted,
    TicketDeleting,
    TicketUpdated,
)
from ticketing.tickets.models import Status, Ticket
from ticketing.tickets.schemas import TicketStateSchema

STEERING = {"status", "assigned_to"}
EDITABLE = (
    "subject",
    "description",
    "priority",
    "status",
    "category_id",
    "assigned_to",
    "attachment",
)


class Word(NamedTuple):
    """When something was written in public on a ticket, and by whom."""

    written_at: datetime
    user_id: int


LastWord = Callable[[Ticket], Word | None]
_last_words: list[LastWord] = []


class Attachment(NamedTuple):
    """A file to send: where it is, what to call it, what it is."""

    path: Path
    name: str
    content_type: str


def open_ticket(
    actor: User,
    *,
    key: str | None = None,
    attachment: Upload | None = None,
    **fields: Any,
) -> Created[Ticket]:
    """Open a ticket, once for a key.

    :param fields: as in a ``TicketOpenSchema``.
    :raises InvalidError: no such category; an attachment that is none.
    :raises TooLargeError: the attachment exceeds the limit.
    :raises StorageFullError: there is no room for the attachment.
    :raises IdempotencyConflictError: the key was used for something else.
    """
    with attachments.receiving(attachment) as received:
        created = _open_ticket(actor, key, received, fields)
    return Created(get_ticket(actor, created.resource.id), created.anew)


def edit_ticket(
    actor: User,
    ticket_id: int,
    if_match: Collection[str] | None = None,
    **changes: Any,
) -> Ticket:
    """Change what is given of a ticket; tell of it if anything did change.

    :param if_match: the entity tags one of which it must still have, if any.
    :param changes: as in a ``TicketEditSchema``.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: status or assignee, which are for admins.
    :raises PreconditionError: it has changed since.
    :raises TicketClosedError: it is closed, and ``actor`` no admin.
    :raises InvalidError: no such category or admin; an attachment that is none.
    :raises TooLargeError: the attachment exceeds the limit.
    :raises StorageFullError: there is no room for the attachment.
    """
    ticket = peek_ticket(actor, ticket_id)
    steering = STEERING & set(changes)
    if steering and not policy.may_steer_tickets(actor):
        raise ForbiddenError(f"Only admins set {' and '.join(sorted(steering))}.")
    require_open(actor, ticket)  # before a file is stored for nothing
    concerns_file = "attachment" in changes
    with attachments.receiving(changes.pop("attachment", None)) as received:
        removes = concerns_file and received is None
        _edit_ticket(actor, ticket_id, if_match, changes, received, removes)
    return get_ticket(actor, ticket_id)


@transaction()
def delete_ticket(actor: User, ticket_id: int) -> None:
    """Delete a ticket, and all that hangs on it.

    :raises NotFoundError: ``actor`` can see no such ticket.
    """
    ticket = lock_ticket(actor, ticket_id)
    publish(TicketDeleting(ticket.id))
    if ticket.attachment_key:
        publish(FileDropped(ticket.attachment_key))
    db.session.delete(ticket)
    publish(TicketDeleted(ticket.id, ticket.user_id, actor.id))


def get_attachment(actor: User, ticket_id: int) -> Attachment:
    """Return a ticket's file.

    :raises NotFoundError: ``actor`` can see no such ticket, or it has no file.
    """
    ticket = peek_ticket(actor, ticket_id)
    if not (ticket.attachment_key and ticket.attachment_name):
        raise NotFoundError("This ticket has no attachment.")
    path = storage.path_of(ticket.attachment_key)
    if not path.is_file():
        raise NotFoundError("The attachment's file is missing.")
    return Attachment(path, ticket.attachment_name, str(ticket.attachment_type))


@contextmanager
def replying(actor: User, ticket: Ticket) -> Iterator[None]:
    """Have ``actor`` write, in the block, in public on a ticket they have locked.

    Its customer's word reopens it if it was resolved; either way it is the other
    side's turn.

    :raises TicketClosedError: it is closed, and ``actor`` no admin.
    """
    require_open(actor, ticket)
    waiting_on = ticket.side_of(actor.id).other
    if policy.is_its_customer(actor, ticket) and ticket.status is Status.RESOLVED:
        ticket.waiting_on = waiting_on
        _apply(actor, ticket, {"status": Status.OPEN})
    yield
    ticket.waiting_on = waiting_on  # now: what is flushed in the block leaves it alone


def note_withdrawal(ticket: Ticket) -> None:
    """Note that something written in public on a locked ticket has been deleted."""
    words = [word for last in _last_words if (word := last(ticket)) is not None]
    by = max(words).user_id if words else ticket.user_id
    ticket.waiting_on = ticket.side_of(by).other


def tells_last_word(last: LastWord) -> LastWord:
    """Let another part say what was last written on a ticket with it."""
    _last_words.append(last)
    return last


@transaction()
def unassign_all(actor_id: int, user_id: int) -> None:
    """Leave every ticket that a user was to answer, unless closed, to nobody."""
    actor = db.session.get_one(User, actor_id)
    for ticket in lock_tickets(
        Ticket.assigned_to == user_id, Ticket.status != Status.CLOSED
    ):
        _apply(actor, ticket, {"assigned_to": None})


@transaction()
def _open_ticket(
    actor: User, key: str | None, received: Received | None, fields: dict[str, Any]
) -> Created[Ticket]:
    # One after another: of two with one key, the second finds what the first created.
    db.session.execute(select(User.id).where(User.id == actor.id).with_for_update())
    body = {**fields, "attachment": received and received.file.digest}
    attempt = Attempt(actor.id, key, "POST /tickets", body) if key else None

    def find(ticket_id: int) -> Ticket | None:
        return db.session.get(Ticket, ticket_id)

    return once(attempt, find, lambda: _create(actor, received, fields))


def _create(actor: User, received: Received | None, fields: dict[str, Any]) -> Ticket:
    category = _category(fields["category_id"])
    ticket = Ticket(
        user=actor,
        category=category,
        subject=fields["subject"],
        description=fields["description"],
        priority=fields["priority"],
    )
    if received:
        received.attach_to(ticket)
    db.session.add(ticket)
    db.session.flush()
    in_turn(turn_of(ticket.id))
    publish(TicketCreated(ticket.id, actor.id, TicketStateSchema().dump(ticket)))
    return ticket


@transaction()
def _edit_ticket(
    actor: User,
    ticket_id: int,
    if_match: Collection[str] | None,
    changes: dict[str, Any],
    received: Received | None,
    removes: bool,
) -> None:
    ticket = lock_ticket(actor, ticket_id)
    if if_match is not None and ticket.etag not in if_match:
        raise PreconditionError
    require_open(actor, ticket)
    _apply(actor, ticket, changes, received, removes)


def _apply(
    actor: User,
    ticket: Ticket,
    changes: dict[str, Any],
    received: Received | None = None,
    removes: bool = False,
) -> None:
    state = TicketStateSchema(only=EDITABLE)
    before, dropped = state.dump(ticket), ticket.attachment_key
    for name, value in changes.items():
        _set(ticket, name, value)
    if received:
        received.attach_to(ticket)
    elif removes:
        attachments.detach_from(ticket)
    _unassign_if_vain(ticket)
    db.session.flush()
    after = state.dump(ticket)
    changed = {
        name: [before[name], after[name]]
        for name in EDITABLE
        if before[name] != after[name] or name == "attachment" and received
    }
    if not changed:
        return
    ticket.updated_at = later_than(ticket.updated_at)
    if dropped and dropped != ticket.attachment_key:
        publish(FileDropped(dropped))
    payload = TicketStateSchema().dump(ticket) | {"changes": changed}
    publish(TicketUpdated(ticket.id, actor.id, payload))


def _set(ticket: Ticket, name: str, value: Any) -> None:
    if name == "category_id":
        ticket.category = _category(value)
        ticket.category_id = value
    elif name == "assigned_to":
        ticket.assignee = _assignee(value)
        ticket.assigned_to = value
    else:
        setattr(ticket, name, value)


def _unassign_if_vain(ticket: Ticket) -> None:
    """Leave to nobody what is open to one who, since it was closed, is no admin."""
    is_vain = ticket.assignee and not policy.may_be_assigned(ticket.assignee)
    if is_vain and ticket.status is not Status.CLOSED:
        ticket.assignee = ticket.assigned_to = None


def _category(category_id: int) -> Category:
    category = db.session.get(Category, category_id, with_for_update={"read": True})
    if category is None:
        raise InvalidError({"category_id": ["There is no such category."]})
    return category


def _assignee(user_id: int | None) -> User | None:
    if user_id is None:
        return None
    locked = select(User).where(User.id == user_id).with_for_update(read=True)
    user = db.session.scalar(locked.execution_options(populate_existing=True))
    if user is None or not policy.may_be_assigned(user):
        raise InvalidError({"assigned_to": ["Must be the id of an active admin."]})
    return user
