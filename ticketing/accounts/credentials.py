"""Change the password and the email of a locked user, in the current transaction.

Such a change voids links, and is reported to the address that the user had before it.
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
    """Set a password; it voids the links with which one could be set.

    The first one, which an invited user sets, is no change to report.

    :param hashed: the password's hash, as ``hash_password`` returns it.
    """
    if user.password is not None:
        _report(user, Credential.PASSWORD)
    user.password = hashed
    links.void(user.id, *links.FOR_PASSWORDS)
    publish(PasswordChanged(user.id))


def change_email(user: User, email: str) -> None:
    """Set an email, which is to be confirmed; it voids every link.

    :raises TooManyLinksError: too many confirmations were requested in the last hour.
    """
    _report(user, Credential.EMAIL)
    user.email = email
    links.void(user.id, *Purpose)
    publish(EmailChanged(user.id))
    request_confirmation(user)


def request_confirmation(user: User) -> None:
    """Require that the email is confirmed, by a link that is mailed to it.

    Without mails there is no link; once there are, the user can ask for one.

    :raises TooManyLinksError: too many were requested in the last hour.
    """
    user.email_confirmed = False
    if not sends_mail():
        return
    link = links.make(user, Purpose.CONFIRMATION)
    publish(ConfirmationRequested(link.id))


def confirm_email(user: User) -> None:
    """Confirm the email: whoever acts has read a mail that was sent to it."""
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


def _report(user: User, what: Credential) -> None:
    """Have a change mailed to the present address, if it is confirmed."""
    if not user.email_confirmed or not sends_mail():
        return
    notice = SecurityNotice(user_id=user.id, what=what, email=user.email)
    db.session.add(notice)
    db.session.flush()
    publish(CredentialsChanged(notice.id))
