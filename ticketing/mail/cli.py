"""The command that shows what mails look like."""

from pathlib import Path

import click
from flask.cli import with_appcontext

from ticketing.core.settings import setting
from ticketing.core.text import Language
from ticketing.inbound_mail.cli import group
from ticketing.mail import previews

LANGUAGES = [language.value for language in Language]


@group.command("preview")
@click.argument("directory", type=click.Path(file_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0])
@with_appcontext
def preview(directory: Path, language: str) -> None:
    """Write an example of each kind of mail into a directory, as .eml and .html."""
    if not setting("MAIL_FROM"):
        raise click.ClickException("Set MAIL_FROM, whom mails are from.")
    written = 0
    try:
        directory.mkdir(parents=True, exist_ok=True)
        for name, message in previews.messages(Language(language)):
            html = message.get_body(("html",))
            assert html
            (directory / f"{name}.eml").write_bytes(message.as_bytes())
            (directory / f"{name}.html").write_text(html.get_content(), "utf-8")
            written += 1
    except OSError as error:
        raise click.ClickException(f"{directory}: {error.strerror}.") from error
    click.echo(f"Wrote {written} mails to {directory}.")
