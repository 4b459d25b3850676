"""flask mail preview: what mails look like"""

import pytest

from mail.conftest import Mail
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


@pytest.mark.parametrize("language", ["en", "de", "es", "fr", "ar"])
def test_it_writes_them_in_a_language(preview, language):
    _, directory = preview("--language", language)

    pages = [path.read_text() for path in directory.glob("*.html")]
    assert all(f'lang="{language}"' in page for page in pages)
