"""The use case of replies by mail."""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil

from ticketing.accounts.addresses import address_key
from ticketing.accounts.models import User
from ticketing.accounts.service import lock_user_row
from ticketing.comments.models import Comment
from ticketing.comments.schemas import MAX_CONTENT_LENGTH
from ticketing.comments.service import add_comment
from ticketing.core.database import db, utcnow
from ticketing.core.errors import (
    NotFoundError,
    TicketingError,
    TooManyRequestsError,
    UnavailableError,
)
from ticketing.core.idempotency import Created, created_under, creation_times
from ticketing.core.offload import Queue
from ticketing.core.settings import setting
from ticketing.core.text import Language, t
from ticketing.core.transaction import transaction
from ticketing.inbound_mail import mime
from ticketing.inbound_mail.mime import Ignored, Mail
from ticketing.inbound_mail.reply_addresses import find_reply_ids, has_reply_address
from ticketing.tickets.access import TicketClosedError, lock_ticket
from ticketing.tickets.attachments import safe_name
from ticketing.web.fields import BLANK

KEY_PREFIX = "mail-"  # of idempotency keys; a digest follows, cut to their length
KEY_LENGTH = 64
MAX_REPLIES = 10  # of a user in a period
PERIOD = timedelta(hours=1)
MAX_FILES_NAMED = 10
MAX_NAME_LENGTH = 100
CUT = "…"

# A hostile message takes some seconds of CPU; each that waits is held in memory.
_reading = Queue(max_running=1, max_calls=10)


class UnknownTokenError(TicketingError):
    """The message was sent to no address of ours that a token of ours is in."""

    status = 422
    code = "unknown_token"
    message = t("This message was sent to no address that takes replies.")


class WrongSenderError(TicketingError):
    """It is not from the address of the user whom its address was given to."""

    status = 422
    code = "wrong_sender"
    message = t("Reply from the address that you have told us, and from no other.")


class EmptyReplyError(TicketingError):
    """Without what it quotes, its signature and attached files, it has no text."""

    status = 422
    code = "empty"
    message = t("There is no text in this message.")


class NoAccessError(TicketingError):
    """The user may not write on the ticket any more, or there is no such ticket."""

    status = 422
    code = "no_access"
    message = t("You cannot write on this ticket any more.")


class ReplyToClosedError(TicketingError):
    """Customers cannot write on a closed ticket."""

    status = 422
    code = TicketClosedError.code
    message = TicketClosedError.message


def receive(raw: bytes) -> Created[Comment] | Ignored:
    """Add a reply by mail to its ticket, as a public comment of who sent it.

    :param raw: the message, at most ``mime.MAX_BYTES``.
    :return: the comment, or why there is none.
    :raises UnreadableMessageError: it cannot be parsed.
    :raises UnknownTokenError: it was sent to no address that takes replies.
    :raises NoAccessError: the user is not active, or may not see the ticket.
    :raises WrongSenderError: it is not from the user's address.
    :raises EmptyReplyError: it says nothing new.
    :raises ReplyToClosedError: the ticket is closed, and the user is not an admin.
    :raises TooManyRequestsError: the user has sent too many replies.
    :raises UnavailableError: no address takes replies, by the settings, or too many
        messages wait to be read.
    """
    if not setting("MAIL_REPLY_TO"):
        raise UnavailableError(t("MAIL_REPLY_TO is not set, so no reply is received."))
    mail = _reading.offload(mime.read, raw)
    if mail.ignored:
        return mail.ignored
    if _is_ours(mail.sender or ""):
        return Ignored.OWN_ADDRESS
    refusal: TicketingError = UnknownTokenError()
    for ticket_id, user_id in find_reply_ids(mail.recipients):
        try:
            return _store(mail, ticket_id, user_id)
        except WrongSenderError as error:  # the address of someone else was there, too
            refusal = error
    raise refusal


@transaction()
def _store(mail: Mail, ticket_id: int, user_id: int) -> Created[Comment] | Ignored:
    user = db.session.get(User, user_id)
    if user is None or not user.active:
        raise NoAccessError
    if address_key(mail.sender or "") != address_key(user.email):
        raise WrongSenderError
    content = _content(mail, user.locale or Language.ENGLISH)
    key = f"{KEY_PREFIX}{mail.identity_on(ticket_id)}"[:KEY_LENGTH]
    try:
        lock_ticket(user, ticket_id)
        lock_user_row(user.id)
        # Received again, it may read differently: a mailing list adds its footer.
        if comment_id := created_under(user.id, key):
            comment = db.session.get(Comment, comment_id)
            return Created(comment, is_new=False) if comment else Ignored.REPEATED
        _require_few(user)
        return add_comment(user, ticket_id, content, key=key)
    except NotFoundError as error:
        raise NoAccessError from error
    except TicketClosedError as error:
        raise ReplyToClosedError from error


def _is_ours(address: str) -> bool:
    """Return whether mail from an address would be answered by mail to it, for ever."""
    own = setting("MAIL_FROM")
    is_sender = bool(own) and address_key(address) == address_key(own)
    return is_sender or has_reply_address(address)


def _require_few(user: User) -> None:
    """Check that a user has not sent ``MAX_REPLIES`` in the last ``PERIOD``.

    So do two programs that answer each other, and do not say that they are programs.
    They are counted in the database: a command receives each in a process of its own.

    :raises TooManyRequestsError: they have.
    """
    now = utcnow()
    times = creation_times(user.id, KEY_PREFIX, now - PERIOD)
    if len(times) >= MAX_REPLIES:
        error = TooManyRequestsError(
            t("At most {count} replies by mail an hour.", count=MAX_REPLIES)
        )
        wait = times[-MAX_REPLIES] + PERIOD - now
        error.headers = {"Retry-After": str(ceil(wait.total_seconds()))}
        raise error


def _content(mail: Mail, language: Language) -> str:
    """Return the text of the comment.

    :raises EmptyReplyError: there is none.
    """
    if BLANK.fullmatch(mail.text):
        raise EmptyReplyError
    notice = "\n\n" + _notice(mail, language) if mail.files else ""
    longest = MAX_CONTENT_LENGTH - len(notice)
    is_long = len(mail.text) > longest
    text = mail.text[: longest - len(CUT)].rstrip() + CUT if is_long else mail.text
    return text + notice


def _notice(mail: Mail, language: Language) -> str:
    """Return what is said of attached files, none of which a comment can have."""
    refused = t("Attached, but not taken: {names}", names=", ".join(_names(mail)))
    return f"[{refused.in_language(language)}]"


def _names(mail: Mail) -> Iterator[str]:
    for name in mail.files[:MAX_FILES_NAMED]:
        safe = safe_name(name)
        is_long = len(safe) > MAX_NAME_LENGTH
        yield safe[: MAX_NAME_LENGTH - len(CUT)] + CUT if is_long else safe
    if len(mail.files) > MAX_FILES_NAMED:
        yield CUT
