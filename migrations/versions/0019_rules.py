"""Rules, whom they may assign tickets to, and how long tickets are silent"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
SILENCE = "ix_tickets_status_person_acted_at"


def upgrade() -> None:
    """Create the tables, the columns and the index."""
    op.create_table(
        "rules",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("on", sa.String(length=20), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("actions", sa.JSON(), nullable=False),
        sa.Column("stop", sa.Boolean(), nullable=False),
        sa.Column("silence_at", TIME),
        sa.Column("silence_id", ID),
        sa.Column("looked_at", TIME),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rules")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "last_assignments",
        sa.Column("user_id", ID, autoincrement=False, nullable=False),
        sa.Column("assigned_at", TIME),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_last_assignments_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_last_assignments")),
        **OPTIONS,
    )
    available = sa.Boolean()
    op.add_column(
        "users",
        sa.Column("available", available, nullable=False, server_default=sa.text("1")),
    )
    op.add_column("tickets", sa.Column("person_acted_at", TIME))
    op.create_index(SILENCE, "tickets", ["status", "person_acted_at"])


def downgrade() -> None:
    """Drop the index, the columns and the tables."""
    op.drop_index(SILENCE, "tickets")
    op.drop_column("tickets", "person_acted_at")
    op.drop_column("users", "available")
    op.drop_table("last_assignments")
    op.drop_table("rules")
