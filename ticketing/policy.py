"""Authorization: every rule of the service, and nothing else.

A resource that an actor may not see does not exist for them (``NotFoundError``). An
action that an actor may not take on a visible resource is refused (``ForbiddenError``).
"""

from sqlalchemy import ColumnElement, and_, literal, or_, true

from ticketing.accounts.models import Actor, Role, User
from ticketing.comments.models import Comment
from ticketing.core.database import utcnow
from ticketing.core.errors import ForbiddenError
from ticketing.core.sharing import Shareable
from ticketing.files.models import File
from ticketing.history.models import Stream
from ticketing.search.models import SearchText
from ticketing.tickets.models import Status, Ticket


def require(allowed: bool) -> None:
    """Refuse an action unless it is allowed.

    :raises ForbiddenError: it is not allowed.
    """
    if not allowed:
        raise ForbiddenError


# Accounts


def may_register(actor: Actor | None, role: Role, open_to_all: bool) -> bool:
    """Return whether a new account may have a role.

    Anyone may register a customer. Only an admin registers another admin, unless the
    registration of admins is open to all.

    :param actor: the authenticated user who registers the account, if any.
    """
    is_allowed = actor is not None and may_manage_users(actor)
    return role is Role.CUSTOMER or open_to_all or is_allowed


def may_see_active(viewer: Actor) -> bool:
    """Return whether ``viewer`` sees if users are active and available; admins do."""
    return viewer.is_admin


def may_set_available(actor: Actor) -> bool:
    """Return whether ``actor`` may set their own ``available``; admins may."""
    return actor.is_admin


def may_see_email_confirmed(viewer: Actor, user: Actor) -> bool:
    """Return whether ``viewer`` sees if a user's email is confirmed.

    Admins and the user do.
    """
    return viewer.is_admin or viewer.id == user.id


def may_be_assigned(user: User) -> bool:
    """Return whether tickets may be assigned to a user: only to active admins."""
    return user.is_admin and user.active


def is_active_admin() -> ColumnElement[bool]:
    """Return the criterion on ``User`` that selects active admins."""
    return and_(User.role == Role.ADMIN, User.active)


def may_manage_users(actor: Actor) -> bool:
    """Return whether ``actor`` may list and invite users, and change their rights.

    Only admins may, while they are active.
    """
    return actor.is_admin and actor.active


def require_user_management(actor: Actor) -> None:
    """Check that ``actor`` may manage users.

    :raises ForbiddenError: ``actor`` is not an active admin.
    """
    require(may_manage_users(actor))


def require_category_management(actor: Actor) -> None:
    """Check that ``actor`` may create, change and delete categories.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(actor.is_admin)


# Tickets


def sees_every_ticket(actor: Actor) -> bool:
    """Return whether ``actor`` sees every ticket: admins do, others see their own."""
    return actor.is_admin


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the criterion on ``Ticket`` that selects those ``actor`` may see.

    Every query of tickets, or of anything that belongs to one, must apply it.
    """
    return visible(sees_every_ticket(actor), literal(actor.id))


def visible(every_ticket: bool, viewer_id: ColumnElement[int]) -> ColumnElement[bool]:
    """Return ``visible_to`` for a statement that is built once for many viewers.

    :param every_ticket: the result of ``sees_every_ticket``, the same for all of them.
    """
    return true() if every_ticket else Ticket.user_id == viewer_id


def may_filter_by(actor: Actor, name: str) -> bool:
    """Return whether ``actor`` may filter tickets by a parameter.

    Only admins may filter by customer, by tag and by service level.
    """
    return actor.is_admin or name not in {"user_id", "tag", "sla"}


def may_sort_by(actor: Actor, name: str) -> bool:
    """Return whether ``actor`` may sort tickets by a name.

    Only admins may sort by ``due_at``.
    """
    return actor.is_admin or name != "due_at"


def may_assign(actor: Actor) -> bool:
    """Return whether ``actor`` may set the assignee of tickets; admins may."""
    return actor.is_admin


def may_set_status(actor: Actor, ticket: Ticket, status: Status) -> bool:
    """Return whether ``actor``, who sees a ticket, may set its status.

    Admins may set any status. The customer may set ``resolved`` unless it is closed.
    """
    resolves = status is Status.RESOLVED and ticket.status is not Status.CLOSED
    return actor.is_admin or (resolves and is_customer_of(actor, ticket))


def may_write_on(actor: Actor, ticket: Ticket) -> bool:
    """Return whether ``actor``, who sees a ticket, may write on it.

    On a closed ticket only admins may.
    """
    return actor.is_admin or ticket.status is not Status.CLOSED


def is_customer_of(actor: Actor, ticket: Ticket) -> bool:
    """Return whether ``actor`` opened the ticket, so that their reply reopens it."""
    return ticket.user_id == actor.id


def may_rate(actor: Actor, ticket: Ticket) -> bool:
    """Return whether ``actor``, who sees a ticket, may rate it: only its customer."""
    return is_customer_of(actor, ticket)


