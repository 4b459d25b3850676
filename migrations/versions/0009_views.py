"""Views that admins save, and an index for the counts of customers' ones"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "views",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("query", sa.JSON(), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_views_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_views")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_views_owner_id"), "views", ["owner_id"])
    op.create_index(op.f("ix_views_shared"), "views", ["shared"])
    index = op.f("ix_tickets_user_id_status")
    op.create_index(index, "tickets", ["user_id", "status"])


def downgrade() -> None:
    """Drop the index and the table."""
    op.drop_index(op.f("ix_tickets_user_id_status"), "tickets")
    op.drop_table("views")
