"""Log events that concern security, and count messages."""

from prometheus_client import Counter

from ticketing.accounts.events import (
    AccountClosed,
    EmailChanged,
    EmailConfirmed,
    InvitationMade,
    LoggedIn,
    PasswordChanged,
    PasswordForgotten,
    RightsChanged,
    UserCreated,
)
from ticketing.categories.events import CategoryDeleted
from ticketing.chat.events import MessageSent
from ticketing.comments.events import CommentDeleted
from ticketing.core.transaction import after_commit
from ticketing.ops.logs import audit
from ticketing.tickets.events import TicketDeleted

MESSAGES = Counter("ticketing_messages_sent", "Chat messages stored")


@after_commit(MessageSent)
def count_message(sent: MessageSent) -> None:
    """Count a message that was sent."""
    MESSAGES.inc()


@after_commit(UserCreated)
def audit_account(created: UserCreated) -> None:
    """Log a new account."""
    audit("account created", account_id=created.user_id, role=created.role)


@after_commit(LoggedIn)
def audit_login(login: LoggedIn) -> None:
    """Log a login."""
    audit("login", account_id=login.user_id)


@after_commit(PasswordChanged)
def audit_password(changed: PasswordChanged) -> None:
    """Log a changed password."""
    audit("password changed", account_id=changed.user_id)


@after_commit(PasswordForgotten)
def audit_forgotten_password(forgotten: PasswordForgotten) -> None:
    """Log a request to reset a forgotten password."""
    audit("password forgotten", account_id=forgotten.user_id)


@after_commit(EmailChanged)
def audit_email(changed: EmailChanged) -> None:
    """Log a changed email."""
    audit("email changed", account_id=changed.user_id)


@after_commit(EmailConfirmed)
def audit_confirmed_email(confirmed: EmailConfirmed) -> None:
    """Log a confirmed email."""
    audit("email confirmed", account_id=confirmed.user_id)


@after_commit(InvitationMade)
def audit_invitation(made: InvitationMade) -> None:
    """Log a link with which a new user can set a password."""
    audit("invitation made", link_id=made.link_id)


@after_commit(RightsChanged)
def audit_rights(changed: RightsChanged) -> None:
    """Log a change of a user's role or of whether the user is active."""
    audit(
        "rights changed",
        account_id=changed.user_id,
        role=changed.role,
        active=changed.active,
    )


@after_commit(AccountClosed)
def audit_closed_account(closed: AccountClosed) -> None:
    """Log a closed account; after a restore, it has to be closed again."""
    audit("account closed", account_id=closed.user_id)


@after_commit(TicketDeleted)
def audit_ticket(deleted: TicketDeleted) -> None:
    """Log a deleted ticket."""
    audit("ticket deleted", ticket_id=deleted.ticket_id)


@after_commit(CommentDeleted)
def audit_comment(deleted: CommentDeleted) -> None:
    """Log a deleted comment."""
    audit(
        "comment deleted",
        comment_id=deleted.payload["id"],
        ticket_id=deleted.ticket_id,
    )


@after_commit(CategoryDeleted)
def audit_category(deleted: CategoryDeleted) -> None:
    """Log a deleted category."""
    audit("category deleted", category_id=deleted.category_id)
