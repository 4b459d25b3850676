"""The language and the time zone that users choose"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("users", sa.Column("locale", sa.String(length=20)))
    op.add_column("users", sa.Column("time_zone", sa.String(length=64)))


def downgrade() -> None:
    """Drop the columns."""
    op.drop_column("users", "time_zone")
    op.drop_column("users", "locale")
