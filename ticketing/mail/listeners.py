"""Plan mails, in the transaction of what they are about."""

from ticketing.accounts.events import (
    ConfirmationRequested,
    CredentialsChanged,
    InvitationMade,
    PasswordResetMade,
)
from ticketing.core.transaction import during
from ticketing.history.events import StreamGrew
from ticketing.mail import service
from ticketing.mail.models import Kind
from ticketing.webhooks.events import WebhookSwitchedOff


@during(StreamGrew)
def plan(grew: StreamGrew) -> None:
    """Plan the mails of an entry of a ticket's log."""
    service.plan(grew)


@during(InvitationMade)
def plan_invitation(made: InvitationMade) -> None:
    """Plan the mail to an invited user."""
    service.plan_account_mail(Kind.INVITATION, link_id=made.link_id)


@during(PasswordResetMade)
def plan_password_reset(made: PasswordResetMade) -> None:
    """Plan the mail to a user who has forgotten their password."""
    service.plan_account_mail(Kind.PASSWORD_RESET, link_id=made.link_id)


@during(ConfirmationRequested)
def plan_confirmation(requested: ConfirmationRequested) -> None:
    """Plan the mail to an address that is to be confirmed."""
    service.plan_account_mail(Kind.CONFIRMATION, link_id=requested.link_id)


@during(CredentialsChanged)
def plan_security(changed: CredentialsChanged) -> None:
    """Plan the mail to the old address of a user whose credentials were changed."""
    service.plan_account_mail(Kind.SECURITY, notice_id=changed.notice_id)


@during(WebhookSwitchedOff)
def plan_alert_of_webhook(switched_off: WebhookSwitchedOff) -> None:
    """Plan the mails to admins that a webhook was switched off."""
    service.plan_for_admins(Kind.ALERT, webhook_id=switched_off.webhook_id)
