"""What the service sends to: a mail server and receivers of webhooks, as processes."""

import json
import re
import socket
import subprocess
import time
from dataclasses import dataclass
from datetime import timedelta
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from served import PYTHON, Caller, free_port, launch

from ticketing.core.database import utcnow

TESTS = Path(__file__).parent
START_TIMEOUT_S = 30
MAIL_TIMEOUT_S = 60
CONFIRMING = re.compile(r"/console/confirm#(\S+)")


@dataclass(frozen=True)
class Mail:
    """A mail that a server has accepted.

    :ivar at: when, in seconds since 1970.
    """

    at: float
    to: str
    id: str
    text: str


@dataclass(frozen=True)
class Delivery:
    """A message that a receiver of webhooks has got.

    :ivar at: when, in seconds since 1970.
    :ivar id: its ``webhook-id``.
    """

    at: float
    id: str
    content: dict[str, Any]

    @property
    def event(self) -> dict[str, Any]:
        """The second argument of the event that a socket receives."""
        return self.content["data"]["event"]

    @property
    def payload(self) -> dict[str, Any]:
        """The first argument of the event that a socket receives."""
        return self.content["data"]["payload"]


class Outside:
    """A server in a process of its own, which can be killed and started again."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory, self.port = directory, free_port()
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, and wait until it listens."""
        log = self.directory / "log.txt"
        self._process = launch(self._command(), log, cwd=self.directory)
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._listens():
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once, unless it has not been started."""
        if self._process:
            self._process.kill()
            self._process.wait()

    def _command(self) -> list[str]:
        raise NotImplementedError

    def _listens(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class MailServer(Outside):
    """The server of ``mail/smtp_server.py``.

    :param options: those that it takes.
    """

    def __init__(self, directory: Path, **options: Any) -> None:
        super().__init__(directory)
        self._options = {"tls": "none", "auth": False, "utf8": False, **options}
        certify(directory)
        self.behave("accept")

    def behave(self, mode: str) -> None:
        """Say how it treats mails from now on; see ``smtp_server``."""
        (self.directory / "mode").write_text(mode)

    def received(self) -> list[dict]:
        """Return what it has accepted."""
        return [json.loads(path.read_text()) for path in self._files()]

    def mails(self) -> list[Mail]:
        """Return the mails that it has accepted."""
        return [_mail_of(path) for path in self._files()]

    def confirm(self, who: Caller) -> None:
        """Confirm the email of a user, by the link that is mailed to it."""
        deadline = time.monotonic() + MAIL_TIMEOUT_S
        while not (tokens := self._tokens_for(who)):
            assert time.monotonic() < deadline, "no link to confirm was mailed"
            time.sleep(0.05)
        who.post("/email/confirm", {"token": tokens[-1]})

    def _tokens_for(self, who: Caller) -> list[str]:
        own = [mail for mail in self.received() if mail["to"] == [who.user["email"]]]
        texts = [_text_of(_parsed(mail["content"])) for mail in own]
        return [token for text in texts for token in CONFIRMING.findall(text)]

    def _files(self) -> list[Path]:
        found = self.directory.glob("*.json")
        return sorted(found, key=lambda path: int(path.stem))

    def _command(self) -> list[str]:
        program = [*PYTHON, str(TESTS / "mail" / "smtp_server.py")]
        options = json.dumps(self._options)
        return [*program, str(self.directory), str(self.port), options]


class WebhookReceiver(Outside):
    """The receiver of ``webhooks/receiver.py``.

    :param certificate: for TLS: files that it takes.
    """

    def __init__(self, directory: Path, *certificate: Path) -> None:
        super().__init__(directory)
        self._certificate = [*map(str, certificate)]
        self._file = directory / "received"
        self._file.touch()

    def url(self, how: str = "good") -> str:
        """Return a URL, where it behaves as the handler's method of that name does."""
        scheme = "https" if self._certificate else "http"
        return f"{scheme}://127.0.0.1:{self.port}/{how}"

    def received(self) -> list[Delivery]:
        """Return the messages that it has answered with success, in their order."""
        lines = self._file.read_text().splitlines()
        return [Delivery(**json.loads(line)) for line in lines]

    def texts(self) -> list[str]:
        """Return the texts of the messages that it got, all of ``message.sent``."""
        return [delivery.payload["message"] for delivery in self.received()]

    def _command(self) -> list[str]:
        program = [*PYTHON, str(TESTS / "webhooks" / "receiver.py")]
        return [*program, str(self.port), str(self._file), *self._certificate]


def certify(directory: Path) -> None:
    """Write a key and a certificate for localhost that it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost")]
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(utcnow() - timedelta(days=1))
        .not_valid_after(utcnow() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    written = key.private_bytes(
        pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (directory / "key.pem").write_bytes(written)
    (directory / "cert.pem").write_bytes(certificate.public_bytes(pem))


def _mail_of(path: Path) -> Mail:
    message = _parsed(json.loads(path.read_text())["content"])
    to, its_id = str(message["To"]), str(message["Message-ID"])
    return Mail(path.stat().st_mtime, to, its_id, _text_of(message))


def _parsed(content: str) -> EmailMessage:
    return message_from_string(content, EmailMessage, policy=default)


def _text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body
    return body.get_content()
