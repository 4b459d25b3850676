"""Use cases of comments."""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, select

from ticketing import policy
from ticketing.accounts.models import Actor, User
from ticketing.accounts.service import PROFILES
from ticketing.comments.events import CommentAdded, CommentDeleted, CommentEdited
from ticketing.comments.models import Comment
from ticketing.comments.schemas import CommentSchema
from ticketing.core.database import db, later_than
from ticketing.core.errors import NotFoundError
from ticketing.core.idempotency import Attempt, Created, once
from ticketing.core.pages import Conversation, Page
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction
from ticketing.files import service as files
from ticketing.files.models import File
from ticketing.files.queries import files_of
from ticketing.history.service import require_reached, require_unmoved
from ticketing.tickets.access import find_ticket, lock_ticket, require_open
from ticketing.tickets.models import Ticket
from ticketing.tickets.replies import recompute_waiting, replying
from ticketing.web.schemas import Serialized, shared
from ticketing.web.serializer import RowSerializer

COMMENTS = RowSerializer(
    CommentSchema, Comment, user=PROFILES, files=files_of(Comment)
)


def list_comments(actor: Actor, ticket_id: int, **page: int) -> Page[Serialized]:
    """Return a page of a ticket's comments, ordered from oldest to newest.

    :param page: ``limit``, and ``after`` or ``before``, as in a ``ConversationQuery``.
    :raises NotFoundError: ``actor`` can see no such ticket.
    """
    ticket = find_ticket(actor, ticket_id)
    comments = _comments(policy.may_see_internal(actor))
    return comments.page(ticket_id=ticket.id, **page)


def get_comment(actor: Actor, comment_id: int) -> Comment:
    """Return a comment.

    :raises NotFoundError: ``actor`` can see no such comment.
    """
    return _found(_visible(actor, comment_id))


@transaction()
def add_comment(
    actor: Actor,
    ticket_id: int,
    content: str,
    internal: bool = False,
    if_last_seq: int | None = None,
    file_ids: Sequence[int] = (),
    key: str | None = None,
) -> Created[Comment]:
    """Add a comment to a ticket; with a key, only once for each key.

    :param internal: whether only admins may see it.
    :param if_last_seq: the last ``seq`` of the public stream that the author knows.
    :param file_ids: files that ``actor`` has added to the ticket, in this order.
    :param key: the ``Idempotency-Key``, if any.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: the comment is internal, and ``actor`` is not an admin.
    :raises InvalidError: ``if_last_seq`` is greater than the ticket's ``last_seq``, or
        one of the files is not ``actor``'s, or is used already.
    :raises IdempotencyConflictError: the key was used for another request.
    :raises ConversationMovedError: another user has replied after ``if_last_seq``.
    :raises TicketClosedError: the ticket is closed, and ``actor`` is not an admin.
    """
    ticket = lock_ticket(actor, ticket_id)
    policy.require(policy.may_add_comment(actor, internal))
    require_reached(ticket, if_last_seq)
    call = f"POST /tickets/{ticket.id}/comments"
    body: dict[str, Any] = {"content": content, "internal": internal}
    body |= {"file_ids": [*file_ids]} if file_ids else {}

    def create() -> Comment:
        require_unmoved(actor, ticket, if_last_seq)
        return _create(actor, ticket, content, internal, file_ids)

    return once(
        Attempt(actor.id, key, call, body) if key else None,
        lambda comment_id: db.session.get(Comment, comment_id),
        create,
    )


@transaction()
def edit_comment(actor: Actor, comment_id: int, content: str) -> Comment:
    """Replace the text of a comment.

    :raises NotFoundError: ``actor`` can see no such comment.
    :raises ForbiddenError: ``actor`` is not its author.
    :raises TicketClosedError: the ticket is closed, and ``actor`` is not an admin.
    """
    comment = _lock_comment(actor, comment_id)
    policy.require(policy.may_edit_comment(actor, comment))
    require_open(actor, comment.ticket)
    if content == comment.content:
        return comment
    comment.content = content
    comment.updated_at = later_than(comment.updated_at)
    payload = shared(CommentSchema).dump(comment)
    publish(CommentEdited(comment.ticket_id, actor.id, payload, comment.internal))
    return comment


@transaction()
def delete_comment(actor: Actor, comment_id: int) -> None:
    """Delete a comment with its files, also from the ticket's history.

    :raises NotFoundError: ``actor`` can see no such comment.
    :raises ForbiddenError: ``actor`` is neither its author nor an admin.
    """
    comment = _lock_comment(actor, comment_id)
    policy.require(policy.may_delete_comment(actor, comment))
    if comment.attached:
        files.delete_files(File.comment_id == comment.id)
    db.session.delete(comment)
    db.session.flush()
    if not comment.internal:
        recompute_waiting(comment.ticket)
    payload = {"id": comment.id}
    publish(CommentDeleted(comment.ticket_id, actor.id, payload, comment.internal))


@cache
def _comments(internal: bool) -> Conversation[Serialized]:
    """Return the query of a ticket's comments, with or without internal ones."""
    visible = policy.comments_visible(internal)
    of_ticket = Comment.ticket_id == bindparam("ticket_id")
    rows = select(*COMMENTS.columns).join(Comment.user).where(of_ticket, visible)
    return Conversation(rows, Comment.id, COMMENTS.serialize)


def _create(
    actor: Actor,
    ticket: Ticket,
    content: str,
    internal: bool,
    file_ids: Sequence[int],
) -> Comment:
    moment = nullcontext(later_than(ticket.last_activity_at))
    with moment if internal else replying(actor, ticket) as now:
        attached = files.lock_files(actor, ticket, file_ids)
        comment = Comment(
            ticket=ticket,
            user=db.session.get_one(User, actor.id),
            content=content,
            internal=internal,
            attached=files.summaries(attached),
            created_at=now,
        )
        db.session.add(comment)
        db.session.flush()
        files.use(attached, comment_id=comment.id, internal=internal)
    payload = shared(CommentSchema).dump(comment)
    publish(CommentAdded(ticket.id, actor.id, payload, internal))
    return comment


def _visible(actor: Actor, comment_id: int) -> Select[Comment]:
    return (
        select(Comment)
        .join(Comment.ticket)
        .where(
            Comment.id == comment_id,
            policy.visible_to(actor),
            policy.comments_visible_to(actor),
        )
    )


def _lock_comment(actor: Actor, comment_id: int) -> Comment:
    # The lock on the ticket suffices: every change of a comment takes it.
    ticket_id = _found(_visible(actor, comment_id)).ticket_id
    lock_ticket(actor, ticket_id)
    fresh = _visible(actor, comment_id).execution_options(populate_existing=True)
    return _found(fresh)


def _found(statement: Select[Comment]) -> Comment:
    comment = db.session.scalar(statement)
    if comment is None:
        raise NotFoundError(t("There is no such comment."))
    return comment
