"""The contents and headers of mails"""

import re
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from io import BytesIO

import pytest
from mail.conftest import Mail

from ticketing.accounts.models import Role
from ticketing.core.database import db, utcnow
from ticketing.core.text import Language
from ticketing.inbound_mail.reply_addresses import reply_address
from ticketing.inbound_mail.service import receive
from ticketing.jobs.models import Job
from ticketing.mail import letters, messages
from ticketing.mail.models import Kind

pytestmark = pytest.mark.usefixtures("settings_of_mail")

SUBJECTS = [
    "a\r\nBcc: eve@example.org",
    "a\u2028\u2029\x85\x0b\x0cBcc: eve@example.org",
    "=?utf-8?q?a=0ABcc:_eve=40example=2Eorg?=",
    "=?utf-8?q?a?= =?utf-8?q?b?=",
    '"quoted", (comment) <eve@example.org>; a\\b',
    "x" * 255,
    "word " * 51,
    "Жук " * 63,
    "\U0001f525" * 255,
    "a  b   c",
    "\u202egnihtyna\u2066",
    "طابعة تحترق",
]


@pytest.fixture
def write(app):
    """Return the mail that brings a letter."""
    def write(subject="Printer on fire", text="It burns.", language="en", **fields):
        reader = letters.Reader(Language(language), fields.pop("time_zone", None))
        at = datetime(2026, 3, 2, 9, 5, tzinfo=UTC)
        said = [letters.Said(text, fields.pop("author", "Ada"), at)]
        letter = letters.Letter(subject, ["-"], said=said, **fields)
        envelope = messages.Envelope(Kind.REPLY, "ada@example.org", 3, reader, 5, 7)
        with app.app_context():
            return Mail(messages.compose(letter, envelope).as_bytes())

    return write


def test_a_mail_has_the_headers_of_its_ticket(
    open_ticket, mails, customer, admin, say
):
    ticket = open_ticket().rpartition("/")[2]
    before = utcnow().replace(microsecond=0)

    [mail] = mails()

    headers = dict(mail.message.items())
    date = parsedate_to_datetime(headers.pop("Date"))
    unsubscribe = headers.pop("List-Unsubscribe")
    assert headers.pop("Content-Type").startswith("multipart/alternative")
    assert headers == {
        "From": "Ticketing <support@example.org>",
        "To": customer.email,
        "Subject": f"[#{ticket}] Printer on fire",
        "Message-ID": f"<ticket-{ticket}.ticket_received.1.{customer.id}@example.org>",
        "In-Reply-To": f"<ticket-{ticket}@example.org>",
        "References": f"<ticket-{ticket}@example.org>",
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "MIME-Version": "1.0",
    }
    assert before <= date <= utcnow()
    assert re.fullmatch(
        rf"<https://help\.example\.org/unsubscribe\?token={customer.id}"
        r"\.ticket_received\.[\w-]{43}>",
        unsubscribe,
    )


def test_the_number_of_a_mail_is_that_of_the_entry_it_is_about(
    api, open_ticket, mails, say, admin, customer
):
    ticket = open_ticket()
    api(admin).patch(ticket, json={"priority": "low"})
    say(admin, ticket, "One.")
    say(admin, ticket, "A note.", "comments", internal=True)
    say(admin, ticket, "Two.", "comments")

    ids = [mail.id for mail in mails()]

    number = ticket.rpartition("/")[2]
    assert f"<ticket-{number}.reply.4.{customer.id}@example.org>" in ids


@pytest.mark.parametrize("subject", SUBJECTS, ids=ascii)
def test_no_subject_makes_another_header_or_is_lost(write, subject):
    mail = write(subject)

    assert mail.subject == f"[#7] {messages.one_line(subject)}"
    assert len(mail.message.items()) == len(write("Printer").message.items())
    assert mail.raw.isascii()
    lines = mail.raw.split(b"\r\n")
    assert max(map(len, lines)) <= 998
    assert not any({b"\r", b"\n"} & {*re.findall(b"[\r\n]", line)} for line in lines)
    words = re.findall(rb"=\?[^?]+\?.\?[^?]*\?=", mail.raw.partition(b"\r\n\r\n")[0])
    assert all(len(word) <= 75 for word in words)


