"""``flask seed``: create two users and some categories to try the service with."""

import click
from flask import Flask, current_app
from sqlalchemy import select

from ticketing.accounts import service as accounts
from ticketing.accounts.models import Role, User
from ticketing.accounts.passwords import hash_password
from ticketing.categories import service as categories
from ticketing.categories.models import Category
from ticketing.core.database import db, fold
from ticketing.ops.cli import with_database

PASSWORD = "password"
USERS = (
    ("Admin User", "admin@example.com", Role.ADMIN),
    ("Customer User", "customer@example.com", Role.CUSTOMER),
)
CATEGORIES = {
    "Technical Support": "Help with technical problems",
    "Billing": "Questions about invoices and payments",
    "General Inquiry": "Everything else",
    "Feature Request": "What could be better",
    "Bug Report": "What does not work as it should",
}


def create_seed() -> None:
    """Create those of the seed's users and categories that do not exist yet."""
    for name, email, role in USERS:
        if accounts.find_user(email) is None:
            accounts.create_user(name, email, hash_password(PASSWORD), role)
    known = set(db.session.scalars(select(Category.name_key)))
    for name, description in CATEGORIES.items():
        if fold(name) not in known:
            categories.add_category(name, description)


def create_seed_if_empty() -> None:
    """Create the seed if there are no users."""
    if db.session.scalar(select(User.id).limit(1)) is None:
        create_seed()


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
    emails = " and ".join(email for _, email, _ in USERS)
    click.echo(f"Seeded {len(CATEGORIES)} categories, {emails}; password: {PASSWORD}.")


def init_app(app: Flask) -> None:
    """Add the command to the application."""
    app.cli.add_command(seed)
