"""A prefix of idempotency keys of mails that no client can send"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

BEFORE, AFTER = "mail-", "mail§"  # a client's key is ASCII
KEY_LENGTH = 64
KEYS = sa.table("idempotency_keys", sa.column("key", sa.String))


def upgrade() -> None:
    """Rename the keys, so that no mail that was received is stored again."""
    _rename(BEFORE, AFTER, sa.func.length(KEYS.c.key) == KEY_LENGTH)


def downgrade() -> None:
    """Give them back their names."""
    _rename(AFTER, BEFORE, sa.true())


def _rename(before: str, after: str, condition: sa.ColumnElement[bool]) -> None:
    # LIKE would ignore case on SQLite.
    prefix = sa.func.substr(KEYS.c.key, 1, len(before))
    rest = sa.func.substr(KEYS.c.key, len(before) + 1, type_=sa.String)
    op.execute(
        sa.update(KEYS)
        .where(prefix == before, condition)
        .values(key=sa.literal(after) + rest)
    )
