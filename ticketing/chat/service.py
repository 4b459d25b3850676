"""Use cases of messages."""

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, func, select, update

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.accounts.service import PROFILES
from ticketing.chat import unread
from ticketing.chat.events import MessageRead, MessageSent
from ticketing.chat.models import Message
from ticketing.chat.schemas import MessageSchema, ReadingSchema
from ticketing.core.database import db, utcnow
from ticketing.core.errors import NotFoundError
from ticketing.core.hot import insert_row
from ticketing.core.idempotency import Attempt, Created, once
from ticketing.core.pages import Conversation, Page
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction
from ticketing.files import service as files
from ticketing.files.models import described
from ticketing.files.queries import files_of
from ticketing.history.service import require_reached, require_unmoved
from ticketing.tickets.access import TICKET_ID, VIEWER_ID, find_ticket, lock_ticket
from ticketing.tickets.models import Ticket
from ticketing.tickets.replies import replying
from ticketing.web.schemas import Serialized, shared
from ticketing.web.serializer import RowSerializer

MESSAGES = RowSerializer(
    MessageSchema, Message, user=PROFILES, files=files_of(Message)
)


def list_messages(
    actor: Actor, ticket_id: int, mark_read: bool, **page: int
) -> Page[Serialized]:
    """Return a page of a ticket's messages, ordered from oldest to newest.

    :param mark_read: whether to mark the other side's messages as read, up to the
        newest one returned; the page shows them as they were before.
    :param page: ``limit``, and ``after`` or ``before``, as in a ``ConversationQuery``.
    :raises NotFoundError: ``actor`` can see no such ticket.
    """
    every_ticket = policy.sees_every_ticket(actor)
    found = _chat(every_ticket).page(ticket_id=ticket_id, viewer_id=actor.id, **page)
    if not found.data:
        find_ticket(actor, ticket_id)  # raises, unless the ticket has no messages
    elif mark_read:
        newest = found.rows[-1]
        if newest.unread_from is not None and newest.unread_from <= newest.id:
            read_messages(actor, ticket_id, newest.id)
    return found


def get_message(actor: Actor, message_id: int) -> Message:
    """Return a message.

    :raises NotFoundError: ``actor`` can see no such message.
    """
    message = db.session.scalar(
        select(Message)
        .join(Message.ticket)
        .where(Message.id == message_id, policy.visible_to(actor))
    )
    if message is None:
        raise NotFoundError(t("There is no such message."))
    return message


@transaction()
def send_message(
    actor: Actor,
    ticket_id: int,
    message: str,
    client_id: str | None = None,
    if_last_seq: int | None = None,
    file_ids: Sequence[int] = (),
) -> Created[Serialized]:
    """Send a message on a ticket; with a ``client_id``, only once for each.

    :param client_id: the idempotency key, if any.
    :param if_last_seq: the last ``seq`` of the public stream that the sender knows.
    :param file_ids: files that ``actor`` has added to the ticket, in this order.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises InvalidError: ``if_last_seq`` is greater than the ticket's ``last_seq``, or
        one of the files is not ``actor``'s, or is used already.
    :raises IdempotencyConflictError: ``client_id`` was used for another request.
    :raises ConversationMovedError: another user has replied after ``if_last_seq``.
    :raises TicketClosedError: the ticket is closed, and ``actor`` is not an admin.
    """
    ticket = lock_ticket(actor, ticket_id)
    require_reached(ticket, if_last_seq)
    call = f"POST /tickets/{ticket.id}/messages"
    body: dict[str, Any] = {"message": message}
    body |= {"file_ids": [*file_ids]} if file_ids else {}

    def create() -> Serialized:
        require_unmoved(actor, ticket, if_last_seq)
        return _create(actor, ticket, message, client_id, file_ids)

    return once(
        Attempt(actor.id, client_id, call, body) if client_id else None,
        _find,
        create,
    )


@transaction()
def read_messages(actor: Actor, ticket_id: int, up_to: int) -> dict[str, int]:
    """Mark the other side's messages as read; count those that remain on the ticket.

    :param up_to: the id of the newest message that was read; later ones stay unread.
    :raises NotFoundError: ``actor`` can see no such ticket.
    """
    ticket = lock_ticket(actor, ticket_id)
    side, now = ticket.side_of(actor.id), utcnow()
    marked = db.session.execute(
        update(Message)
        .where(*unread.criteria(ticket.id, side), Message.id <= up_to)
        .values(is_read=True, read_at=now)
        .execution_options(synchronize_session=False)
    )
    if cast(CursorResult[Any], marked).rowcount:
        payload = {
            "ticket_id": ticket.id,
            "up_to": _newest_until(ticket.id, up_to),
            "side": side,
            "read_at": now,
        }
        publish(MessageRead(ticket.id, actor.id, shared(ReadingSchema).dump(payload)))
    return {"unread_count": unread.count_on_ticket(ticket.id, side)}


@cache
def _chat(every_ticket: bool) -> Conversation[Serialized]:
    """Return the query of the messages of a ticket that ``VIEWER_ID`` may see.

    In each row, ``unread_from`` is the id of the viewer's first unread message.
    """
    first_unread = unread.first_id_for_viewer(VIEWER_ID).label("unread_from")
    visible = policy.visible(every_ticket, VIEWER_ID)
    rows = (
        select(*MESSAGES.columns, first_unread)
        .join(Message.user)
        .join(Message.ticket)
        .where(Message.ticket_id == TICKET_ID, visible)
    )
    return Conversation(rows, Message.id, MESSAGES.serialize)


def _create(
    actor: Actor,
    ticket: Ticket,
    message: str,
    client_id: str | None,
    file_ids: Sequence[int],
) -> Serialized:
    with replying(actor, ticket) as now:
        attached = files.lock_files(actor, ticket, file_ids)
        values = {
            "ticket_id": ticket.id,
            "user_id": actor.id,
            "side": ticket.side_of(actor.id),
            "message": message,
            "client_id": client_id,
            "files": files.summaries(attached),
            "is_read": False,
            "read_at": None,
            "created_at": now,
            "updated_at": now,
        }
        sent = {**values, "id": insert_row(Message, **values), "user": actor}
        sent["files"] = [described(file.summary) for file in attached]
        files.use(attached, message_id=sent["id"])
    payload = Serialized(shared(MessageSchema).dump(sent))
    publish(MessageSent(ticket.id, actor.id, payload))
    return payload


def _find(message_id: int) -> Serialized | None:
    message = db.session.get(Message, message_id)
    return Serialized(shared(MessageSchema).dump(message)) if message else None


def _newest_until(ticket_id: int, message_id: int) -> int:
    newest = select(func.max(Message.id)).where(
        Message.ticket_id == ticket_id, Message.id <= message_id
    )
    return db.session.scalars(newest).one()
