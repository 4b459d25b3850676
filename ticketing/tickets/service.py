"""Use cases of tickets."""

from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from sqlalchemy import select

from ticketing import policy
from ticketing.accounts.models import Actor, User
from ticketing.accounts.service import lock_for_change
from ticketing.core import storage
from ticketing.core.database import db
from ticketing.core.errors import (
    ForbiddenError,
    NotFoundError,
    PreconditionError,
    StorageFullError,
    TicketingError,
)
from ticketing.core.idempotency import Attempt, Created, once
from ticketing.core.text import t
from ticketing.core.transaction import note_lock, publish, transaction
from ticketing.tickets import attachments
from ticketing.tickets.access import (
    NO_TICKET,
    find_ticket,
    lock_assigned,
    lock_ticket_to_edit,
    require_open,
)
from ticketing.tickets.attachments import Received, Upload
from ticketing.tickets.changes import apply_changes, lock_category
from ticketing.tickets.events import (
    AttachmentRemoved,
    TicketCreated,
    TicketDeleted,
    TicketDeleting,
)
from ticketing.tickets.models import Ticket, etag_of
from ticketing.tickets.queries import get_ticket
from ticketing.tickets.schemas import TicketStateSchema
from ticketing.web.schemas import Serialized, shared


class Attachment(NamedTuple):
    """An attachment to send: the file's path, original name and media type."""

    path: Path
    name: str
    content_type: str


def open_ticket(
    actor: Actor,
    *,
    key: str | None = None,
    attachment: Upload | None = None,
    **fields: Any,
) -> Created[Serialized]:
    """Open a ticket; with a key, only once for each key.

    :param key: the ``Idempotency-Key``, if any.
    :param fields: as in a ``TicketOpenSchema``.
    :raises InvalidError: there is no such category, or the file is not accepted.
    :raises TooLargeError: the attachment exceeds the limit, or the quota.
    :raises StorageFullError: the disk is full.
    :raises IdempotencyConflictError: the key was used for another request.
    """
    try:
        with attachments.receiving(attachment) as received:
            attempt = _attempt(
                actor, key, fields, received.identity if received else None
            )
            created = _open_ticket(
                actor, attempt, lambda author: _create(author, received, fields)
            )
    except StorageFullError as full:
        # A ticket that was opened with this key before is returned all the same.
        sent = attachments.identity_of(attachment) if attachment else None
        attempt = _attempt(actor, key, fields, sent)
        created = _open_ticket(actor, attempt, partial(_refuse, full))
    return Created(get_ticket(actor, created.resource.id), created.is_new)


def edit_ticket(
    actor: Actor,
    ticket_id: int,
    if_match: Collection[str] | None = None,
    **changes: Any,
) -> Serialized:
    """Change the given fields of a ticket.

    :param if_match: entity tags, one of which must be the ticket's current one.
    :param changes: as in a ``TicketEditSchema``.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` may not assign tickets, or not set this status.
    :raises PreconditionError: the ticket's entity tag is not in ``if_match``.
    :raises TicketClosedError: the ticket is closed, and ``actor`` is not an admin.
    :raises InvalidError: there is no such category or admin, or the file is not
        accepted.
    :raises TooLargeError: the attachment exceeds the limit, or the quota.
    :raises StorageFullError: the disk is full.
    """
    ticket = find_ticket(actor, ticket_id)
    _require_rights(actor, ticket, changes)
    require_open(actor, ticket)  # before a file is stored
    concerns_file = "attachment" in changes
    with attachments.receiving(changes.pop("attachment", None)) as received:
        removes = concerns_file and received is None
        _edit_ticket(actor, ticket_id, if_match, changes, received, removes)
    return get_ticket(actor, ticket_id)


