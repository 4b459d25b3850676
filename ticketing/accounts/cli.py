"""Accounts on the command line."""

import sys
from collections.abc import Callable
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from ticketing.accounts import service
from ticketing.accounts.models import Role
from ticketing.accounts.passwords import check_strength, hash_password
from ticketing.accounts.schemas import RegistrationSchema
from ticketing.ops.cli import with_database
from ticketing.core.database import utcnow
from ticketing.core.errors import InvalidError, TicketingError, flatten

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
    errors = RegistrationSchema(only=("name", "email")).validate(
        {"name": name, "email": email}
    )
    try:
        if errors:
            raise InvalidError(flatten(errors))
        hashed = _read_password(password_stdin)
        user = service.create_user(name.strip(), email.strip(), hashed, Role.ADMIN)
    except TicketingError as error:
        raise _told(error) from error
    click.echo(f"Created the admin {user.email} (id {user.id}).")


@click.command("set-password")
@click.argument("email")
@password_option
@with_database
def set_password(email: str, password_stdin: bool) -> None:
    """Change a user's password; it logs them out everywhere."""
    try:
        service.set_password(email.strip(), _read_password(password_stdin))
    except TicketingError as error:
        raise _told(error) from error
    click.echo(f"Changed the password of {email}.")


@tokens.command("prune")
@with_database
def prune_tokens() -> None:
    """Delete what is left of expired tokens."""
    click.echo(f"Pruned {service.prune_tokens(utcnow())} expired tokens.")


def init_app(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(create_admin)
    app.cli.add_command(set_password)
    app.cli.add_command(tokens)


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        password = _read_line()
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    check_strength(password)
    return hash_password(password)


def _read_line() -> str:
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise InvalidError({"password": ["Must be UTF-8."]}) from error


def _told(error: TicketingError) -> click.ClickException:
    errors: dict[str, list[str]] = error.details.get("errors", {})
    told = [f"{field}: {' '.join(texts)}" for field, texts in errors.items()]
    return click.ClickException("\n".join(told) or error.message)
