"""Who may see and do what: all of the authorization rules, and nothing else.

What an actor may not see does not exist for them (``NotFoundError``); what they may
see but not do is refused (``ForbiddenError``).
"""

from sqlalchemy import ColumnElement, and_, literal, true

from ticketing.accounts.models import Actor, Role, User
from ticketing.comments.models import Comment
from ticketing.core.errors import ForbiddenError
from ticketing.tickets.models import Status, Ticket
from ticketing.history.models import Stream


def require(allowed: bool) -> None:
    """Refuse what is not allowed.

    :raises ForbiddenError: it is not.
    """
    if not allowed:
        raise ForbiddenError


# Accounts


def may_register(actor: Actor | None, role: Role, open_to_all: bool) -> bool:
    """Anyone becomes a customer; an admin only by an admin, or where all may."""
    return role is Role.CUSTOMER or open_to_all or bool(actor and actor.is_admin)


def may_see_status(viewer: Actor) -> bool:
    """Admins see whether a user is active."""
    return viewer.is_admin


def may_be_assigned(user: User) -> bool:
    """Tickets are assigned to active admins."""
    return user.is_admin and user.active


def is_active_admin() -> ColumnElement[bool]:
    """Return the criterion on ``User`` of those who keep the service running."""
    return and_(User.role == Role.ADMIN, User.active)


def may_manage_users(actor: Actor) -> bool:
    """Admins see and change users, while they are active."""
    return actor.is_admin and actor.active


def require_user_management(actor: Actor) -> None:
    """Refuse whoever may not manage users.

    :raises ForbiddenError: ``actor`` is no active admin.
    """
    require(may_manage_users(actor))


def require_category_management(actor: Actor) -> None:
    """Admins create, change and delete categories.

    :raises ForbiddenError: ``actor`` is none.
    """
    require(actor.is_admin)


# Tickets


def sees_every_ticket(actor: Actor) -> bool:
    """Admins see every ticket, others their own."""
    return actor.is_admin


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the criterion on ``Ticket`` that selects what ``actor`` may see.

    Every query that touches tickets, or anything hung on one, carries it.
    """
    return visible(sees_every_ticket(actor), literal(actor.id))


def visible(every_ticket: bool, viewer_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return what ``visible_to`` does, for a statement that serves many viewers.

    :param every_ticket: what ``sees_every_ticket`` says of each.
    """
    return true() if every_ticket else Ticket.user_id == viewer_id


def may_steer_tickets(actor: Actor) -> bool:
    """Admins set the status of a ticket, and whose it is."""
    return actor.is_admin


def may_write_on(actor: Actor, ticket: Ticket) -> bool:
    """Whoever sees a ticket writes on it; once it is closed, only admins."""
    return actor.is_admin or ticket.status is not Status.CLOSED


def is_its_customer(actor: Actor, ticket: Ticket) -> bool:
    """Whoever opened a ticket is its customer; their reply reopens it."""
    return ticket.user_id == actor.id


# Comments


def comments_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the criterion on ``Comment``, beyond its ticket being visible."""
    return comments_visible(may_see_internal(actor))


def comments_visible(internal: bool) -> ColumnElement[bool]:
    """Return what ``comments_visible_to`` does, for many viewers at once.

    :param internal: what ``may_see_internal`` says of each.
    """
    return true() if internal else ~Comment.internal


def may_see_internal(actor: Actor) -> bool:
    """Admins see what is internal, live and later; customers never do."""
    return actor.is_admin


def may_add_comment(actor: Actor, internal: bool) -> bool:
    """Whoever sees a ticket comments on it, internally if they can read that back."""
    return may_see_internal(actor) or not internal


def may_edit_comment(actor: Actor, comment: Comment) -> bool:
    """Nobody puts words into the mouth of another, not even an admin."""
    return comment.user_id == actor.id


def may_delete_comment(actor: Actor, comment: Comment) -> bool:
    """Admins delete any comment, others only their own."""
    return actor.is_admin or comment.user_id == actor.id


# History and live updates


def may_follow(actor: Actor, stream: Stream) -> bool:
    """Whoever sees a ticket follows its public stream; the staff one is internal."""
    return may_see_internal(actor) or stream is Stream.PUBLIC


def may_hear_every_ticket(actor: Actor) -> bool:
    """Admins are told of every ticket, others of their own."""
    return actor.is_admin
