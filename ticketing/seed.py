"""``flask seed``: create two users and some categories to try the service with."""

import click
from flask import Flask, current_app
from sqlalchemy import select

from ticketing.accounts import service as accounts
from ticketing.accounts.demo_accounts import DEMO_ACCOUNTS
from ticketing.accounts.passwords import hash_password
from ticketing.categories import service as categories
from ticketing.categories.models import Category
from ticketing.core.database import db, fold
from ticketing.ops.cli import with_database

CATEGORIES = {
    "Technical Support": "Help with technical problems",
    "Billing": "Questions about invoices and payments",
    "General Inquiry": "Everything else",
    "Feature Request": "What could be better",
    "Bug Report": "What does not work as it should",
}


def create_seed() -> None:
    """Create those of the seed's users and categories that do not exist yet."""
    for account in DEMO_ACCOUNTS:
        if accounts.find_user(account.email) is None:
            hashed = hash_password(account.password)
            accounts.create_user(account.name, account.email, hashed, account.role)
    known = set(db.session.scalars(select(Category.name_key)))
    for name, description in CATEGORIES.items():
        if fold(name) not in known:
            categories.add_category(name, description)


@click.command("seed")
@with_database
def seed() -> None:
    """Create the admin, the customer and the categories to try the service with."""
    if current_app.config["TICKETING_ENV"] == "production":
        raise click.ClickException(
            "The seed's passwords are known to everyone, so it is refused in "
            "production; create an admin with flask create-admin."
        )
    create_seed()
    emails = " and ".join(account.email for account in DEMO_ACCOUNTS)
    password = DEMO_ACCOUNTS[0].password
    click.echo(f"Seeded {len(CATEGORIES)} categories, {emails}; password: {password}.")


def init_app(app: Flask) -> None:
    """Add the command to the application."""
    app.cli.add_command(seed)
