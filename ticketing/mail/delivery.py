"""Write and send one mail, if it is still to be sent."""

from collections.abc import Callable
from datetime import datetime
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

from ticketing import policy
from ticketing.accounts import links
from ticketing.accounts.addresses import is_valid
from ticketing.accounts.models import Link, SecurityNotice, User
from ticketing.core.database import db
from ticketing.core.errors import NotFoundError
from ticketing.core.settings import sends_mail
from ticketing.core.text import Language
from ticketing.history.models import Stream
from ticketing.mail import letters, queries
from ticketing.mail.letters import Letter, Reader, Said
from ticketing.mail.messages import Envelope, compose
from ticketing.mail.models import Kind
from ticketing.mail.transports import transport
from ticketing.tickets.access import find_ticket
from ticketing.tickets.models import Status, Ticket
from ticketing.webhooks.models import Webhook

Data = dict[str, Any]


def deliver(data: Data) -> None:
    """Send the mail of a job, unless its recipient is no longer to have it.

    :param data: as ``mail_job`` makes it.
    :raises JobError: it was refused.
    :raises OSError: it could not be handed over.
    """
    message = write(data) if sends_mail() else None
    db.session.close()  # a server that is slow would keep the connection
    if message:
        transport().send(message)


def write(data: Data) -> EmailMessage | None:
    """Return the mail of a job as things are now; ``None`` if there is none to send."""
    kind = Kind(data["kind"])
    if "link_id" in data:
        return _write_link(kind, data["link_id"])
    if "notice_id" in data:
        return _write_notice(kind, data["notice_id"])
    if "webhook_id" in data:
        return _write_about_webhook(kind, data)
    return _write_about_ticket(kind, data)


def reader_of(user: User) -> Reader:
    """Return how a user reads mails."""
    return Reader(user.locale or Language.ENGLISH, user.time_zone)


def _write_link(kind: Kind, link_id: int) -> EmailMessage | None:
    link = db.session.get(Link, link_id)
    user = db.session.get(User, link.user_id) if link else None
    if not link or not user or not link.is_valid or not user.active:
        return None
    letter, reader = LETTERS_WITH_LINK[kind](user, links.url_of(link)), reader_of(user)
    return _mail(letter, Envelope(kind, link.email, user.id, reader, link.id))


def _write_notice(kind: Kind, notice_id: int) -> EmailMessage | None:
    notice = db.session.get(SecurityNotice, notice_id)
    user = db.session.get(User, notice.user_id) if notice else None
    if not notice or not user or not user.active:
        return None
    reader = reader_of(user)
    letter = letters.security(user, notice.what, reader.when(notice.created_at))
    return _mail(letter, Envelope(kind, notice.email, user.id, reader, notice.id))


def _write_about_webhook(kind: Kind, data: Data) -> EmailMessage | None:
    user, webhook = _recipient(kind, data), db.session.get(Webhook, data["webhook_id"])
    if not user or not webhook or webhook.active or not policy.may_be_assigned(user):
        return None
    name = webhook.description or urlsplit(webhook.url).hostname or ""
    letter = letters.webhook_switched_off(name)
    reader = reader_of(user)
    return _mail(letter, Envelope(kind, user.email, user.id, reader, data["seq"]))


def _write_about_ticket(kind: Kind, data: Data) -> EmailMessage | None:
    user = _recipient(kind, data)
    ticket = _visible(user, data["ticket_id"]) if user else None
    letter = LETTERS[kind](ticket, user, data) if user and ticket else None
    if not user or not ticket or not letter:
        return None
    number = f"s{data['staff_seq']}" if "staff_seq" in data else data["seq"]
    about = (number, ticket.id)
    return _mail(letter, Envelope(kind, user.email, user.id, reader_of(user), *about))


def _mail(letter: Letter, envelope: Envelope) -> EmailMessage | None:
    """Return a mail, unless its address is not valid, as an imported user's may be."""
    return compose(letter, envelope) if is_valid(envelope.to) else None


def _recipient(kind: Kind, data: Data) -> User | None:
    """Return the user of a job, if mails of a kind may reach them, and they want it."""
    user = db.session.get(User, data["user_id"])
    may_be = user and policy.may_be_mailed(user)
    return user if user and may_be and queries.preferences(user.id)[kind] else None


def _visible(user: User, ticket_id: int) -> Ticket | None:
    try:
        find_ticket(user, ticket_id)
    except NotFoundError:
        return None
    return db.session.get(Ticket, ticket_id)


def _ticket_received(ticket: Ticket, user: User, data: Data) -> Letter | None:
    return letters.ticket_received(ticket)


def _ticket_opened(ticket: Ticket, user: User, data: Data) -> Letter | None:
    is_own = policy.is_customer_of(user, ticket)
    is_for = policy.may_be_assigned(user) and not is_own
    return letters.ticket_opened(ticket) if is_for else None


def _assigned(ticket: Ticket, user: User, data: Data) -> Letter | None:
    if ticket.assigned_to != user.id:
        return None
    actor_id = queries.entry(ticket.id, data["seq"]).actor_id
    actor = db.session.get(User, actor_id) if actor_id else None
    return letters.assigned(ticket, actor.name if actor else None)


def _reply(ticket: Ticket, user: User, data: Data) -> Letter | None:
    side = ticket.side_of(user.id)
    new = queries.replies(ticket, side.other, data["after"], data["seq"])
    said = [Said(text, author, at, files) for at, author, text, files in new]
    return letters.reply(ticket, said, side) if said else None


def _status(ticket: Ticket, user: User, data: Data) -> Letter | None:
    changes = queries.entry(ticket.id, data["seq"]).payload["changes"]
    return letters.status(ticket, Status(changes["status"][1]))


def _alert(ticket: Ticket, user: User, data: Data) -> Letter | None:
    if not policy.may_be_assigned(user):
        return None
    entry = queries.entry(ticket.id, data["staff_seq"], Stream.STAFF)
    if entry.name == "rule.applied":
        return letters.rule_notifies(ticket, entry.payload["name"])
    due_at = entry.payload["due_at"]  # null if it is years ahead
    by = reader_of(user).when(datetime.fromisoformat(due_at)) if due_at else "–"
    alarm = LETTERS_OF_TARGETS[entry.name]
    return alarm(ticket, entry.payload["target"], by)


LETTERS: dict[Kind, Callable[[Ticket, User, Data], Letter | None]] = {
    Kind.TICKET_RECEIVED: _ticket_received,
    Kind.TICKET_OPENED: _ticket_opened,
    Kind.ASSIGNED: _assigned,
    Kind.REPLY: _reply,
    Kind.STATUS: _status,
    Kind.ALERT: _alert,
}
LETTERS_OF_TARGETS = {
    "sla.warning": letters.target_is_due,
    "sla.missed": letters.target_was_missed,
}
LETTERS_WITH_LINK = {
    Kind.INVITATION: letters.invitation,
    Kind.PASSWORD_RESET: letters.password_reset,
    Kind.CONFIRMATION: letters.confirmation,
}