@pytest.mark.parametrize(
    "name",
    ["Hilfe – 助け", 'Müller, "Söhne" & Co. <a@b>', "=?utf-8?q?a?=", "ü " * 49 + "ü"],
)
def test_the_sender_has_the_name_of_the_service(app, monkeypatch, write, name):
    monkeypatch.setitem(app.config, "SERVICE_NAME", name)

    mail = write()

    assert mail.sender.replace('"', "").replace("\\", "") == name.replace('"', "")
    assert mail.message["From"].addresses[0].addr_spec == "support@example.org"


@pytest.mark.parametrize(
    "text",
    [
        "</div></body><script>alert(1)</script>",
        "\n".join("x" * 1000 for _ in range(20)),
        "x" * 20_000,
        "\u202egnihtyna\nnext line",
        "{{ 7 * 7 }} {% raw %} {name}",
        "a\ud800b",
        "tab\there\r\nCR\rLF\n.\n..\nFrom here",
    ],
    ids=lambda text: ascii(text[:20]),
)
def test_a_text_is_told_in_full_and_is_nothing_but_text(write, text):
    mail = write(text=text, author=f"Eve {text[:9]}")

    told = text.replace("\ud800", "\ufffd").expandtabs(4).splitlines()
    assert "\n".join(f"  {line}" for line in told) in mail.text.replace("\r\n", "\n")
    assert "<script" not in mail.html
    assert mail.html.count("</div>") == write().html.count("</div>")
    shown = mail.html.replace("&lt;", "<").replace("&gt;", ">")
    assert all(line in shown for line in told)


def test_names_cannot_turn_the_text_around(write):
    assert "\u202e" not in write(author="\u202eadA").text


@pytest.mark.parametrize(
    ("language", "direction", "says"),
    [
        ("en", "ltr", "March 2, 2026"),
        ("de", "ltr", "2. März 2026"),
        ("es", "ltr", "2 de marzo de 2026"),
        ("fr", "ltr", "2 mars 2026"),
        ("ar", "rtl", "مارس"),
    ],
)
def test_a_mail_is_in_the_language_of_its_reader(write, language, direction, says):
    mail = write(language=language)

    assert f'<html lang="{language}" dir="{direction}">' in mail.html
    assert says in mail.text


def test_times_are_those_of_the_reader(write):
    assert "9:05\u202fAM UTC" in write().text
    assert "2:50\u202fPM +0545" in write(time_zone="Asia/Kathmandu").text


def test_the_language_of_a_mail_is_that_of_the_user(
    open_ticket, mails, make_user, admin
):
    open_ticket(make_user("Gerda", locale=Language.GERMAN, time_zone="Europe/Berlin"))

    [mail] = mails()
    assert "Hallo Gerda," in mail.text


def test_links_begin_with_the_public_url(open_ticket, mails, admin):
    ticket = open_ticket().rpartition("/")[2]

    [mail] = mails()

    urls = set(re.findall(r'https?://[^\s">]+', mail.text + mail.html))
    assert all(url.startswith("https://help.example.org/") for url in urls)
    assert f"https://help.example.org/console/tickets/{ticket}" in urls


def test_the_page_needs_nothing_from_elsewhere(write):
    html = write().html

    assert "<img" not in html
    assert "<link" not in html
    assert "url(" not in html
    assert '<meta name="color-scheme" content="light dark">' in html


def test_replies_go_to_an_address_of_ticket_and_reader(
    app, monkeypatch, api, open_ticket, mails, say, customer, admin, colleague
):
    monkeypatch.setitem(app.config, "MAIL_REPLY_TO", "in+{token}@example.org")
    ticket = open_ticket()
    say(admin, ticket, "Unplug it.")
    api(admin).patch(ticket, json={"status": "resolved"})
    api(colleague).patch(ticket, json={"assigned_to": admin.id})

    addresses = {mail.kind: mail.message["Reply-To"] for mail in mails()}

    with app.app_context():
        ticket_id = int(ticket.rpartition("/")[2])
        expected = reply_address(ticket_id, customer.id)
    assert addresses == {
        "ticket_received": expected,
        "reply": expected,
        "status": None,
        "assigned": None,
    }


