"""Canned responses"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "canned_responses",
        sa.Column("id", ID, nullable=False),
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("shortcut", sa.String(length=40), nullable=False),
        sa.Column("shortcut_key", sa.String(length=255), nullable=False),
        sa.Column("shared_key", sa.String(length=255), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("owner_id", ID, nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_canned_responses_owner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_canned_responses")),
        sa.UniqueConstraint("shared_key", name=op.f("uq_canned_responses_shared_key")),
        sa.UniqueConstraint(
            "owner_id",
            "shortcut_key",
            name=op.f("uq_canned_responses_owner_id_shortcut_key"),
        ),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_canned_responses_owner_id"), "canned_responses", ["owner_id"]
    )
    op.create_index(op.f("ix_canned_responses_shared"), "canned_responses", ["shared"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("canned_responses")
