"""Fixtures of mails: they are files in a directory, which a test reads."""

import email.policy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from shutil import rmtree

import pytest
import time_machine

from ticketing.core.database import utcnow


class Mail:
    """A mail as its recipient sees it."""

    def __init__(self, raw: bytes) -> None:
        self.message: EmailMessage = message_from_bytes(raw, policy=email.policy.SMTP)
        self.raw = raw
        self.to = self.message["To"]
        self.subject = self.message["Subject"]
        self.id = self.message["Message-ID"]
        self.kind = self.id.split(".")[1] if "ticket-" in self.id else self.id[1:]
        self.text, self.html = (
            self.message.get_body((kind,)).get_content() for kind in ("plain", "html")
        )

    @property
    def sender(self) -> str:
        """The name that it is from; the parser of EmailPolicy adds blanks to it."""
        lines = self.raw.split(b"\r\n\r\n")[0].decode().replace("\r\n ", " ")
        [line] = [line for line in lines.split("\r\n") if line.startswith("From: ")]
        name = line.removeprefix("From: ").rpartition(" <")[0]
        return str(make_header(decode_header(name)))

    def __repr__(self) -> str:
        """Return its kind and recipient, for the message of a failure."""
        return f"{self.kind} to {self.to}"


@pytest.fixture
def settings_of_mail(app, monkeypatch, tmp_path):
    """Switch mails on, without a delay; return the directory that they are in."""
    directory = tmp_path / "mail"
    for name, value in {
        "MAIL_URL": f"file://{directory}",
        "MAIL_FROM": "support@example.org",
        "MAIL_DELAY": 0,
        "PUBLIC_URL": "https://help.example.org",
    }.items():
        monkeypatch.setitem(app.config, name, value)
    return directory


@pytest.fixture
def mails(settings_of_mail, work) -> Callable[[], list[Mail]]:
    """Do the jobs that are due; return the mails that this wrote, by their names."""

    def mails() -> list[Mail]:
        work()
        found = []
        for path in sorted(settings_of_mail.glob("*")):
            assert path.suffix == ".eml"
            found.append(Mail(path.read_bytes()))
            path.unlink()
        return found

    return mails


@pytest.fixture
def sent(mails) -> Callable[[], list[str]]:
    """Do the jobs that are due; return which kinds of mails went to whom."""
    return lambda: sorted(f"{mail.kind} to {mail.to}" for mail in mails())


@pytest.fixture
def mails_fail(settings_of_mail):
    """Let mails fail within a block: a file is in place of their directory."""

    @contextmanager
    def mails_fail() -> Iterator[None]:
        rmtree(settings_of_mail, ignore_errors=True)
        settings_of_mail.write_text("no directory")
        yield
        settings_of_mail.unlink()

    return mails_fail


@pytest.fixture
def clock():
    """A clock that stands still unless a test moves it: ``clock.shift(seconds)``."""
    with time_machine.travel(utcnow(), tick=False) as clock:
        yield clock


@pytest.fixture
def delay(app, monkeypatch, settings_of_mail):
    """Let replies wait for 120 seconds."""
    monkeypatch.setitem(app.config, "MAIL_DELAY", 120)
    return timedelta(seconds=120)


@pytest.fixture
def open_ticket(api, customer, category):
    """Open a ticket as the customer, or as another user; return its path."""

    def open_ticket(user=customer, **fields) -> str:
        body = {
            "subject": "Printer on fire",
            "description": "It burns.",
            "priority": "high",
            "category_id": category.id,
            **fields,
        }
        return api(user).post("/api/tickets", json=body).headers["Location"]

    return open_ticket


@pytest.fixture
def say(api):
    """Send a message, or add a comment, on a ticket."""

    def say(user, ticket: str, text: str, kind: str = "messages", **more) -> dict:
        field = "message" if kind == "messages" else "content"
        answer = api(user).post(f"{ticket}/{kind}", json={field: text, **more})
        assert answer.status_code == 201
        return answer.json

    return say
