"""Read a message as mail servers hand it over (RFC 5322, MIME), whoever wrote it.

What is malformed is read as far as it makes sense, and everything is bounded: the
lines, the parts, the length of a header and of a text.
"""

import codecs
import enum
import hashlib
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from email.errors import NonASCIILocalPartDefect, ObsoleteHeaderDefect
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from email.parser import BytesFeedParser
from email.policy import EmailPolicy
from typing import Any

from ticketing.core.errors import TicketingError
from ticketing.core.text import t
from ticketing.inbound_mail import html_texts
from ticketing.inbound_mail.reply_texts import new_text

MAX_BYTES = 25 * 1024 * 1024
MAX_LINES = 500_000  # 25 MiB of Base64 have 350,000
MAX_PARTS = 50
MAX_HEADER_LENGTH = 1_000
MAX_RECIPIENTS_LENGTH = 100_000  # of a header, and of all of these together
MAX_TEXT_BYTES = 200_000  # of all parts together

# In the order in which they say whom a message was delivered to.
RECIPIENTS = ("x-original-to", "delivered-to", "to", "cc")
READ = {
    *(*RECIPIENTS, "from", "message-id", "return-path", "auto-submitted"),
    *("precedence", "x-autoreply", "x-autorespond"),
}
Headers = Mapping[str, Sequence[str]]
BULK = {"bulk", "junk", "list", "auto_reply"}
TOKEN = re.compile(r"\\.|[()]|[a-z_-]+")  # an escaped parenthesis is none
PARENTHESES = {"(": 1, ")": -1}
# Postfix writes the last one, unless its pipe(8) is told otherwise.
NULL_SENDERS = {"", "<>", "<mailer-daemon>"}

LATIN = {"ascii", "iso8859-1", "iso8859-15", "cp1252"}
# Python has other codecs: some are no charsets, some take quadratic time.
CHARSET = re.compile(
    "ascii|utf-(7|8|16|32)(-[bl]e)?|iso8859-.*|iso2022.*|cp[0-9]+|koi8-.|mac-.*|"
    "gb.*|big5.*|hz|euc.*|shift_jis.*|johab|tis-620|kz1048|ptcp154"
)
UNSTORABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
# A line that goes on in the next one (RFC 3676); "-- " begins a signature.
SOFT_BREAK = re.compile(r"^(?!>)(?!-- $)(.*) \n(?!>|-- $)", re.MULTILINE)


class UnreadableMessageError(TicketingError):
    """It is no message that the service reads."""

    status = 422
    code = "unreadable"
    message = t("This message cannot be read.")


class Ignored(enum.StrEnum):
    """Why a message is ignored: no human wrote it, or it has been received before."""

    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    OWN_ADDRESS = "own_address"
    REPEATED = "repeated"


@dataclass(frozen=True)
class AttachedFile:
    """A file that is attached to a message.

    :ivar content: ``None`` if it cannot be read, as that of a forwarded message.
    """

    name: str
    content: bytes | None


@dataclass(frozen=True)
class Mail:
    """What a message says.

    :ivar ignored: why it is to be ignored, if it is.
    :ivar sender: the address in ``From``, if there is exactly one.
    :ivar recipients: the headers that name whom it was sent to.
    :ivar identity: the same whenever the message is received again.
    :ivar text: what is new in it.
    :ivar files: the attached files; the last one is ``…`` if there may be more.
    """

    ignored: Ignored | None
    sender: str | None
    recipients: str
    identity: str
    text: str
    files: Sequence[AttachedFile]

    def identity_on(self, ticket_id: int) -> str:
        """Return a digest that no other message, and no other ticket, has."""
        return hashlib.sha256(f"{ticket_id}:{self.identity}".encode()).hexdigest()


class _BoundedPolicy(EmailPolicy):
    """Keep the beginnings of headers: the time to parse one is not linear.

    Of a ``From`` nothing is kept then: its beginning may be another address.
    """

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        if name.lower() in RECIPIENTS:
            return name, value[:MAX_RECIPIENTS_LENGTH]
        if len(value) > MAX_HEADER_LENGTH and name.lower() == "from":
            return name, ""
        return name, value[:MAX_HEADER_LENGTH]


class _TooManyPartsError(Exception):
    """The parts beyond ``MAX_PARTS`` are not read."""


@dataclass(frozen=True)
class _Content:
    """What a part says.

    :ivar is_plain: whether the text was written as such, not as HTML.
    """

    text: str = ""
    is_plain: bool = True
    files: tuple[AttachedFile, ...] = ()


@dataclass
class _Budget:
    """How many bytes of the texts of a message are still read."""

    left: int

    def take(self, data: bytes) -> bytes:
        """Return the beginning of a text, and count it."""
        taken = data[: self.left]
        self.left -= len(taken)
        return taken


HARMLESS_DEFECTS = (ObsoleteHeaderDefect, NonASCIILocalPartDefect)
POLICY = _BoundedPolicy()
HEADERS = HeaderRegistry()


def read(raw: bytes) -> Mail:
    """Read a message.

    :param raw: at most ``MAX_BYTES``.
    :raises UnreadableMessageError: it has too many lines, or headers that Python's
        parser fails on.
    """
    if max(raw.count(b"\n"), raw.count(b"\r")) > MAX_LINES:
        raise UnreadableMessageError
    try:
        message, is_complete = _parse(raw)
        kind = message.get_content_type()
        content = _read_part(message, _Budget(MAX_TEXT_BYTES))
    # Python 3.11 documents that its parser never raises, but on some malformed headers
    # it does: RecursionError, IndexError, AttributeError, …
    except Exception as error:
        raise UnreadableMessageError from error
    headers = _headers(message)
    recipients = "\n".join(value for name in RECIPIENTS for value in headers[name])
    given_id = (headers["message-id"] or [""])[0].strip()
    return Mail(
        _reason_to_ignore(kind, headers),
        _sender(headers["from"]),
        recipients[:MAX_RECIPIENTS_LENGTH],
        hashlib.sha256(given_id.encode() or raw).hexdigest(),
        new_text(content.text),
        content.files if is_complete else (*content.files, AttachedFile("…", None)),
    )


