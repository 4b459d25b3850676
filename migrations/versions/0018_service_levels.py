"""Service levels: calendars, policies, and what is due on tickets"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
LONG_TEXT = sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
NEVER = sa.text("'9999-01-01 00:00:00.000000'")
ENDED = """
UPDATE tickets SET due_at = '9999-12-31 00:00:00.000000'
WHERE status IN ('resolved', 'closed')
"""
INDEXES = [
    ("due_at",),
    ("status", "due_at"),
    ("sla_runs_until",),
    ("sla_misses_at",),
    ("sla_paused", "created_at"),
    ("sla_met", "created_at"),
]
OPENED = "ix_tickets_report_opened"
BEFORE = ["created_at", "first_response_seconds"]
GROUPS = ["category_id", "priority", "assigned_to"]


def upgrade() -> None:
    """Create the tables, columns and indexes."""
    op.create_table(
        "calendars",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("holidays", sa.JSON(), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendars")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    _create_policies()
    op.create_table(
        "ticket_service_levels",
        sa.Column("ticket_id", ID, autoincrement=False, nullable=False),
        sa.Column("policy_id", ID, nullable=False),
        sa.Column("policy_version", ID, nullable=False),
        sa.Column("clocks", sa.Text(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("checked_until", TIME, nullable=False),
        sa.Column("next_at", TIME),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_ticket_service_levels_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket_service_levels")),
        **OPTIONS,
    )
    op.create_index(
        op.f("ix_ticket_service_levels_next_at"), "ticket_service_levels", ["next_at"]
    )
    _add_to_tickets()


def downgrade() -> None:
    """Drop what was created."""
    op.drop_index(OPENED, "tickets")
    op.create_index(OPENED, "tickets", [*BEFORE, *GROUPS])
    for columns in INDEXES:
        op.drop_index(_name_of(columns), "tickets")
    for name in ("sla_met", "sla_paused", "sla_misses_at", "sla_runs_until"):
        op.drop_column("tickets", name)
    op.drop_column("tickets", "sla_policy_id")
    op.drop_column("tickets", "due_at")
    for table in ("ticket_service_levels", "sla_policy_versions", "sla_policies"):
        op.drop_table(table)
    op.drop_table("calendars")


def _create_policies() -> None:
    op.create_table(
        "sla_policies",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("position", ID, nullable=False),
        sa.Column("priority", sa.JSON()),
        sa.Column("category_id", sa.JSON()),
        sa.Column("first_response", ID),
        sa.Column("next_response", ID),
        sa.Column("resolution", ID),
        sa.Column("calendar_id", ID),
        sa.Column("pause_on_customer", sa.Boolean(), nullable=False),
        sa.Column("version", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["calendar_id"],
            ["calendars.id"],
            name=op.f("fk_sla_policies_calendar_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sla_policies")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_sla_policies_calendar_id"), "sla_policies", ["calendar_id"]
    )
    op.create_table(
        "sla_policy_versions",
        sa.Column("policy_id", ID, autoincrement=False, nullable=False),
        sa.Column("version", ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("content", LONG_TEXT, nullable=False),
        sa.PrimaryKeyConstraint(
            "policy_id", "version", name=op.f("pk_sla_policy_versions")
        ),
        **OPTIONS,
    )


def _add_to_tickets() -> None:
    # The defaults are there because SQLite adds no other column that is NOT NULL.
    for column in (
        sa.Column("due_at", TIME, nullable=False, server_default=NEVER),
        sa.Column("sla_policy_id", ID),
        sa.Column("sla_runs_until", TIME),
        sa.Column("sla_misses_at", TIME),
        sa.Column("sla_paused", sa.Boolean(), nullable=False, server_default="0"),
        sa.Column("sla_met", sa.Boolean(), nullable=False, server_default="0"),
    ):
        op.add_column("tickets", column)
    op.execute(ENDED)
    for columns in INDEXES:
        op.create_index(_name_of(columns), "tickets", columns)
    op.drop_index(OPENED, "tickets")
    more = ["sla_misses_at", "sla_met"]
    op.create_index(OPENED, "tickets", [*BEFORE, *more, *GROUPS])


def _name_of(columns: tuple[str, ...]) -> str:
    return f"ix_tickets_{'_'.join(columns)}"
