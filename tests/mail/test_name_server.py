"""Mails while the name server does not answer, which keeps threads that others need"""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from threading import Event

import pytest

from ticketing.mail import transports
from ticketing.webhooks import names

PATIENCE = 20  # seconds


@pytest.fixture
def asked(monkeypatch):
    """Return the hosts that a name server was asked for, which does not answer."""
    asked, over = [], Event()

    def look_up(host, *args, **kwargs):
        asked.append(host)
        over.wait(PATIENCE)
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    yield asked
    over.set()
    while names._running:
        time.sleep(0.01)


@pytest.fixture
def send(app, monkeypatch, settings_of_mail):
    """Send a mail; return what went wrong."""
    monkeypatch.setattr(transports, "TIMEOUT_S", 0.2)
    monkeypatch.setitem(app.config, "MAIL_URL", "smtp://mail.example")

    def send() -> Exception | None:
        with app.app_context():
            try:
                transports.transport().send(EmailMessage())
            except Exception as error:
                return error
        return None

    return send


def test_many_mails_keep_one_thread(asked, send):
    with ThreadPoolExecutor(8) as threads:
        sending = [threads.submit(send) for _ in range(8)]
        errors = [type(each.result()) for each in sending]

    assert errors == [TimeoutError] * 8
    assert asked == ["mail.example"]


def test_a_mail_does_not_wait_for_the_hosts_of_webhooks(asked, send):
    for number in range(names.MAX_RUNNING):
        with pytest.raises(TimeoutError):
            names.look_up(f"hook-{number}.example", 0)

    send()

    assert asked[-1] == "mail.example"