def test_a_reply_to_a_mail_becomes_a_comment_that_is_mailed(
    app, monkeypatch, open_ticket, mails, customer, admin
):
    monkeypatch.setitem(app.config, "MAIL_REPLY_TO", "in+{token}@example.org")
    open_ticket()
    [mail] = mails()
    answer = EmailMessage()
    answer["From"], answer["To"] = customer.email, mail.message["Reply-To"]
    answer["Subject"] = f"Re: {mail.subject}"
    answer["Message-ID"] = "<1@example.org>"
    answer.set_content("It is out now.")

    with app.app_context():
        receive(answer.as_bytes())

    [reply] = mails()
    assert reply.to == admin.email
    assert "It is out now." in reply.text


CANARY = "canary-7f3a"


def test_no_mail_to_a_customer_has_what_only_support_may_see(
    app, api, open_ticket, mails, say, customer, admin, colleague, make_user
):
    for user in (customer, admin, colleague):
        kinds = api(user).get("/api/me/notifications").json["email"]
        wanted = {"email": dict.fromkeys(kinds, True)}
        api(user).patch("/api/me/notifications", json=wanted)
    ticket = open_ticket()
    api(admin).put(f"{ticket}/tags", json={"tags": [CANARY]})
    note = say(admin, ticket, f"{CANARY} note", "comments", internal=True)
    say(admin, ticket, "Unplug it.", "comments")
    content = {"content": f"{CANARY} edited"}
    api(admin).patch(f"/api/comments/{note['id']}", json=content)
    say(customer, ticket, "It is out.")
    say(colleague, ticket, f"{CANARY} another", "comments", internal=True)
    for changes in (
        {"assigned_to": colleague.id},
        {"status": "resolved"},
        {"status": "closed"},
        {"status": "open"},
    ):
        api(admin).patch(ticket, json=changes)
    say(admin, ticket, "Try it now.")

    written = mails()

    assert {mail.kind for mail in written} == {
        *("ticket_received", "ticket_opened", "assigned", "reply", "status")
    }
    assert [mail for mail in written if CANARY.encode() in mail.raw] == []
    assert [mail for mail in written if CANARY in mail.text + mail.html] == []
    to_customer = [mail for mail in written if mail.to == customer.email]
    assert not any(colleague.email in mail.text for mail in to_customer)


def test_no_job_and_no_log_line_has_a_text_an_address_or_a_token(
    app, logged, open_ticket, mails, say, customer, admin
):
    ticket = open_ticket(subject=CANARY, description=CANARY)
    say(admin, ticket, CANARY)
    written = mails()
    links = [mail.message["List-Unsubscribe"] for mail in written]
    tokens = [link.partition("token=")[2].strip(">") for link in links]

    with app.app_context():
        jobs = " ".join(str(job.data) for job in db.session.query(Job))
    lines = str(logged(""))
    assert len(written) == 2
    for secret in (CANARY, customer.email, *tokens):
        assert secret not in jobs
        assert secret not in lines


def test_an_address_that_is_not_ascii_is_written_as_it_is(
    open_ticket, mails, make_user, admin
):
    open_ticket(make_user("José", email="josé@example.org"))

    [mail] = mails()
    assert mail.raw.count("josé@example.org".encode()) == 1


def test_an_admin_is_told_category_and_priority(api, open_ticket, mails, make_user):
    admin = make_user("Ada", Role.ADMIN)
    api(admin).patch("/api/me/notifications", json={"email": {"ticket_opened": True}})
    open_ticket()

    mail, _ = mails()

    assert "Category: Hardware" in mail.text
    assert "Priority: High" in mail.text


def test_a_mail_names_the_files_of_what_was_written(
    app, monkeypatch, tmp_path, api, admin, ticket, mails
):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path / "uploads"))
    http, url = api(admin), f"/api/tickets/{ticket.id}"

    def say(name, **body):
        file = {"file": (BytesIO(b"It burns."), name)}
        file_id = http.post(f"{url}/files", data=file).json["id"]
        http.post(f"{url}/messages", json={**body, "file_ids": [file_id]})

    say("a.log", message="See this.")
    say("<b>.log")
    [mail] = [each for each in mails() if each.kind == "reply"]

    lines = [line.strip() for line in mail.text.splitlines() if "log" in line]
    assert lines == ["Files: a.log", "Files: <b>.log"]
    assert "Files: a.log" in mail.html
    assert "Files: &lt;b&gt;.log" in mail.html
