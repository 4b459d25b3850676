"""What of all that happens is counted, and what goes into the audit log."""

from ticketing.accounts.events import (
    LoggedIn,
    PasswordChanged,
    StandingChanged,
    UserCreated,
)
from ticketing.categories.events import CategoryDeleted
from ticketing.chat.events import MessageSent
from ticketing.comments.events import CommentDeleted
from ticketing.ops.logs import audit
from ticketing.ops.metrics import MESSAGES
from ticketing.core.transaction import after_commit
from ticketing.tickets.events import TicketDeleted


@after_commit(MessageSent)
def count_message(sent: MessageSent) -> None:
    """One more has been sent."""
    MESSAGES.inc()


@after_commit(UserCreated)
def audit_account(created: UserCreated) -> None:
    """Someone may come in from now on."""
    audit("account created", account_id=created.user_id, role=created.role)


@after_commit(LoggedIn)
def audit_login(login: LoggedIn) -> None:
    """Someone came in."""
    audit("login", account_id=login.user_id)


@after_commit(PasswordChanged)
def audit_password(changed: PasswordChanged) -> None:
    """Someone comes in by another password."""
    audit("password changed", account_id=changed.user_id)


@after_commit(StandingChanged)
def audit_standing(changed: StandingChanged) -> None:
    """Someone has other rights, or is shut out."""
    audit(
        "standing changed",
        account_id=changed.user_id,
        role=changed.role,
        active=changed.active,
    )


@after_commit(TicketDeleted)
def audit_ticket(deleted: TicketDeleted) -> None:
    """A ticket is gone, with all that hung on it."""
    audit("ticket deleted", ticket_id=deleted.ticket_id)


@after_commit(CommentDeleted)
def audit_comment(deleted: CommentDeleted) -> None:
    """A comment is gone."""
    details = {"comment_id": deleted.payload["id"], "ticket_id": deleted.ticket_id}
    audit("comment deleted", **details)


@after_commit(CategoryDeleted)
def audit_category(deleted: CategoryDeleted) -> None:
    """A category is gone."""
    audit("category deleted", category_id=deleted.category_id)
