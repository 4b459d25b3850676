"""Commands that create admins, set passwords and prune tokens."""

import sys
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from marshmallow import ValidationError

from ticketing.accounts import service
from ticketing.accounts.models import Role
from ticketing.accounts.passwords import check_strength, hash_password
from ticketing.accounts.schemas import RegistrationSchema
from ticketing.core.database import utcnow
from ticketing.core.errors import InvalidError, TicketingError, flatten
from ticketing.core.text import t
from ticketing.ops.cli import with_database

tokens = AppGroup("tokens", help="Access tokens.")
password_option: Callable[[Any], Any] = click.option(
    "--password-stdin", is_flag=True, help="Read the password from standard input."
)


@click.command("create-admin")
@click.option("--name", required=True)
@click.option("--email", required=True)
@password_option
@with_database
def create_admin(name: str, email: str, password_stdin: bool) -> None:
    """Create an admin."""
    try:
        fields = _load(name=name, email=email)
        hashed = _read_password(password_stdin)
        user = service.create_user(**fields, hashed=hashed, role=Role.ADMIN)
    except TicketingError as error:
        raise _failure(error) from error
    click.echo(f"Created the admin {user.email} (id {user.id}).")


@click.command("set-password")
@click.argument("email")
@password_option
@with_database
def set_password(email: str, password_stdin: bool) -> None:
    """Set a user's password, and revoke all of their tokens."""
    try:
        service.set_password(email.strip(), _read_password(password_stdin))
    except TicketingError as error:
        raise _failure(error) from error
    click.echo(f"Changed the password of {email}.")


@tokens.command("prune")
@with_database
def prune_tokens() -> None:
    """Delete expired tokens and links, and notices that are older than 30 days."""
    pruned, links, notices = service.prune(utcnow())
    click.echo(f"Pruned {pruned} expired tokens, {links} links and {notices} notices.")


def init_app(app: Flask) -> None:
    """Add the commands to the application."""
    app.cli.add_command(create_admin)
    app.cli.add_command(set_password)
    app.cli.add_command(tokens)


def _load(**options: str) -> dict[str, Any]:
    try:
        return RegistrationSchema(only=tuple(options)).load(options)
    except ValidationError as error:
        raise InvalidError(flatten(error.messages_dict)) from error


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        password = _read_line()
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    check_strength(password)
    return hash_password(password)


def _read_line() -> str:
    try:
        # Windows programs may write a byte order mark first, which is not part of it.
        return sys.stdin.readline().removeprefix("\ufeff").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidError({"password": [t("Must be UTF-8.")]}) from error


def _failure(error: TicketingError) -> click.ClickException:
    errors: dict[str, list[str]] = error.details.get("errors", {})
    lines = [f"{field}: {' '.join(texts)}" for field, texts in errors.items()]
    return click.ClickException("\n".join(lines) or error.message)
