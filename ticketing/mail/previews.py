"""An example of each kind of mail."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage

from ticketing.accounts.models import Credential, User
from ticketing.categories.models import Category
from ticketing.core.public_url import public_url
from ticketing.core.text import Language
from ticketing.mail import letters
from ticketing.mail.letters import Letter, Reader, Said
from ticketing.mail.messages import Envelope, compose
from ticketing.mail.models import Kind
from ticketing.tickets.models import Priority, Side, Status, Ticket

NOBODY = 0  # the id of no user: tokens made for it do nothing
CARLA = User(id=NOBODY, name="Carla Cruz", email="carla@example.org")
ADA = User(id=NOBODY, name="Ada Lovelace", email="ada@example.org")
TICKET = Ticket(
    id=7,
    user=CARLA,
    category=Category(name="Hardware"),
    subject="Printer on fire",
    description="It burns.\n\nSince this morning, whatever I print.",
    priority=Priority.HIGH,
)
AT = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
ANSWERS = [
    Said("Unplug it, please.", ADA.name, AT),
    Said(
        "Somebody brings another one at noon.",
        ADA.name,
        AT.replace(minute=9),
        ["where.png", "when.pdf"],
    ),
]
QUESTION = [Said("It is out. What now?", CARLA.name, AT)]


def messages(language: Language) -> Iterator[tuple[str, EmailMessage]]:
    """Return the mails, each with a name."""
    reader = Reader(language, "Europe/Berlin")
    for name, kind, user, letter in _letters(reader):
        ticket_id = TICKET.id if letter.subject == TICKET.subject else None
        about = Envelope(kind, user.email, user.id, reader, 1, ticket_id)
        yield name, compose(letter, about)


def _letters(reader: Reader) -> Iterator[tuple[str, Kind, User, Letter]]:
    received = letters.ticket_received(TICKET)
    yield "ticket_received", Kind.TICKET_RECEIVED, CARLA, received
    yield "ticket_opened", Kind.TICKET_OPENED, ADA, letters.ticket_opened(TICKET)
    yield "assigned", Kind.ASSIGNED, ADA, letters.assigned(TICKET, "Bob")
    yield "assigned_by_rule", Kind.ASSIGNED, ADA, letters.assigned(TICKET, None)
    to_customer = letters.reply(TICKET, ANSWERS, Side.CUSTOMER)
    yield "reply_to_customer", Kind.REPLY, CARLA, to_customer
    to_support = letters.reply(TICKET, QUESTION, Side.SUPPORT)
    yield "reply_to_support", Kind.REPLY, ADA, to_support
    for status in (Status.RESOLVED, Status.CLOSED, Status.OPEN):
        name = f"status_{status}"
        yield name, Kind.STATUS, CARLA, letters.status(TICKET, status)
    alert = letters.webhook_switched_off("Accounting")
    yield "alert_webhook", Kind.ALERT, ADA, alert
    rule = letters.rule_notifies(TICKET, "Urgent tickets")
    yield "alert_rule", Kind.ALERT, ADA, rule
    for target in ("first_response", "next_response", "resolution"):
        by = reader.when(AT)
        due = letters.target_is_due(TICKET, target, by)
        yield f"alert_{target}_due", Kind.ALERT, ADA, due
        missed = letters.target_was_missed(TICKET, target, by)
        yield f"alert_{target}_missed", Kind.ALERT, ADA, missed
    password = public_url("/console/set-password#abc")
    confirm = public_url("/console/confirm#abc")
    invitation = letters.invitation(CARLA, password)
    yield "invitation", Kind.INVITATION, CARLA, invitation
    reset = letters.password_reset(CARLA, password)
    yield "password_reset", Kind.PASSWORD_RESET, CARLA, reset
    confirmation = letters.confirmation(CARLA, confirm)
    yield "confirmation", Kind.CONFIRMATION, CARLA, confirmation
    for what in Credential:
        letter = letters.security(CARLA, what, reader.when(AT))
        yield f"security_{what}", Kind.SECURITY, CARLA, letter
