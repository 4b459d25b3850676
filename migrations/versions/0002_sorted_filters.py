"""A sort each for what few of many tickets have: a status, an assignee"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

INDEXES = [
    (filtered, by)
    for filtered in ("status", "assigned_to")
    for by in ("last_activity_at", "priority")
]


def upgrade() -> None:
    """Create the indexes."""
    for columns in INDEXES:
        op.create_index(f"ix_tickets_{'_'.join(columns)}", "tickets", columns)


def downgrade() -> None:
    """Drop them."""
    for columns in INDEXES:
        op.drop_index(f"ix_tickets_{'_'.join(columns)}", "tickets")
