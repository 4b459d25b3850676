"""Since when a side of a ticket is waited for, with a sort for each filter"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
# The default is there because SQLite adds no other column that is NOT NULL.
DEFAULT = sa.text("'2000-01-01 00:00:00.000000'")
INDEXES = [
    ("waiting_since",),
    ("user_id", "waiting_since"),
    ("status", "waiting_since"),
    ("status", "waiting_on", "waiting_since"),
    ("assigned_to", "status", "waiting_since"),
    ("waiting_on", "waiting_since"),
]

# For each ticket, the first reply of the other side since the last one of the side in
# waiting_on. Opening the ticket counts as the first word of its customer.
FIRST_REPLIES = """
INSERT INTO first_replies (ticket_id, written_at)
WITH replies AS (
  SELECT reply.ticket_id, reply.created_at, tickets.waiting_on,
    (reply.user_id = tickets.user_id) = (tickets.waiting_on = 'customer') AS of_waiting
  FROM (
    SELECT ticket_id, user_id, created_at FROM messages
    UNION ALL
    SELECT ticket_id, user_id, created_at FROM comments WHERE NOT internal
  ) AS reply JOIN tickets ON tickets.id = reply.ticket_id
),
last_replies AS (
  SELECT ticket_id, MAX(created_at) AS written_at
  FROM replies WHERE of_waiting GROUP BY ticket_id
)
SELECT replies.ticket_id, MIN(replies.created_at)
FROM replies LEFT JOIN last_replies ON last_replies.ticket_id = replies.ticket_id
WHERE NOT replies.of_waiting AND (
  replies.created_at > last_replies.written_at
  OR last_replies.written_at IS NULL AND replies.waiting_on = 'customer'
)
GROUP BY replies.ticket_id
"""
FILL = """
UPDATE tickets SET waiting_since = COALESCE(
  (SELECT written_at FROM first_replies WHERE ticket_id = tickets.id), created_at
)
"""


def upgrade() -> None:
    """Add the column, fill it, and create the indexes."""
    op.add_column(
        "tickets",
        sa.Column("waiting_since", TIME, nullable=False, server_default=DEFAULT),
    )
    op.create_table(
        "first_replies",
        sa.Column("ticket_id", ID, primary_key=True, autoincrement=False),
        sa.Column("written_at", TIME, nullable=False),
    )
    op.execute(FIRST_REPLIES)
    op.execute(FILL)
    op.drop_table("first_replies")
    for columns in INDEXES:
        op.create_index(_name_of(columns), "tickets", columns)


def downgrade() -> None:
    """Drop the indexes and the column."""
    for columns in INDEXES:
        op.drop_index(_name_of(columns), "tickets")
    op.drop_column("tickets", "waiting_since")


def _name_of(columns: tuple[str, ...]) -> str:
    return f"ix_tickets_{'_'.join(columns)}"
