"""``flask mail receive``: what it says and exits with, as mail servers understand."""

import io

import pytest
from sqlalchemy.exc import OperationalError

from ticketing.inbound_mail import mime, service

OK, DATAERR, TEMPFAIL = 0, 65, 75


@pytest.fixture
def receive(app):
    """Run the command with a message; return its status and what it says."""

    def receive(raw):
        result = app.test_cli_runner().invoke(
            args=["mail", "receive"], input=io.BytesIO(raw)
        )
        return result.exit_code, result.output

    return receive


def test_reply_is_added(receive, message, comments, ticket):
    status, said = receive(message())

    assert status == OK
    assert f"on ticket {ticket.id}." in said
    assert comments() == ["It still burns."]


def test_same_reply_is_added_once(receive, message, comments):
    receive(message())

    status, said = receive(message())

    assert (status, said.partition(" as")[0]) == (OK, "Already added")
    assert len(comments()) == 1


def test_what_a_program_sent_is_ignored(receive, message, comments):
    assert receive(message(Precedence="bulk")) == (OK, "Ignored: auto_reply.\n")
    assert comments() == []


def test_mail_to_another_address_causes_no_bounce(receive, message, comments):
    status, said = receive(message(To="help@example.com"))

    assert status == OK
    assert said == f"{service.UnknownTokenError.message}\n"
    assert comments() == []


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ({"From": "sam@example.org"}, service.WrongSenderError),
        ({"Content_Type": "message/rfc822"}, service.EmptyReplyError),
        ({"Content_Type": "(" * 900}, mime.UnreadableMessageError),
    ],
)
def test_refusal_is_said_to_the_sender(receive, message, raw, error):
    assert receive(message(**raw)) == (DATAERR, f"{error.message}\n")


def test_message_that_is_too_large_is_refused(receive, message):
    status, said = receive(message().ljust(mime.MAX_BYTES + 1, b"x"))

    assert (status, said) == (DATAERR, "At most 25 MiB.\n")


def test_too_many_replies_are_to_be_tried_again(receive, message, monkeypatch):
    monkeypatch.setattr(service, "MAX_REPLIES", 1)
    receive(message())

    status, _ = receive(message(Message_ID="<2@example.org>"))

    assert status == TEMPFAIL


def test_message_stays_with_the_mail_server_if_the_settings_are_missing(
    app, receive, message, monkeypatch
):
    raw = message()
    monkeypatch.setitem(app.config, "MAIL_REPLY_TO", "")

    status, said = receive(raw)

    assert (status, "MAIL_REPLY_TO" in said) == (TEMPFAIL, True)


@pytest.mark.parametrize(
    "error", [OperationalError("", {}, Exception()), RuntimeError("a fault")]
)
def test_message_stays_with_the_mail_server_if_anything_fails(
    receive, message, monkeypatch, logged, error
):
    def fail(*args):
        raise error

    monkeypatch.setattr(service, "_store", fail)

    assert receive(message())[0] == TEMPFAIL
    [line] = logged("ticketing.inbound_mail")
    assert "Carla" not in str(line) and "burns" not in str(line)
