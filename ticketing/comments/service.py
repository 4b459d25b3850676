"""What one can do with comments, whatever the transport."""

from contextlib import nullcontext
from functools import cache

from sqlalchemy import Select, bindparam, select

from ticketing import policy
from ticketing.accounts.models import Actor, User
from ticketing.accounts.schemas import PersonSchema
from ticketing.comments.events import CommentAdded, CommentDeleted, CommentEdited
from ticketing.comments.models import Comment
from ticketing.comments.schemas import CommentSchema
from ticketing.core.database import db, later_than
from ticketing.core.errors import NotFoundError
from ticketing.core.idempotency import Attempt, Created, once
from ticketing.core.pages import Conversation, Page
from ticketing.web.schemas import Shown, shared
from ticketing.web.projection import Shape
from ticketing.core.transaction import publish, transaction
from ticketing.tickets.access import lock_ticket, peek_ticket, require_open
from ticketing.tickets.models import Ticket
from ticketing.tickets.replies import Word, replying, note_withdrawal

SHAPE = Shape(CommentSchema, Comment, user=Shape(PersonSchema, User))


def list_comments(actor: Actor, ticket_id: int, **page: int) -> Page[Shown]:
    """Return some of a ticket's comments, in the order they were written.

    :param page: ``limit``, and ``after`` or ``before``, as a ``ConversationQuery``.
    :raises NotFoundError: ``actor`` can see no such ticket.
    """
    ticket = peek_ticket(actor, ticket_id)
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
    key: str | None = None,
) -> Created[Comment]:
    """Comment on a ticket, once for a key.

    :param internal: whether only the staff may ever see it.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: it is internal, and ``actor`` is no admin.
    :raises TicketClosedError: the ticket is closed, and ``actor`` no admin.
    :raises IdempotencyConflictError: the key was used for something else.
    """
    ticket = lock_ticket(actor, ticket_id)
    policy.require(policy.may_add_comment(actor, internal))
    call = f"POST /tickets/{ticket.id}/comments"
    body = {"content": content, "internal": internal}
    return once(
        Attempt(actor.id, key, call, body) if key else None,
        lambda comment_id: db.session.get(Comment, comment_id),
        lambda: _create(actor, ticket, content, internal),
    )


@transaction()
def edit_comment(actor: Actor, comment_id: int, content: str) -> Comment:
    """Replace what a comment says.

    :raises NotFoundError: ``actor`` can see no such comment.
    :raises ForbiddenError: it is someone else's.
    :raises TicketClosedError: the ticket is closed, and ``actor`` no admin.
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
    """Delete a comment.

    :raises NotFoundError: ``actor`` can see no such comment.
    :raises ForbiddenError: it is someone else's, and ``actor`` is no admin.
    """
    comment = _lock_comment(actor, comment_id)
    policy.require(policy.may_delete_comment(actor, comment))
    db.session.delete(comment)
    db.session.flush()
    if not comment.internal:
        note_withdrawal(comment.ticket)
    payload = {"id": comment.id}
    publish(CommentDeleted(comment.ticket_id, actor.id, payload, comment.internal))


def last_public_comment(ticket: Ticket) -> Word | None:
    """Return when, and by whom, the latest comment that all may read was written."""
    latest = (
        select(Comment.created_at, Comment.user_id)
        .where(Comment.ticket_id == ticket.id, ~Comment.internal)
        .order_by(Comment.id.desc())
    )
    row = db.session.execute(latest.limit(1)).first()
    return Word(*row) if row else None


@cache
def _comments(internal: bool) -> Conversation:
    """Return what is shown of a ticket's comments, with or without internal ones."""
    visible = policy.comments_visible(internal)
    its = Comment.ticket_id == bindparam("ticket_id")
    rows = select(*SHAPE.columns).join(Comment.user).where(its, visible)
    return Conversation(rows, Comment.id, SHAPE)


def _create(actor: Actor, ticket: Ticket, content: str, internal: bool) -> Comment:
    with nullcontext() if internal else replying(actor, ticket):
        comment = Comment(
            ticket=ticket,
            user=actor,
            content=content,
            internal=internal,
            created_at=later_than(ticket.last_activity_at),
        )
        db.session.add(comment)
        db.session.flush()
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
    # Whoever changes a comment holds its ticket, so that is lock enough.
    ticket_id = _found(_visible(actor, comment_id)).ticket_id
    lock_ticket(actor, ticket_id)
    fresh = _visible(actor, comment_id).execution_options(populate_existing=True)
    return _found(fresh)


def _found(statement: Select[Comment]) -> Comment:
    comment = db.session.scalar(statement)
    if comment is None:
        raise NotFoundError("There is no such comment.")
    return comment
