"""Apply changes to a locked ticket."""

from typing import Any

from ticketing import policy
from ticketing.accounts.models import Actor, User
from ticketing.accounts.service import lock_for_change, lock_user
from ticketing.categories.models import Category
from ticketing.core.database import db, later_than
from ticketing.core.errors import InvalidError
from ticketing.core.text import t
from ticketing.core.transaction import publish
from ticketing.tickets import attachments
from ticketing.tickets.attachments import Received
from ticketing.tickets.events import AttachmentRemoved, TicketUpdated
from ticketing.tickets.models import Status, Ticket
from ticketing.tickets.schemas import TicketStateSchema
from ticketing.web.schemas import shared

DELETED_SUBJECT = "Deleted"  # of tickets whose customers' data was erased
EDITABLE = (
    "subject",
    "description",
    "priority",
    "status",
    "category_id",
    "assigned_to",
    "attachment",
    "rating",
)


def apply_changes(
    actor: Actor | None,
    ticket: Ticket,
    changes: dict[str, Any],
    received: Received | None = None,
    removes: bool = False,
) -> None:
    """Change a locked ticket; publish ``TicketUpdated`` if any field has changed.

    Authorization is up to the caller.

    :param actor: ``None`` for a rule.
    :param changes: as in a ``TicketEditSchema``, without the attachment; or a
        ``rating``.
    :param received: the new attachment, if any.
    :param removes: whether to remove the attachment.
    :raises InvalidError: there is no such category or admin.
    :raises TooLargeError: the file exceeds the quota of the ticket's user.
    """
    state = TicketStateSchema(only=EDITABLE)
    before, old_file = state.dump(ticket), ticket.attachment_key
    for name, value in changes.items():
        _set(ticket, name, value)
    attaches = _change_attachment(ticket, received, removes)
    _unassign_if_not_assignable(ticket)
    after = state.dump(ticket)
    changed = {
        name: [before[name], after[name]]
        for name in EDITABLE
        if before[name] != after[name] or name == "attachment" and attaches
    }
    if not changed:
        return
    ticket.updated_at = later_than(ticket.updated_at)
    if old_file and old_file != ticket.attachment_key:
        publish(AttachmentRemoved(old_file))
    with db.session.no_autoflush:  # one UPDATE, also of the columns that listeners set
        payload = shared(TicketStateSchema).dump(ticket) | {"changes": changed}
    publish(TicketUpdated(ticket.id, actor.id if actor else None, payload))


def erase_texts(ticket: Ticket) -> None:
    """Erase what the customer of a locked ticket has written in it, and its file.

    The rating stays, without its comment. ``TicketUpdated`` is published without an
    actor; the old values among its ``changes`` are erased, too.
    """
    changes: dict[str, list[Any]] = {}
    for name, value in (("subject", DELETED_SUBJECT), ("description", "")):
        if getattr(ticket, name) != value:
            setattr(ticket, name, value)
            changes[name] = [None, value]
    if ticket.attachment_key:
        publish(AttachmentRemoved(ticket.attachment_key))
        attachments.detach_from(ticket)
        changes["attachment"] = [None, None]
    if ticket.rating_comment is not None:
        ticket.rating_comment = None
        rating = TicketStateSchema(only=["rating"]).dump(ticket)["rating"]
        changes["rating"] = [rating, rating]
    if changes:
        ticket.updated_at = later_than(ticket.updated_at)
        payload = shared(TicketStateSchema).dump(ticket) | {"changes": changes}
        publish(TicketUpdated(ticket.id, None, payload))


def _change_attachment(
    ticket: Ticket, received: Received | None, removes: bool
) -> bool:
    """Attach or remove a file; return whether another file is attached now."""
    if received and not received.is_attached_to(ticket):
        lock_for_change(ticket.user_id)
        attachments.require_quota(ticket.user_id, received.size, ticket.id)
        received.attach_to(ticket)
        return True
    if removes:
        attachments.detach_from(ticket)
    return False


def _set(ticket: Ticket, name: str, value: Any) -> None:
    if name == "category_id":
        ticket.category = lock_category(value)
        ticket.category_id = value
    elif name == "assigned_to":
        ticket.assignee = _assignee(value)
        ticket.assigned_to = value
    else:
        setattr(ticket, name, value)


def _unassign_if_not_assignable(ticket: Ticket) -> None:
    """Unassign a ticket that is not closed from a user who is not an active admin.

    Closed tickets stay assigned; this unassigns them when they are reopened.
    """
    not_assignable = ticket.assignee and not policy.may_be_assigned(ticket.assignee)
    if not_assignable and ticket.status is not Status.CLOSED:
        ticket.assignee = ticket.assigned_to = None


def lock_category(category_id: int) -> Category:
    """Lock a category against deletion until the transaction ends; return it.

    :raises InvalidError: there is no such category; the error names ``category_id``.
    """
    category = db.session.get(Category, category_id, with_for_update={"read": True})
    if category is None:
        raise InvalidError({"category_id": [t("There is no such category.")]})
    return category


def _assignee(user_id: int | None) -> User | None:
    if user_id is None:
        return None
    user = lock_user(user_id)
    if user is None or not policy.may_be_assigned(user):
        raise InvalidError({"assigned_to": [t("Must be the id of an active admin.")]})
    return user
