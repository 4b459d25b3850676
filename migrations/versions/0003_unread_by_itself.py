"""What is unread in a place of its own, however much has been read"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ASSIGNED = ("tickets", "assigned_to", "user_id")
# With the id that InnoDB adds: in the order of a conversation.
OF_TICKET = ("messages", "ticket_id")
UNREAD = ("messages", "is_read", "side", "ticket_id")
BOTH = ("messages", "ticket_id", "side", "is_read")  # which served for those two


def upgrade() -> None:
    """Create the new indexes first: a foreign key is never without one."""
    for index in (ASSIGNED, OF_TICKET, UNREAD):
        _create(*index)
    _drop(*BOTH)


def downgrade() -> None:
    """Undo that, the other way round."""
    _create(*BOTH)
    for index in (UNREAD, OF_TICKET, ASSIGNED):
        _drop(*index)


def _create(table: str, *columns: str) -> None:
    op.create_index(_name_of(table, *columns), table, columns)


def _drop(table: str, *columns: str) -> None:
    op.drop_index(_name_of(table, *columns), table)


def _name_of(table: str, *columns: str) -> str:
    return f"ix_{table}_{'_'.join(columns)}"
