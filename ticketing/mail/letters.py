"""The contents of each kind of mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ticketing.accounts.models import Credential, User
from ticketing.core.public_url import public_url
from ticketing.core.settings import setting
from ticketing.core.text import Language, t, tn
from ticketing.tickets.models import Priority, Side, Status, Ticket

PRIORITIES = {
    Priority.LOW: t("Low"),
    Priority.MEDIUM: t("Medium"),
    Priority.HIGH: t("High"),
    Priority.URGENT: t("Urgent"),
}


@dataclass(frozen=True)
class Reader:
    """The language and the time zone of a recipient."""

    language: Language
    time_zone: str | None

    def when(self, moment: datetime) -> str:
        """Return a time as the reader would write it."""
        # It takes 20 ms, and memory: see core.text.
        from babel.dates import format_date, format_time

        local = moment.astimezone(ZoneInfo(self.time_zone) if self.time_zone else UTC)
        day = format_date(local, "long", locale=self.language)
        time = format_time(local, "short", tzinfo=local.tzinfo, locale=self.language)
        return f"{day}, {time} {local.tzname()}"


@dataclass(frozen=True)
class Said:
    """A text that someone wrote.

    :ivar author: ``None``, as is ``at``, where the mail says it elsewhere.
    :ivar files: the names of the files that came with it.
    """

    text: str
    author: str | None = None
    at: datetime | None = None
    files: Sequence[str] = ()

    @property
    def files_line(self) -> str | None:
        """The line that names the files, if there are any."""
        named = t("Files: {names}", names=", ".join(self.files))
        return named if self.files else None


@dataclass(frozen=True)
class Letter:
    """The contents of a mail.

    :ivar facts: names and values.
    :ivar link: a text, and the URL that it leads to.
    :ivar closing: a paragraph after the link.
    """

    subject: str
    paragraphs: Sequence[str]
    facts: Sequence[tuple[str, str]] = ()
    said: Sequence[Said] = ()
    link: tuple[str, str] | None = None
    closing: str | None = None


def ticket_received(ticket: Ticket) -> Letter:
    """Confirm to a customer that their ticket has arrived."""
    return Letter(
        ticket.subject,
        [
            _hello(ticket.user),
            t("We have received your request, and will answer it as soon as we can."),
        ],
        said=[Said(ticket.description)],
        link=_link(ticket, Side.CUSTOMER),
    )


def ticket_opened(ticket: Ticket) -> Letter:
    """Notify an admin that a customer has opened a ticket."""
    return Letter(
        ticket.subject,
        [t("{name} has opened a ticket.", name=ticket.user.name)],
        facts=_facts(ticket),
        said=[Said(ticket.description)],
        link=_link(ticket, Side.SUPPORT),
    )


def assigned(ticket: Ticket, by: str | None) -> Letter:
    """Notify an admin that a ticket is now theirs.

    :param by: the name of who assigned it; ``None`` if a rule did.
    """
    by_rule = t("This ticket has been assigned to you.")
    by_someone = t("{name} has assigned this ticket to you.", name=by)
    return Letter(
        ticket.subject,
        [by_someone if by else by_rule],
        facts=[(t("Customer"), ticket.user.name), *_facts(ticket)],
        said=[Said(ticket.description)],
        link=_link(ticket, Side.SUPPORT),
    )


def reply(ticket: Ticket, said: Sequence[Said], to: Side) -> Letter:
    """Send one side of a ticket what the other one has written."""
    new = tn(
        "There is a new reply to your request.",
        "There are {count} new replies to your request.",
        count=len(said),
    )
    written = t("{name} has written on this ticket.", name=ticket.user.name)
    opening = [_hello(ticket.user), new] if to is Side.CUSTOMER else [written]
    return Letter(ticket.subject, opening, said=said, link=_link(ticket, to))


def status(ticket: Ticket, new: Status) -> Letter:
    """Notify a customer that support has ended their ticket, or reopened it."""
    changed = {
        Status.RESOLVED: t(
            "Your request has been resolved. If something is still not right, write "
            "to us again: that reopens it."
        ),
        Status.CLOSED: t("Your request has been closed."),
    }
    reopened = t("Your request has been reopened. We are working on it.")
    return Letter(
        ticket.subject,
        [_hello(ticket.user), changed.get(new, reopened)],
        link=_link(ticket, Side.CUSTOMER),
    )


def rule_notifies(ticket: Ticket, name: str) -> Letter:
    """Notify an admin that a rule calls them to a ticket.

    :param name: the rule's.
    """
    return _alert(ticket, t("The rule {name} notifies you of this ticket.", name=name))


def target_is_due(ticket: Ticket, target: str, by: str) -> Letter:
    """Warn an admin that most of the time for a target of a ticket is used up.

    :param by: when it is due, as the reader would write it.
    """
    texts = {
        "first_response": t("This ticket needs a first response by {time}.", time=by),
        "next_response": t("This ticket needs another response by {time}.", time=by),
        "resolution": t("This ticket needs to be resolved by {time}.", time=by),
    }
    return _alert(ticket, texts[target])


def target_was_missed(ticket: Ticket, target: str, by: str) -> Letter:
    """Notify an admin that a target of a ticket was missed.

    :param by: when it was due, as the reader would write it.
    """
    first = t("This ticket should have had a first response by {time}.", time=by)
    another = t("This ticket should have had another response by {time}.", time=by)
    resolved = t("This ticket should have been resolved by {time}.", time=by)
    texts = {"first_response": first, "next_response": another, "resolution": resolved}
    return _alert(ticket, texts[target])


def webhook_switched_off(name: str) -> Letter:
    """Notify an admin that the service has switched off a webhook.

    :param name: its description, or the host that it leads to.
    """
    return Letter(
        t("A webhook was switched off"),
        [
            t("The webhook {name} was switched off.", name=name),
            t(
                "Its receiver accepted nothing for five days, or asked not to be sent "
                "anything more. Once it is in order, switch the webhook on again."
            ),
        ],
    )


def invitation(user: User, url: str) -> Letter:
    """Invite someone for whom an admin has made an account."""
    service = setting("SERVICE_NAME")
    return Letter(
        t("Your invitation to {service}", service=service),
        [
            _hello(user),
            t("You have been invited to {service}.", service=service),
            t("Choose a password, and you can sign in with this address."),
        ],
        link=(t("Choose a password"), url),
        closing=t("The link can be used once, within 7 days."),
    )


def password_reset(user: User, url: str) -> Letter:
    """Let someone who has forgotten their password choose a new one."""
    return Letter(
        t("Choose a new password"),
        [
            _hello_if_confirmed(user),
            t("Someone, probably you, asked to choose a new password."),
        ],
        link=(t("Choose a new password"), url),
        closing=t(
            "The link can be used once, within an hour. If it was not you, ignore "
            "this mail: your password stays as it is."
        ),
    )


def confirmation(user: User, url: str) -> Letter:
    """Ask someone to confirm that an address is theirs."""
    return Letter(
        t("Confirm your email address"),
        [
            _hello_if_confirmed(user),
            t("Please confirm that this is your address, so that we can write to you."),
        ],
        link=(t("Confirm the address"), url),
        closing=t(
            "The link can be used once, within 7 days. If you did not give us this "
            "address, ignore this mail."
        ),
    )


def security(user: User, what: Credential, at: str) -> Letter:
    """Notify someone, at their old address, that their credentials were changed.

    :param what: which of them.
    :param at: when, as the reader would write it.
    """
    subject, text = {
        Credential.PASSWORD: (
            t("Your password was changed"),
            t("The password of your account was changed on {time}.", time=at),
        ),
        Credential.EMAIL: (
            t("Your email address was changed"),
            t("The email address of your account was changed on {time}.", time=at),
        ),
    }[what]
    warning = t("If it was not you, contact us at once.")
    return Letter(subject, [_hello(user), text, warning])


def _alert(ticket: Ticket, text: str) -> Letter:
    return Letter(
        ticket.subject,
        [text],
        facts=[(t("Customer"), ticket.user.name), *_facts(ticket)],
        said=[Said(ticket.description)],
        link=_link(ticket, Side.SUPPORT),
    )


def _hello(user: User) -> str:
    return t("Hello {name},", name=user.name)


def _hello_if_confirmed(user: User) -> str:
    """Greet someone by name only if their address is confirmed.

    Otherwise anyone could have any text mailed to anyone, as the name of an account.
    """
    return _hello(user) if user.email_confirmed else t("Hello,")


def _facts(ticket: Ticket) -> list[tuple[str, str]]:
    return [
        (t("Category"), ticket.category.name),
        (t("Priority"), PRIORITIES[ticket.priority]),
    ]


def _link(ticket: Ticket, side: Side) -> tuple[str, str]:
    own, others = t("View your request"), t("View the ticket")
    text = own if side is Side.CUSTOMER else others
    return text, public_url(f"/console/tickets/{ticket.id}")