def require_bulk_changes(actor: Actor) -> None:
    """Check that ``actor`` may change many tickets by one call.

    Each of the changes is authorized separately.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(actor.is_admin)


def may_tag(actor: Actor) -> bool:
    """Return whether ``actor``, who sees a ticket, may tag it; admins may."""
    return actor.is_admin


def require_tags(actor: Actor) -> None:
    """Check that ``actor`` may list tags.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(may_see_internal(actor))


# Comments


def comments_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the criterion on ``Comment``, for tickets that ``actor`` may see."""
    return comments_visible(may_see_internal(actor))


def comments_visible(internal: bool) -> ColumnElement[bool]:
    """Return ``comments_visible_to`` for a statement that is built once.

    :param internal: the result of ``may_see_internal`` for its viewers.
    """
    return true() if internal else ~Comment.internal


def texts_visible(internal: bool) -> ColumnElement[bool]:
    """Return the criterion on ``SearchText``, for tickets that its viewers may see.

    :param internal: the result of ``may_see_internal`` for them.
    """
    return true() if internal else ~SearchText.internal


def may_see_internal(actor: Actor) -> bool:
    """Return whether ``actor`` may see internal comments, tags and the staff stream.

    Admins may; customers never do.
    """
    return actor.is_admin


def may_add_comment(actor: Actor, internal: bool) -> bool:
    """Return whether ``actor``, who sees a ticket, may add such a comment to it.

    :param internal: whether the comment is internal; then ``actor`` must be one who may
        see internal comments.
    """
    return may_see_internal(actor) or not internal


def may_edit_comment(actor: Actor, comment: Comment) -> bool:
    """Return whether ``actor`` may edit a comment: only its author, no admin either."""
    return comment.user_id == actor.id


def may_delete_comment(actor: Actor, comment: Comment) -> bool:
    """Return whether ``actor`` may delete a comment: its author and admins may."""
    return actor.is_admin or comment.user_id == actor.id


# Files


def files_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the criterion on ``File``, for tickets that ``actor`` may see.

    A file is as visible as the comment or message that uses it. Until one does, only
    the user who added it may see it.
    """
    is_visible = true() if may_see_internal(actor) else ~File.internal
    is_used = and_(File.expires_at.is_(None), is_visible)
    return or_(is_used, is_unused_file_of(actor))


def is_unused_file_of(actor: Actor) -> ColumnElement[bool]:
    """Return the criterion on ``File`` that selects those ``actor`` may still use."""
    return and_(File.user_id == actor.id, File.expires_at > utcnow())


# Reports


def require_reports(actor: Actor) -> None:
    """Check that ``actor`` may read reports of all tickets; admins may.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(actor.is_admin)


# Service levels


def require_service_levels(actor: Actor) -> None:
    """Check that ``actor`` may see and manage calendars, policies and targets.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(may_see_service_levels(actor))


def may_see_service_levels(actor: Actor) -> bool:
    """Return whether ``actor`` may see the targets of tickets; admins may."""
    return actor.is_admin


# Rules


def require_rules(actor: Actor) -> None:
    """Check that ``actor`` may manage rules.

    A rule acts independently of the rights of the admin who created it.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(actor.is_admin)


# Views and canned responses


def may_save_views(actor: Actor) -> bool:
    """Return whether ``actor`` may save views of tickets, and use shared ones."""
    return actor.is_admin


def require_view_management(actor: Actor) -> None:
    """Check that ``actor`` may save views, and change and delete them.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(may_save_views(actor))


def require_canned_responses(actor: Actor) -> None:
    """Check that ``actor`` may use, create, change and delete canned responses.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(actor.is_admin)


def is_shared_or_own(actor: Actor, model: type[Shareable]) -> ColumnElement[bool]:
    """Return the criterion on ``model`` for the rows that ``actor``, an admin, may use.

    Any admin may change and delete shared ones, too.
    """
    return or_(model.shared, model.owner_id == actor.id)


# Webhooks


def require_webhooks(actor: Actor) -> None:
    """Check that ``actor`` may manage webhooks, which receive what admins may see.

    :raises ForbiddenError: ``actor`` is not an admin.
    """
    require(actor.is_admin)


# Mails


def may_be_mailed(user: User) -> bool:
    """Return whether a user may be mailed notifications, at a confirmed address.

    Mails that an account needs, such as that to confirm its address, are sent before.
    """
    return user.active and user.email_confirmed


# History and live updates


def may_follow(actor: Actor, stream: Stream) -> bool:
    """Return whether ``actor``, who sees a ticket, may follow one of its streams.

    The staff stream is internal.
    """
    return may_see_internal(actor) or stream is Stream.PUBLIC


def may_follow_every_ticket(actor: Actor) -> bool:
    """Return whether ``actor`` receives the lobby events of every ticket.

    Admins do; others receive those of their own tickets.
    """
    return actor.is_admin


def appears_in_lobby(role: Role) -> bool:
    """Return whether the lobby is notified which tickets a user of a role has joined.

    Only admins appear there.
    """
    return role is Role.ADMIN
