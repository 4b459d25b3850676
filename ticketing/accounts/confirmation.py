"""Use cases of confirming an email."""

from ticketing.accounts import credentials, links
from ticketing.accounts.models import Actor, Purpose
from ticketing.accounts.service import NO_SUCH_USER, lock_for_change
from ticketing.core.errors import NotFoundError
from ticketing.core.settings import sends_mail
from ticketing.core.text import t
from ticketing.core.transaction import transaction


@transaction()
def confirm_email(token: str) -> None:
    """Confirm the email that a link was mailed to.

    :raises InvalidError: the token is not that of a valid link.
    """
    credentials.confirm_email(links.use(token, Purpose.CONFIRMATION))


@transaction()
def mail_another(actor: Actor) -> dict[str, str]:
    """Mail another link to ``actor``, unless their email is confirmed.

    :return: a message that says whether a link is mailed.
    :raises TooManyLinksError: too many were requested in the last hour.
    :raises NotFoundError: the account was deleted in the meantime.
    """
    user = lock_for_change(actor.id)
    if user is None:
        raise NotFoundError(NO_SUCH_USER)
    if user.email_confirmed:
        return {"message": t("Your email is confirmed already.")}
    if not sends_mail():
        return {"message": t("No mails are sent here.")}
    credentials.request_confirmation(user)
    text = t("A link to confirm your email is mailed to {email}.", email=user.email)
    return {"message": text}
