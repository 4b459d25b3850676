"""Entries of the log without an actor, where a rule or a clock acted"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NULLABLE, REQUIRED = "actor_id INTEGER,", "actor_id INTEGER NOT NULL,"
OPENED_IT = """
UPDATE ticket_events
SET actor_id = (SELECT user_id FROM tickets WHERE id = ticket_events.ticket_id)
WHERE actor_id IS NULL
"""


def upgrade() -> None:
    """Let the actor be null."""
    _change_actor_column(REQUIRED, NULLABLE)


def downgrade() -> None:
    """Require an actor; where there was none, it is the user who opened the ticket."""
    op.execute(OPENED_IT)
    _change_actor_column(NULLABLE, REQUIRED)


def _change_actor_column(before: str, after: str) -> None:
    """Change whether the actor may be null.

    SQLite has no statement for it, and copying the log takes long. See
    https://www.sqlite.org/lang_altertable.html, "Making Other Kinds Of Table Schema
    Changes", which has this one for constraints. The version lets other connections
    notice.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        op.alter_column(
            "ticket_events",
            "actor_id",
            existing_type=ID,
            nullable=after == NULLABLE,
        )
        return
    version = connection.scalar(sa.text("PRAGMA schema_version"))
    op.execute("PRAGMA writable_schema = ON")
    op.execute(
        f"UPDATE sqlite_schema SET sql = replace(sql, '{before}', '{after}') "
        "WHERE type = 'table' AND name = 'ticket_events'"
    )
    op.execute(f"PRAGMA schema_version = {version + 1}")
    op.execute("PRAGMA writable_schema = RESET")
