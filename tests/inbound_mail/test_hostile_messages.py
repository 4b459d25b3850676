"""Read any message in bounded time: as a text that makes sense, or as unreadable."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ticketing.core.offload import Queue
from ticketing.inbound_mail import mime, service
from ticketing.inbound_mail.html_texts import text_of
from ticketing.inbound_mail.reply_texts import new_text

MAX_SECONDS = 15  # on a machine that does other things, too; unbounded, it is minutes
HEAD = b"From: carla@example.org\nMessage-ID: <1@x>\n"
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="B"\n\n'
PART = b"--B\nContent-Type: text/plain\n\n"


def nested(depth, kind=b"multipart/mixed"):
    parts = [
        b'Content-Type: %s; boundary="B%d"\n\n--B%d\n' % (kind, n, n)
        for n in range(depth)
    ]
    return HEAD + b"".join(parts) + b"Content-Type: text/plain\n\nhi\n"


def text(charset, data):
    kind = b"Content-Type: text/plain; charset=%s\n" % charset
    return HEAD + kind + b"Content-Transfer-Encoding: 8bit\n\n" + data


HOSTILE = {
    "nothing": b"",
    "a NUL": b"\0",
    "no headers": b"\n\nhi",
    "newlines": HEAD + b"\n" * 2_000_000,
    "carriage returns": HEAD + b"\r" * 2_000_000,
    "one long line": HEAD + b"\n" + b"x" * mime.MAX_BYTES,
    "many headers": HEAD + b"X: y\n" * 400_000,
    "a long header": HEAD + b"X: " + b"y" * 10_000_000,
    "a header of many lines": HEAD + b"X: y\n" + b" y\n" * 400_000,
    "10,000 parts": MIXED + (PART + b"hi\n") * 10_000,
    "50 pages": MIXED + (PART.replace(b"plain", b"html") + b"<p>a" * 50_000) * 50,
    "50 parts of 300,000 lines": nested(49) + b"x\n" * 300_000,
    "parts in parts": nested(2_000),
    "digests in digests": nested(2_000, b"multipart/digest"),
    "messages in messages": HEAD + b"Content-Type: message/rfc822\n\n" * 5_000,
    "many parameters": HEAD + b"Content-Type: a/b" + b"; a=b" * 100_000 + b"\n\nhi",
    "parentheses in a type": HEAD + b"Content-Type: " + b"(" * 10_000 + b"\n\nhi",
    "parentheses in From": b"From: " + b"(" * 10_000 + b"\n\nhi",
    "parentheses in many": HEAD + (b"Precedence: " + b"(" * 900 + b"\n") * 25_000,
    "parentheses in To": HEAD + b"To: " + b"(" * 100_000 + b"\n\nhi",
    "broken encoded words": HEAD + b"Content-Type: =?utf-8?q?=?= =?x\n\nhi",
    "a boundary of nothing": HEAD + b'Content-Type: multipart/a; boundary=""\n\nhi',
    "no boundary": HEAD + b"Content-Type: multipart/mixed\n\nhi",
    "broken base64": HEAD + b"Content-Transfer-Encoding: base64\n\nA===B\0=",
    "broken quoted-printable": (
        HEAD + b"Content-Transfer-Encoding: quoted-printable\n\n=\n=Z=" + b"=" * 10**6
    ),
    "uuencoded": HEAD + b"Content-Transfer-Encoding: uue\n\nbegin 666 a\n\xff\n",
    "an unknown encoding": HEAD + b"Content-Transfer-Encoding: gzip\n\nhi",
    "many tokens": HEAD + b"To: " + b"support+" * 100_000 + b"\n\nhi",
    "tags that do not end": HEAD + b"Content-Type: text/html\n\n" + b"<a " * 400_000,
    "quotes": HEAD + b"\n" + b"> \n" * 400_000,
    "introductions": HEAD + b"\n" + b"On " * 400_000,
    "introductions in lines": HEAD + b"\n" + b"Am x schrieb \n" * 400_000,
    "blanks": HEAD + b"\n" + b" " * 5_000_000 + b"\nhi",
}


@pytest.mark.slow
@pytest.mark.parametrize("raw", HOSTILE.values(), ids=HOSTILE)
def test_hostile_message_is_read_in_bounded_time(raw):
    began = time.monotonic()

    try:
        mail = mime.read(raw[: mime.MAX_BYTES])
    except mime.UnreadableMessageError:
        mail = None

    assert time.monotonic() - began < MAX_SECONDS
    if mail:
        mail.text.encode()
        assert len(mail.text) <= 20_000
        assert len(mail.files) <= mime.MAX_PARTS + 1


@pytest.mark.parametrize(
    "name", ["parts in parts", "newlines", "parentheses in a type"]
)
def test_message_beyond_the_bounds_is_refused(deliver, name):
    response = deliver(HOSTILE[name])

    assert response.status_code == 422
    assert response.json["code"] in {"unreadable", "unknown_token", "wrong_sender"}


def test_messages_are_read_one_after_another(app, message, monkeypatch):
    running, most = [], []

    def read(raw):
        running.append(raw)
        most.append(len(running))
        time.sleep(0.02)
        running.remove(raw)
        raise mime.UnreadableMessageError

    def receive(raw):
        with app.app_context(), pytest.raises(mime.UnreadableMessageError):
            service.receive(raw)

    monkeypatch.setattr(mime, "read", read)
    raws = [message(str(number)) for number in range(5)]

    with ThreadPoolExecutor(5) as pool:
        [*pool.map(receive, raws)]

    assert most == [1] * 5


def test_too_many_messages_at_once_are_to_be_sent_later(deliver, message, monkeypatch):
    monkeypatch.setattr(service, "_reading", Queue(max_running=1, max_calls=0))

    response = deliver(message())

    assert (response.status_code, response.json["code"]) == (503, "unavailable")


def test_text_before_too_many_parts_is_read():
    others = b"--B\nContent-Type: a/b\n\n\n" * 10_000

    mail = mime.read(MIXED + PART + b"hi\n" + others)

    assert mail.text == "hi"
    names = [file.name for file in mail.files]
    assert names == ["a-b"] * (mime.MAX_PARTS - 1) + ["…"]


@pytest.mark.parametrize(
    ("charset", "data", "expected"),
    [
        (b"utf-8", "grün".encode(), "grün"),
        (b"iso-8859-1", "grün".encode("latin-1"), "grün"),
        (b"us-ascii", "grün".encode(), "grün"),
        (b"us-ascii", "grün".encode("latin-1"), "grün"),
        (b"iso-8859-1", "grün".encode(), "grün"),
        (b"windows-1252", "„grün“".encode("cp1252"), "„grün“"),
        (b"utf-8", "grün".encode("cp1252"), "grün"),
        (b"koi8-r", "да".encode("koi8-r"), "да"),
        (b"iso-2022-jp", "はい".encode("iso-2022-jp"), "はい"),
        (b"gb2312", "是".encode("gb2312"), "是"),
        (b"utf-16", "grün".encode("utf-16"), "grün"),
        (b"utf-7", b"+2AA-hi", "hi"),
        (b"no-such", "grün".encode(), "grün"),
        (b"rot13", b"hi", "hi"),
        (b"hex", b"6869", "6869"),
        (b"zip", b"hi", "hi"),
        (b"idna", b"xn--a", "xn--a"),
        (b"punycode", b"hi-", "hi-"),
        (b"unicode_escape", rb"\d\n", r"\d\n"),
        (b"undefined", b"hi", "hi"),
        (b"''", b"hi", "hi"),
        (b"x\0y", b"hi", "hi"),
    ],
)
def test_text_is_decoded_whatever_charset_it_declares(charset, data, expected):
    assert mime.read(text(charset, data)).text == expected


def test_control_characters_are_left_out():
    raw = text(b"utf-8", b"a\0b\x1b[31m\tc\r\nd\re")

    assert mime.read(raw).text == "ab[31m\tc\nd\ne"


def test_character_at_the_cut_is_left_out(monkeypatch):
    monkeypatch.setattr(mime, "MAX_TEXT_BYTES", 4)

    assert mime.read(text(b"utf-8", "grün".encode())).text == "grü"


def test_texts_of_all_parts_are_cut_together(monkeypatch):
    monkeypatch.setattr(mime, "MAX_TEXT_BYTES", 5)
    html = PART.replace(b"plain", b"html")

    mail = mime.read(MIXED + PART + b"one\n" + html + b"four\n" + PART + b"five")

    assert mail.text == "one\n\nfo"


def test_recipients_of_all_headers_are_cut_together(monkeypatch):
    monkeypatch.setattr(mime, "MAX_RECIPIENTS_LENGTH", 8)

    mail = mime.read(HEAD + b"Cc: cc@b.c\nTo: a@b.c\nTo: d@e.f\n\nhi")

    assert mail.recipients == "a@b.c\nd@"


def test_header_cannot_be_put_into_the_text_of_another(deliver, message, comments):
    raw = message(Subject="x\r\n Bcc: everyone@example.org\r\nAuto-Submitted: no")

    assert deliver(raw).status_code == 201
    assert comments() == ["It still burns."]


@pytest.mark.slow
@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(
    st.lists(
        st.sampled_from(
            [
                *(b"From: ", b"Content-Type: ", b"multipart/mixed; boundary=B", b"\n"),
                *(b"text/html", b"; charset=", b"utf-8", b"\n\n", b"--B\n", b"--B--"),
                *(b"Content-Disposition: attachment; filename*0*=", b"=?utf-8?q?"),
                *(b"Content-Transfer-Encoding: ", b"base64", b"a@b.c", b"(", b'"'),
                *(b"message/rfc822", b"\xff", b"\0", b"%41", b"''", b";", b"?="),
                *(b"<", b"=", b" ,:;"),
            ]
        )
        | st.binary(max_size=8),
        max_size=40,
    )
)
def test_any_bytes_are_a_message_or_unreadable(pieces):
    try:
        mail = mime.read(b"".join(pieces))
    except mime.UnreadableMessageError:
        return

    "".join([mail.text, mail.recipients, mail.identity]).encode()


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                *("> ", "\n", "On x, Ada wrote:", "From: a", "To: b", "-- ", "Thanks,"),
                *("<p>", "</p>", "<blockquote>", "<", ">", "&amp;", "hi", "@:"),
                "_" * 40,
            ]
        ),
        max_size=30,
    )
)
def test_new_text_has_no_line_that_the_text_has_not(pieces):
    given_text = "".join(pieces)

    found = new_text(given_text)

    assert set(found.splitlines()) <= {
        *map(str.rstrip, given_text.splitlines()),
        *map(str.strip, given_text.splitlines()),
        "",
    }
    assert "<p>" not in text_of(given_text)
