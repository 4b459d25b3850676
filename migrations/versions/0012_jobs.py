"""Jobs: work that is done after the change that caused it"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "jobs",
        sa.Column("id", ID, nullable=False),
        sa.Column("pool", sa.String(length=50), nullable=False),
        sa.Column("lane", sa.String(length=100)),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("due_at", TIME),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lease", sa.String(length=32)),
        sa.Column("slot", sa.SmallInteger()),
        sa.Column("last_error", sa.String(length=100)),
        sa.Column("last_status", sa.SmallInteger()),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("ended_at", TIME),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("pool", "slot", name=op.f("uq_jobs_pool_slot")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_jobs_pool_due_at"), "jobs", ["pool", "due_at"])
    op.create_index(op.f("ix_jobs_due_at_pool"), "jobs", ["due_at", "pool"])
    op.create_index(op.f("ix_jobs_lane_state"), "jobs", ["lane", "state"])
    op.create_index(op.f("ix_jobs_state_ended_at"), "jobs", ["state", "ended_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("jobs")
