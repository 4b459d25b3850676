"""flask mail preview: what mails look like"""

import re

import pytest
from mail.conftest import Mail

from ticketing.inbound_mail.reply_addresses import find_reply_ids
from ticketing.mail.models import Kind

pytestmark = pytest.mark.usefixtures("settings_of_mail")


@pytest.fixture
def preview(app, tmp_path):
    """Run the command; return its output, and the directory it wrote to."""

    def preview(*options):
        directory = tmp_path / "new" / "previews"
        command = ["mail", "preview", str(directory), *options]
        result = app.test_cli_runner().invoke(args=command)
        assert result.exit_code == 0, result.output
        return result.output, directory

    return preview


def test_it_writes_each_kind_as_mail_and_as_page(preview):
    output, directory = preview()

    mails = {path.stem: Mail(path.read_bytes()) for path in directory.glob("*.eml")}
    pages = {path.stem: path.read_text() for path in directory.glob("*.html")}
    assert mails.keys() == pages.keys()
    assert f"Wrote {len(mails)} mails" in output
    kinds = {name for name in Kind for each in mails if each.startswith(name)}
    assert kinds == {*Kind}
    for name, mail in mails.items():
        assert mail.html.replace("\r\n", "\n").strip() == pages[name].strip()
    assert mails["reply_to_customer"].subject == "[#7] Printer on fire"
    assert mails["security_email"].subject == "Your email address was changed"


def test_mails_without_a_ticket_have_no_thread_and_cannot_be_switched_off(preview):
    _, directory = preview()

    for name in ("invitation", "password_reset", "confirmation", "security_password"):
        mail = Mail((directory / f"{name}.eml").read_bytes())
        assert "[#" not in mail.subject
        assert not {"References", "In-Reply-To", "List-Unsubscribe"} & {
            *mail.message.keys()
        }
        assert mail.message["Auto-Submitted"] == "auto-generated"
        assert "unsubscribe" not in mail.text + mail.html


def test_their_links_and_addresses_are_of_no_user(
    app, anyone, preview, monkeypatch, make_user
):
    monkeypatch.setitem(app.config, "MAIL_REPLY_TO", "support+{token}@example.org")
    for name in ("first", "second"):
        make_user(name)

    _, directory = preview()

    links = set()
    for path in directory.glob("*.eml"):
        mail = Mail(path.read_bytes())
        links |= {*re.findall(r"/unsubscribe\?token=[\w.-]+", mail.text)}
        with app.app_context():
            reply_ids = [*find_reply_ids(mail.message["Reply-To"] or "")]
        assert {user_id for _, user_id in reply_ids} <= {0}
    assert links
    assert {anyone.post(link).status_code for link in links} == {404}


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "ar"])
def test_it_writes_them_in_a_language(preview, language):
    _, directory = preview("--language", language)

    pages = [path.read_text() for path in directory.glob("*.html")]
    assert all(f'lang="{language}"' in page for page in pages)


def test_it_says_that_it_needs_a_sender(app, tmp_path, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_FROM", "")
    command = ["mail", "preview", str(tmp_path)]

    result = app.test_cli_runner().invoke(args=command)

    assert result.exit_code == 1
    assert result.output == "Error: Set MAIL_FROM, whom mails are from.\n"


def test_it_says_where_it_cannot_write(app, tmp_path):
    (tmp_path / "file").touch()
    command = ["mail", "preview", str(tmp_path / "file" / "previews")]

    result = app.test_cli_runner().invoke(args=command)

    assert result.exit_code == 1
    assert result.output.endswith("/file/previews: Not a directory.\n")
