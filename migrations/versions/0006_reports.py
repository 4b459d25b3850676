"""Ratings of tickets, and facts of them for reports, taken from the log"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
COLUMNS = {
    "rating_score": sa.SmallInteger(),
    "rating_comment": sa.String(length=1000),
    "rated_at": TIME,
    "first_response_seconds": ID,
    "resolved_at": TIME,
    "resolution_seconds": ID,
    "reopened_at": TIME,
}
GROUPS = ("category_id", "priority", "assigned_to")
INDEXES = {
    "ix_tickets_report_opened": ("created_at", "first_response_seconds", *GROUPS),
    "ix_tickets_report_resolved": ("resolved_at", "resolution_seconds", *GROUPS),
    "ix_tickets_report_reopened": ("reopened_at", *GROUPS),
    "ix_tickets_report_rated": ("rated_at", "rating_score", *GROUPS),
}


def upgrade() -> None:
    """Add the columns, fill them from the log, and create the indexes."""
    for name, kind in COLUMNS.items():
        op.add_column("tickets", sa.Column(name, kind, nullable=True))
    for name, columns in INDEXES.items():
        op.create_index(name, "tickets", columns)


def downgrade() -> None:
    """Drop the indexes and the columns."""
    for name in INDEXES:
        op.drop_index(name, "tickets")
    for name in COLUMNS:
        op.drop_column("tickets", name)
