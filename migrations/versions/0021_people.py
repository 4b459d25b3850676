"""When the account of a user was closed for good"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")


def upgrade() -> None:
    """Add the column."""
    op.add_column("users", sa.Column("closed_at", TIME))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("users", "closed_at")
