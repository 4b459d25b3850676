"""Change the password and the email of a locked user, in the current transaction.

Such a change voids links, and the user's former address is notified of it.
"""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete

from ticketing.accounts import links
from ticketing.accounts.events import (
    ConfirmationRequested,
    CredentialsChanged,
    EmailChanged,
    EmailConfirmed,
    PasswordChanged,
)
from ticketing.accounts.models import Credential, Purpose, SecurityNotice, User
from ticketing.core.database import db, later_than
from ticketing.core.settings import sends_mail
from ticketing.core.transaction import publish


def change_password(user: User, hashed: str) -> None:
    """Set a password; void the links with which one could be set.

    No notice is sent for the first password, which an invited user sets.

    :param hashed: the password's hash, as ``hash_password`` returns it.
    """
    if user.password is not None:
        _notify(user, Credential.PASSWORD)
    user.password = hashed
    links.void(user.id, *links.FOR_PASSWORDS)
    publish(PasswordChanged(user.id))


def change_email(user: User, email: str) -> None:
    """Set an email, which has to be confirmed; void every link.

    :raises TooManyLinksError: too many confirmations were requested in the last hour.
    """
    _notify(user, Credential.EMAIL)
    user.email = email
    links.void(user.id, *Purpose)
    publish(EmailChanged(user.id))
    request_confirmation(user)


def request_confirmation(user: User) -> None:
    """Mark the email as unconfirmed, and mail a link to it that confirms it.

    If the service sends no mails, there is no link; the user can request one later.

    :raises TooManyLinksError: too many were requested in the last hour.
    """
    user.email_confirmed = False
    if not sends_mail():
        return
    link = links.create(user, Purpose.CONFIRMATION)
    publish(ConfirmationRequested(link.id))


def confirm_email(user: User) -> None:
    """Mark the email as confirmed: the user has used a link that was mailed to it."""
    if user.email_confirmed:
        return
    user.email_confirmed = True
    user.updated_at = later_than(user.updated_at)
    links.void(user.id, Purpose.CONFIRMATION)
    publish(EmailConfirmed(user.id))


def delete_notices(before: datetime) -> int:
    """Delete the notices that are older than ``before``; return their number."""
    old = delete(SecurityNotice).where(SecurityNotice.created_at < before)
    return cast(CursorResult[Any], db.session.execute(old)).rowcount


def _notify(user: User, what: Credential) -> None:
    """Mail a notice of a change to the present address, if it is confirmed."""
    if not user.email_confirmed or not sends_mail():
        return
    notice = SecurityNotice(user_id=user.id, what=what, email=user.email)
    db.session.add(notice)
    db.session.flush()
    publish(CredentialsChanged(notice.id))
