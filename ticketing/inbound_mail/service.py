"""The use case of replies by mail."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO
from math import ceil
from typing import IO

from sqlalchemy import select

from ticketing.accounts.addresses import address_key
from ticketing.accounts.models import User
from ticketing.accounts.service import lock_for_change
from ticketing.comments.models import Comment
from ticketing.comments.schemas import MAX_CONTENT_LENGTH
from ticketing.comments.service import add_comment
from ticketing.core.database import db, utcnow
from ticketing.core.errors import (
    InvalidError,
    NotFoundError,
    TicketingError,
    TooLargeError,
    TooManyRequestsError,
    UnavailableError,
)
from ticketing.core.idempotency import Created, IdempotencyRecord
from ticketing.core.offload import Queue
from ticketing.core.settings import setting
from ticketing.core.text import Language, t
from ticketing.core.transaction import transaction
from ticketing.files.models import File
from ticketing.files.schemas import MAX_FILES
from ticketing.files.service import store_file
from ticketing.inbound_mail import mime
from ticketing.inbound_mail.mime import AttachedFile, Ignored, Mail
from ticketing.inbound_mail.reply_addresses import find_reply_ids, has_reply_address
from ticketing.tickets.access import TicketClosedError, lock_ticket
from ticketing.tickets.attachments import Received, keeping, safe_name
from ticketing.tickets.models import Ticket
from ticketing.web.fields import BLANK

# Of idempotency keys; a digest follows, cut to their length. Clients' keys are ASCII.
KEY_PREFIX = "mail§"
KEY_LENGTH = 64
MAX_REPLIES = 10  # of a user in a period
PERIOD = timedelta(hours=1)
MAX_FILES_NAMED = 10
MAX_NAME_LENGTH = 100
CUT = "…"

# A hostile message takes some seconds of CPU; each that waits is held in memory.
_reading = Queue(max_running=1, max_calls=10)


@dataclass(frozen=True)
class _Upload:
    """An attached file, to be received as one that is uploaded."""

    filename: str | None
    stream: IO[bytes]


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
    """Without what it quotes and its signature, it has no text, nor a file we take."""

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
    :raises WrongSenderError: it is not from the user's address.
    :raises NoAccessError: the user is not active, or may not see the ticket.
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
            return _receive_from(mail, ticket_id, user_id)
        except WrongSenderError as error:  # the address of someone else was there, too
            refusal = error
    raise refusal


def _receive_from(
    mail: Mail, ticket_id: int, user_id: int
) -> Created[Comment] | Ignored:
    """Store a reply, if it is from a user, and its files, each of which may be refused.

    What was stored of them is removed if the reply is refused.
    """
    with ExitStack() as stack:
        if mail.files:
            _require_sender(mail, user_id)  # before anything of it is stored
        received = [_receive_file(file, stack) for file in mail.files[:MAX_FILES]]
        return _store(mail, received, ticket_id, user_id)


def _receive_file(file: AttachedFile, stack: ExitStack) -> Received | None:
    """Store an attached file until the stack is closed; ``None`` if it is refused."""
    upload = _Upload(file.name, BytesIO(file.content or b""))
    try:
        return stack.enter_context(keeping(upload, "file", File.key))
    except (InvalidError, TooLargeError):
        return None


@transaction()
def _store(
    mail: Mail, received: Sequence[Received | None], ticket_id: int, user_id: int
) -> Created[Comment] | Ignored:
    user = _require_sender(mail, user_id)
    if BLANK.fullmatch(mail.text) and not any(received):
        raise EmptyReplyError
    key = f"{KEY_PREFIX}{mail.identity_on(ticket_id)}"[:KEY_LENGTH]
    try:
        ticket = lock_ticket(user, ticket_id)
        lock_for_change(user.id)
        # Received again, it may read differently: a mailing list adds its footer.
        if earlier := db.session.get(IdempotencyRecord, (user.id, key)):
            comment = db.session.get(Comment, earlier.resource_id)
            return Created(comment, is_new=False) if comment else Ignored.REPEATED
        _require_few(user)
        files = [_store_file(user, ticket, each) for each in received]
        ids = [file.id for file in files if file]
        content = _content(mail, files, user.locale or Language.ENGLISH)
        return add_comment(user, ticket_id, content, file_ids=ids, key=key)
    except NotFoundError as error:
        raise NoAccessError from error
    except TicketClosedError as error:
        raise ReplyToClosedError from error


def _require_sender(mail: Mail, user_id: int) -> User:
    """Return the user whom the address was given to.

    :raises WrongSenderError: the message is not from the user's address.
    :raises NoAccessError: the user is not active.
    """
    user = db.session.get(User, user_id)
    if user is None or address_key(mail.sender or "") != address_key(user.email):
        raise WrongSenderError
    if not user.active:
        raise NoAccessError
    return user


def _store_file(user: User, ticket: Ticket, received: Received | None) -> File | None:
    """Add a file to the ticket; ``None`` if it was refused, or exceeds the quota."""
    try:
        return store_file(user, ticket, received) if received else None
    except TooLargeError:
        return None


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
    times = db.session.scalars(
        select(IdempotencyRecord.created_at)
        .where(
            IdempotencyRecord.user_id == user.id,
            IdempotencyRecord.key.startswith(KEY_PREFIX),
            IdempotencyRecord.created_at > now - PERIOD,
        )
        .order_by(IdempotencyRecord.created_at)
    ).all()
    if len(times) >= MAX_REPLIES:
        error = TooManyRequestsError(
            t("At most {count} replies by mail an hour.", count=MAX_REPLIES)
        )
        wait = times[-MAX_REPLIES] + PERIOD - now
        error.headers = {"Retry-After": str(ceil(wait.total_seconds()))}
        raise error


def _content(mail: Mail, files: Sequence[File | None], language: Language) -> str:
    """Return the text of the comment.

    :param files: what the first attached files became, ``None`` where refused.
    :raises EmptyReplyError: there is none, and no file.
    """
    is_blank = bool(BLANK.fullmatch(mail.text))
    if is_blank and not any(files):
        raise EmptyReplyError
    taken = [*files, *[None] * len(mail.files)]
    refused = [each.name for each, file in zip(mail.files, taken) if not file]
    notice = _notice(refused, language) if refused else ""
    if is_blank:
        return notice
    notice = f"\n\n{notice}" if notice else ""
    longest = MAX_CONTENT_LENGTH - len(notice)
    is_long = len(mail.text) > longest
    text = mail.text[: longest - len(CUT)].rstrip() + CUT if is_long else mail.text
    return text + notice


def _notice(names: Sequence[str], language: Language) -> str:
    """Return what is said of attached files that the comment does not have."""
    refused = t("Attached, but not taken: {names}", names=", ".join(_short(names)))
    return f"[{refused.in_language(language)}]"


def _short(names: Sequence[str]) -> Iterator[str]:
    for name in names[:MAX_FILES_NAMED]:
        safe = safe_name(name)
        is_long = len(safe) > MAX_NAME_LENGTH
        yield safe[: MAX_NAME_LENGTH - len(CUT)] + CUT if is_long else safe
    if len(names) > MAX_FILES_NAMED:
        yield CUT