def _parse(raw: bytes) -> tuple[EmailMessage, bool]:
    """Return a message, and whether all of its parts were read."""
    parts: list[EmailMessage] = []

    def new_part(policy: Any) -> EmailMessage:
        if len(parts) > MAX_PARTS:
            raise _TooManyPartsError
        parts.append(EmailMessage(policy))
        return parts[-1]

    factory: Any = new_part
    parser: Any = BytesFeedParser(factory, policy=POLICY)
    parts.clear()  # it tries the function first
    with suppress(_TooManyPartsError):
        parser.feed(raw)
        parser.close()
        return parts[0], True
    return parts[0], False


def _headers(message: EmailMessage) -> Headers:
    """Return the values, unfolded, of each header in ``READ``."""
    headers: defaultdict[str, list[str]] = defaultdict(list)
    for given, value in message.raw_items():
        name = given.lower()
        if name in READ:
            unfolded = re.sub(r"[\r\n]+", "", str(value))
            encoded = unfolded.encode("ascii", "surrogateescape")
            headers[name].append(encoded.decode("utf-8", "replace"))
    return headers


def _reason_to_ignore(kind: str, headers: Headers) -> Ignored | None:
    """Return why a message is not from a human, if it says so (RFC 3834).

    :param kind: its media type; ``multipart/report`` (RFC 6522) is a bounce or says
        that a mail was read.
    """
    senders = {value.strip().lower() for value in headers["return-path"]}
    if kind == "multipart/report" or senders & NULL_SENDERS:
        return Ignored.BOUNCE
    automatic = set(map(_first_word, headers["auto-submitted"])) - {"", "no"}
    bulk = set(map(_first_word, headers["precedence"])) & BULK
    marked = headers["x-autoreply"] or headers["x-autorespond"]
    return Ignored.AUTO_REPLY if automatic or bulk or marked else None


def _first_word(value: str) -> str:
    """Return the first word that stands in no comment (RFC 5322, 3.2.2)."""
    depth = 0
    for token in TOKEN.findall(value.lower()):
        if token in PARENTHESES:
            depth = max(0, depth + PARENTHESES[token])
        elif not depth:
            return str(token)
    return ""


def _sender(values: Sequence[str]) -> str | None:
    """Return the address in ``From``, if all programs would read the same one."""
    if len(values) != 1:
        return None
    try:
        header: Any = HEADERS("From", values[0])
        addresses, defects = header.addresses, header.defects
    except Exception:  # see ``read``
        return None
    if len(addresses) != 1 or not all(
        isinstance(defect, HARMLESS_DEFECTS) for defect in defects
    ):
        return None
    address = addresses[0].addr_spec
    # In a group, behind a route (<@other.org:…>) or with an encoded word in the domain,
    # those who check the domain may see another one, or none.
    alone = "(?:.*<)?" + re.escape(address) + r">?\s*(?:\([^()]*\)\s*)?"
    return address if re.fullmatch(alone, values[0].strip(), re.DOTALL) else None


def _read_part(part: EmailMessage, budget: _Budget) -> _Content:
    kind = part.get_content_type()
    payload: Any = part.get_payload()
    if kind.startswith("multipart/") and isinstance(payload, list):
        return _joined(kind, [_read_part(child, budget) for child in payload])
    is_text = kind in {"text/plain", "text/html"} and not part.get_filename()
    if is_text and part.get_content_disposition() != "attachment":
        text = _text(part, budget)
        if kind == "text/html":
            return _Content(html_texts.text_of(text), is_plain=False)
        is_flowed = part.get_param("format", "") == "flowed"
        return _Content(SOFT_BREAK.sub(r"\1 ", text) if is_flowed else text)
    name = part.get_filename() or kind.replace("/", "-")
    decoded: Any = part.get_payload(decode=True)
    return _Content(files=(AttachedFile(name, decoded),))


def _joined(kind: str, children: list[_Content]) -> _Content:
    """Return what a multipart says, and the files of all its children.

    Of alternatives it is the plain text; of what is related, the first.
    """
    files = tuple(file for child in children for file in child.files)
    if kind == "multipart/related":
        children = children[:1]
    written = [child for child in children if child.text.strip()]
    if kind == "multipart/alternative":
        written.sort(key=lambda child: not child.is_plain)
        written = written[:1]
    text = "\n\n".join(child.text for child in written)
    return _Content(text, all(child.is_plain for child in written), files)


def _text(part: EmailMessage, budget: _Budget) -> str:
    """Return the text of a part, whatever charset it declares."""
    payload: Any = part.get_payload(decode=True) or b""
    data = budget.take(payload)
    for name in _charsets(part.get_content_charset("ascii")):
        decoder = codecs.getincrementaldecoder(name)()
        with suppress(UnicodeError):
            # A character at the end may be cut.
            return _storable(decoder.decode(data, len(data) == len(payload)))
    return _storable(data.decode("cp1252", "replace"))


def _charsets(declared: str) -> list[str]:
    """Return the charsets to try: UTF-8 before the Latin ones, which fit anything."""
    with suppress(LookupError, ValueError):
        name = codecs.lookup(declared).name
        if name not in LATIN and CHARSET.fullmatch(name):
            return [name, "utf-8"]
    return ["utf-8"]


def _storable(text: str) -> str:
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    return UNSTORABLE.sub("", lines)
