"""The command that receives replies by mail."""

import logging
import sys
from enum import IntEnum

import click
from flask import Flask
from flask.cli import AppGroup, with_appcontext

from ticketing.core.errors import TicketingError, TooLargeError
from ticketing.core.text import t
from ticketing.inbound_mail import service
from ticketing.inbound_mail.mime import MAX_BYTES, Ignored

_log = logging.getLogger(__name__)

group = AppGroup("mail", help="Mails.")


class Status(IntEnum):
    """The exit statuses that mail servers understand (sysexits.h)."""

    OK = 0
    DATAERR = 65
    TEMPFAIL = 75


@group.command("receive")
@with_appcontext
def receive() -> None:
    """Read one message from standard input; add it to its ticket as a comment.

    It exits with 0 if the message was stored, is ignored, or was not sent to an address
    that takes replies; with 65 if it is refused; with 75 if it is to be tried again.
    """
    try:
        click.echo(_receive(sys.stdin.buffer.read(MAX_BYTES + 1)))
    except service.UnknownTokenError as error:
        # A refusal would be mailed to whoever was named as the sender.
        click.echo(error.message)
    except TicketingError as error:
        click.echo(error.message, err=True)
        is_refused = error.status in (413, 422)
        sys.exit(Status.DATAERR if is_refused else Status.TEMPFAIL)
    except Exception:  # the database is down, …: the mail server keeps the message
        _log.exception("a message could not be received; it is to be tried again")
        sys.exit(Status.TEMPFAIL)


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(group)


def _receive(raw: bytes) -> str:
    """Receive a message; return what became of it, in a sentence.

    :raises TicketingError: it is refused.
    """
    if len(raw) > MAX_BYTES:
        raise TooLargeError(t("At most {most} MiB.", most=MAX_BYTES >> 20))
    outcome = service.receive(raw)
    if isinstance(outcome, Ignored):
        return f"Ignored: {outcome}."
    comment = outcome.resource
    verb = "Added" if outcome.is_new else "Already added"
    return f"{verb} as comment {comment.id} on ticket {comment.ticket_id}."
