"""Make mails of letters: plain text and HTML, with headers that nothing can enter."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, formataddr
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ticketing.accounts.addresses import address_key
from ticketing.core.database import utcnow
from ticketing.core.public_url import public_url
from ticketing.core.settings import setting
from ticketing.core.text import Language, Translatable, t
from ticketing.inbound_mail.reply_addresses import reply_address
from ticketing.mail import tokens
from ticketing.mail.letters import Letter, Reader, Said
from ticketing.mail.models import OPTIONAL, Kind

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
RIGHT_TO_LEFT = {Language.ARABIC}
# What ends a line somewhere, or is no character of a text.
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# What changes the direction of the text that follows.
BIDI = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]")
SURROGATES = re.compile("[\ud800-\udfff]")
ENCODED = "=?"  # begins an encoded word (RFC 2047)
MAX_ENCODED_LENGTH = 75  # of such a word
ANSWERED = {Kind.TICKET_RECEIVED, Kind.TICKET_OPENED, Kind.REPLY}  # by mail, too
UNFOLDED = {"In-Reply-To", "References", "List-Unsubscribe"}


class Policy(EmailPolicy):
    """Fold headers by ``email.header``.

    EmailPolicy itself (Python 3.11, email/_header_value_parser.py) loses spaces between
    encoded words, and encodes ids and URLs that are longer than a line.
    """

    def fold(self, name: str, value: Any) -> str:
        """Return the lines of a header, in ASCII; of addresses, unless ``utf8``."""
        if name == "From":
            return f"{name}: {self._fold_sender(value.addresses[0])}{self.linesep}"
        if name == "Subject":
            return f"{name}: {self._fold_text(name, value)}{self.linesep}"
        if name in UNFOLDED:
            return f"{name}: {value}{self.linesep}"
        return super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Return the lines of a header, encoded."""
        return self.fold(name, value).encode("utf-8")

    def _fold_sender(self, sender: Address) -> str:
        if _is_plain(sender.display_name):
            return formataddr((sender.display_name, sender.addr_spec))
        return f"{self._fold_text('From', sender.display_name)} <{sender.addr_spec}>"

    def _fold_text(self, name: str, text: str) -> str:
        charset = None if _is_plain(text) else "utf-8"
        folded = Header(str(text), charset, MAX_ENCODED_LENGTH, name)
        return folded.encode(linesep=self.linesep)


def _is_plain(text: str) -> bool:
    return text.isascii() and ENCODED not in text


POLICY = Policy(linesep="\r\n", cte_type="7bit")


@dataclass(frozen=True)
class Envelope:
    """The recipient of a mail, and the subject it is about.

    :ivar to: the address.
    :ivar number: distinguishes mails of a kind; of a ticket, it is the ``seq`` in its
        public stream, or an ``s`` and that in its staff stream.
    :ivar ticket_id: ``None`` if it is not about a ticket.
    """

    kind: Kind
    to: str
    user_id: int
    reader: Reader
    number: int | str
    ticket_id: int | None = None


def compose(letter: Letter, envelope: Envelope) -> EmailMessage:
    """Return the mail that brings a letter."""
    language = envelope.reader.language
    message = EmailMessage(policy=POLICY)
    message["From"] = Address(
        one_line(setting("SERVICE_NAME")), addr_spec=setting("MAIL_FROM")
    )
    message["To"] = _deliverable(envelope.to)
    subject = _subject(letter, envelope)
    # EmailMessage decodes what it is given, whoever has encoded it.
    encoded = Header(subject, "utf-8", maxlinelen=0).encode(maxlinelen=0)
    message["Subject"] = encoded if ENCODED in subject else subject
    message["Date"] = format_datetime(utcnow())
    for name, value in _threading(envelope).items():
        message[name] = value
    message["Auto-Submitted"] = "auto-generated"
    shown = _shown(letter, envelope.reader)
    if address := _reply_to(envelope):
        message["Reply-To"] = address
        shown["closing"] = _line(t("To answer, reply to this mail."), language)
    if envelope.kind in OPTIONAL:
        url = unsubscribe_url(envelope.user_id, envelope.kind)
        message["List-Unsubscribe"] = f"<{url}>"
        message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        shown["unsubscribe"] = (_line(t("No more such mails"), language), url)
    message.set_content(TEMPLATES.get_template("letter.txt").render(shown))
    html = TEMPLATES.get_template("letter.html").render(shown)
    message.add_alternative(html, subtype="html")
    return message


def unsubscribe_url(user_id: int, kind: Kind) -> str:
    """Return the URL that switches off a kind of mail for a user."""
    return public_url(f"/unsubscribe?token={tokens.issue(user_id, kind)}")


def one_line(text: str) -> str:
    """Return a name or subject without what would break the line or turn it around."""
    return BIDI.sub("", CONTROL.sub(" ", SURROGATES.sub("\ufffd", text))).strip()


def _reply_to(envelope: Envelope) -> str | None:
    """Return the address whose mails become comments on the ticket, if there is one."""
    if envelope.ticket_id is None or envelope.kind not in ANSWERED:
        return None
    return reply_address(envelope.ticket_id, envelope.user_id)


def _deliverable(address: str) -> str:
    """Return an address with its domain in ASCII, which every mail server takes."""
    local, _, domain = address.rpartition("@")
    return f"{local}@{address_key(address).rpartition('@')[2]}" if domain else address


def _subject(letter: Letter, envelope: Envelope) -> str:
    subject = _line(letter.subject, envelope.reader.language)
    number = envelope.ticket_id
    return subject if number is None else f"[#{number}] {subject}"


def _threading(envelope: Envelope) -> Mapping[str, str]:
    """Return the headers that identify a mail, and keep a ticket's in one thread."""
    host = setting("MAIL_FROM").rpartition("@")[2]
    own = f"{envelope.kind}.{envelope.number}.{envelope.user_id}@{host}"
    if envelope.ticket_id is None:
        return {"Message-ID": f"<{own}>"}
    thread = f"<ticket-{envelope.ticket_id}@{host}>"
    return {
        "Message-ID": f"<ticket-{envelope.ticket_id}.{own}>",
        "In-Reply-To": thread,
        "References": thread,
    }


def _shown(letter: Letter, reader: Reader) -> dict[str, Any]:
    """Return what the templates show: texts in the reader's language."""
    language = reader.language
    line = partial(_line, language=language)
    return {
        "language": language.value,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "service": one_line(setting("SERVICE_NAME")),
        "paragraphs": [line(text) for text in letter.paragraphs],
        "facts": [(line(name), line(value)) for name, value in letter.facts],
        "said": [_said(each, reader) for each in letter.said],
        "link": letter.link and (line(letter.link[0]), letter.link[1]),
        "closing": letter.closing and line(letter.closing),
        "unsubscribe": None,
    }


def _said(said: Said, reader: Reader) -> dict[str, Any]:
    lines = SURROGATES.sub("\ufffd", said.text).expandtabs(4).splitlines()
    return {
        "author": said.author and one_line(said.author),
        "at": said.at and reader.when(said.at),
        "lines": [CONTROL.sub(" ", line) for line in lines],
        "files": said.files_line and _line(said.files_line, reader.language),
    }


def _line(text: str, language: Language) -> str:
    """Return a text on one line; one of ours in a language."""
    if isinstance(text, Translatable):
        text = text.in_language(language)
    return one_line(text)