@transaction()
def delete_ticket(
    actor: Actor, ticket_id: int, if_match: Collection[str] | None = None
) -> None:
    """Delete a ticket with its comments, messages, history and attachment.

    :param if_match: the entity tags of the versions that it may have; any by default.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises PreconditionError: the ticket has none of these tags.
    """
    ticket = lock_ticket_to_edit(actor, ticket_id)
    _require_version(ticket, if_match)
    publish(TicketDeleting(ticket.id))
    if ticket.attachment_key:
        publish(AttachmentRemoved(ticket.attachment_key))
    db.session.delete(ticket)
    publish(TicketDeleted(ticket.id, ticket.user_id, actor.id))


def get_attachment(actor: Actor, ticket_id: int) -> Attachment:
    """Return a ticket's attachment.

    :raises NotFoundError: ``actor`` can see no such ticket, or it has no attachment.
    """
    file = (Ticket.attachment_key, Ticket.attachment_name, Ticket.attachment_type)
    visible = select(*file).where(Ticket.id == ticket_id, policy.visible_to(actor))
    found = db.session.execute(visible).first()
    if found is None:
        raise NotFoundError(NO_TICKET)
    key, name, content_type = found
    if not (key and name and content_type):
        raise NotFoundError(t("This ticket has no attachment."))
    path = storage.path_of(key)
    if not path.is_file():
        raise NotFoundError(t("The attachment's file is missing."))
    return Attachment(path, name, content_type)


@transaction()
def unassign_all(actor_id: int, user_id: int) -> None:
    """Unassign every ticket that is assigned to a user and not closed."""
    actor = db.session.get_one(User, actor_id)
    for ticket in lock_assigned(user_id):
        apply_changes(actor, ticket, {"assigned_to": None})


@transaction()
def _open_ticket(
    actor: Actor, attempt: Attempt | None, create: Callable[[User], Ticket]
) -> Created[Ticket]:
    # The lock makes a second request with the same key wait, and find the ticket.
    lock_for_change(actor.id)

    def find(ticket_id: int) -> Ticket | None:
        return db.session.get(Ticket, ticket_id)

    return once(attempt, find, lambda: create(db.session.get_one(User, actor.id)))


def _attempt(
    actor: Actor, key: str | None, fields: dict[str, Any], file: list[str] | None
) -> Attempt | None:
    body = {**fields, "attachment": file}
    return Attempt(actor.id, key, "POST /tickets", body) if key else None


def _refuse(error: TicketingError, actor: Actor) -> NoReturn:
    raise error


def _create(author: User, received: Received | None, fields: dict[str, Any]) -> Ticket:
    category = lock_category(fields["category_id"])
    ticket = Ticket(
        user=author,
        category=category,
        subject=fields["subject"],
        description=fields["description"],
        priority=fields["priority"],
    )
    if received:
        attachments.require_quota(author.id, received.size)
        received.attach_to(ticket)
    db.session.add(ticket)
    db.session.flush()
    note_lock((Ticket, ticket.id))  # nobody else can see it yet
    publish(TicketCreated(ticket.id, author.id, shared(TicketStateSchema).dump(ticket)))
    return ticket


@transaction()
def _edit_ticket(
    actor: Actor,
    ticket_id: int,
    if_match: Collection[str] | None,
    changes: dict[str, Any],
    received: Received | None,
    removes: bool,
) -> None:
    ticket = lock_ticket_to_edit(actor, ticket_id)
    _require_rights(actor, ticket, changes)  # again: they may have changed
    _require_version(ticket, if_match)
    require_open(actor, ticket)
    apply_changes(actor, ticket, changes, received, removes)


def _require_version(ticket: Ticket, if_match: Collection[str] | None) -> None:
    if if_match is not None and etag_of(ticket.id, ticket.updated_at) not in if_match:
        raise PreconditionError


def _require_rights(actor: Actor, ticket: Ticket, changes: Mapping[str, Any]) -> None:
    if "assigned_to" in changes and not policy.may_assign(actor):
        raise ForbiddenError(t("Only admins may set assigned_to."))
    status = changes.get("status")
    if status and not policy.may_set_status(actor, ticket, status):
        raise ForbiddenError(
            t(
                "Only admins may set status, but that a customer may set their own "
                "ticket, unless it is closed, to resolved."
            )
        )
