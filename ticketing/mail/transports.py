"""Hand mails over: to an SMTP server, or as files to a directory."""

import os
import smtplib
import ssl
from contextlib import suppress
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

from ticketing.core.settings import setting
from ticketing.jobs.kinds import JobError
from ticketing.mail.messages import POLICY
from ticketing.webhooks import names

TIMEOUT_S = 30.0  # of each step of a conversation with a server


class Transport(Protocol):
    """A way that mails go."""

    def send(self, message: EmailMessage) -> None:
        """Hand over a mail to its one recipient.

        :raises JobError: it was refused.
        :raises OSError: it could not be handed over.
        """


class Directory:
    """Writes each mail into a file, which has the name of its ``Message-ID``.

    Only the owner of the process may read it: links in mails are secrets.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, message: EmailMessage) -> None:
        """Write the file; one that another attempt has written is replaced."""
        self._path.mkdir(0o700, parents=True, exist_ok=True)
        name = message["Message-ID"].strip("<>").partition("@")[0]
        unfinished = self._path / f".{name}.{os.getpid()}"
        unfinished.touch(0o600)
        unfinished.write_bytes(message.as_bytes(policy=POLICY.clone(utf8=True)))
        unfinished.replace(self._path / f"{name}.eml")


class Server:
    """Sends mails through an SMTP server.

    Without TLS from the start, STARTTLS is used where the server offers it. It is
    required, and the certificate verified, if the URL says so or has a password that
    would leave this machine.
    """

    def __init__(self, url: SplitResult) -> None:
        self._host, self._port = url.hostname or "", url.port or 0
        self._user, self._password = (
            unquote(part or "") for part in (url.username, url.password)
        )
        self._tls_from_start = url.scheme == "smtps"
        leaves = bool(self._password) and not is_loopback(self._host)
        self._requires_tls = leaves or url.query == "tls=required"

    def send(self, message: EmailMessage) -> None:
        """Send a mail.

        :raises JobError: the server refused it; for good, if by 5xx.
        :raises OSError: the server cannot be reached, or not be understood.
        """
        try:
            server = self._connect()
            try:
                self._log_in(server)
                _hand_over(server, message)
                with suppress(OSError):  # the server has accepted it
                    server.quit()
            finally:
                server.close()
        except smtplib.SMTPRecipientsRefused as error:
            [(code, _)] = error.recipients.values()
            raise _refusal(error, code) from None
        except smtplib.SMTPResponseException as error:
            raise _refusal(error, error.smtp_code) from None

    def _connect(self) -> smtplib.SMTP:
        # smtplib looks the host up again, but not while the name server is away: each
        # mail would keep a thread.
        names.look_up(self._host, TIMEOUT_S, names.MAX_WITH_MAIL_SERVER)
        # The name it greets with; by default smtplib would look one up.
        name = setting("MAIL_FROM").rpartition("@")[2]
        if self._tls_from_start:
            return smtplib.SMTP_SSL(
                *(self._host, self._port, name),
                timeout=TIMEOUT_S,
                context=ssl.create_default_context(),
            )
        return smtplib.SMTP(self._host, self._port, name, timeout=TIMEOUT_S)

    def _log_in(self, server: smtplib.SMTP) -> None:
        server.ehlo_or_helo_if_needed()
        if not self._tls_from_start:
            if server.has_extn("starttls"):
                server.starttls(context=self._context())
                server.ehlo_or_helo_if_needed()
            elif self._requires_tls:
                raise JobError("STARTTLSMissing")
        if self._user:
            server.login(self._user, self._password)

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if not self._requires_tls:
            # The alternative would be to send it in the clear.
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def transport() -> Transport:
    """Return the way that ``MAIL_URL`` says, which is not ``none``."""
    url = urlsplit(setting("MAIL_URL"))
    if url.scheme == "file":
        return Directory(Path(unquote(url.path)))
    return Server(url)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> None:
    sender, recipient = setting("MAIL_FROM"), str(message["To"])
    try:
        server.send_message(message, sender, [recipient])
    except smtplib.SMTPNotSupportedError as error:
        # The address is not ASCII, and the server does not know SMTPUTF8.
        raise JobError("SMTPUTF8Missing", is_permanent=True) from error


def _refusal(error: smtplib.SMTPException, code: int) -> JobError:
    """Return the error of a job, without what the server said, which may quote."""
    return JobError(type(error).__name__, code, is_permanent=500 <= code < 600)
