"""Emails unique in either form of their domain, folded names and emails to search"""

from collections.abc import Iterator
from typing import Any
from unicodedata import decomposition, normalize

import email_validator
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

BATCH_SIZE = 1000  # rows
SEARCHED = {"name": "name_folded", "email": "email_folded"}
# Case folding makes up to three characters of one.
COLUMN = sa.String(length=3 * 255)
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()  # as in the application

users = sa.table(
    "users",
    *(sa.column(name) for name in ("id", "name", "email", "email_key")),
    *(sa.column(name) for name in SEARCHED.values()),
)


def upgrade() -> None:
    """Add the columns and fill them; give each email its new key where that is free."""
    for column in SEARCHED.values():
        # The default is there because SQLite adds no other column that is NOT NULL.
        empty = sa.text("''")
        op.add_column(
            "users", sa.Column(column, COLUMN, nullable=False, server_default=empty)
        )
    changes = [sa.bindparam(column) for column in SEARCHED.values()]
    fill = (
        users.update()
        .where(users.c.id == sa.bindparam("row_id"))
        .values({change.key: change for change in changes})
    )
    for rows in _batches():
        op.get_bind().execute(
            fill,
            [
                {"row_id": row.id}
                | {SEARCHED[name]: _fold(getattr(row, name)) for name in SEARCHED}
                for row in rows
            ],
        )
        _change_keys(rows, _address_key)


def downgrade() -> None:
    """Drop the columns; give each email its former key where that is free."""
    for rows in _batches():
        _change_keys(rows, _fold)
    for column in SEARCHED.values():
        op.drop_column("users", column)


def _batches() -> Iterator[Any]:
    """Yield all users, some at a time, in the order of their ids."""
    last_id = 0
    query = sa.select(users.c.id, users.c.name, users.c.email, users.c.email_key)
    while rows := (
        op.get_bind()
        .execute(
            query.where(users.c.id > last_id).order_by(users.c.id).limit(BATCH_SIZE)
        )
        .all()
    ):
        yield rows
        last_id = rows[-1].id


def _change_keys(rows: Any, key_of: Any) -> None:
    """Change the keys of emails, but for those whose new key belongs to another user.

    Such a user, whose email and another's became the same, keeps the old key: nothing
    of the account is lost, and both users go on logging in with what they typed before.
    """
    connection = op.get_bind()
    for row in rows:
        key = key_of(row.email)
        if key == row.email_key or len(key) > 255:
            continue
        if connection.scalar(sa.select(users.c.id).where(users.c.email_key == key)):
            print(f"User {row.id} keeps the old key: the email is another user's too.")
            continue
        connection.execute(
            users.update().where(users.c.id == row.id).values(email_key=key)
        )


# As in ticketing/core/database.py and ticketing/accounts/addresses.py, of which later
# versions may do something else.


def _fold(text: str) -> str:
    narrow = (normalize("NFKC", c) if _has_other_width(c) else c for c in text)
    return normalize("NFC", normalize("NFC", "".join(narrow)).casefold())


def _has_other_width(character: str) -> bool:
    return decomposition(character).startswith(("<wide>", "<narrow>"))


def _address_key(address: str) -> str:
    try:
        parsed = email_validator.validate_email(address, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return _fold(address)
    return f"{_fold(parsed.local_part or '')}@{(parsed.ascii_domain or '').lower()}"
