"""Whether the address of a user is confirmed; those of present users are"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    confirmed = sa.Boolean()
    op.add_column(
        "users",
        sa.Column(
            "email_confirmed", confirmed, nullable=False, server_default=sa.text("1")
        ),
    )


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("users", "email_confirmed")
