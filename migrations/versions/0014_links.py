"""Links that are mailed to users, notices of changes, and users without a password"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
NULLABLE, REQUIRED = "password VARCHAR(255)", "password VARCHAR(255) NOT NULL"


def upgrade() -> None:
    """Create the tables, and let the password be null."""
    _change_password_column(REQUIRED, NULLABLE)
    op.create_table(
        "links",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        _user_of("links"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_links_token_hash")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_links_user_id_purpose_created_at"),
        "links",
        ["user_id", "purpose", "created_at"],
    )
    op.create_index(op.f("ix_links_expires_at"), "links", ["expires_at"])
    op.create_table(
        "security_notices",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("what", sa.String(length=20), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        _user_of("security_notices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_security_notices")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    for column in ("user_id", "created_at"):
        name = op.f(f"ix_security_notices_{column}")
        op.create_index(name, "security_notices", [column])


def downgrade() -> None:
    """Drop the tables; who has no password gets one that nothing matches."""
    op.execute("UPDATE users SET password = '-' WHERE password IS NULL")
    _change_password_column(NULLABLE, REQUIRED)
    op.drop_table("security_notices")
    op.drop_table("links")


def _user_of(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_user_id")
    return sa.ForeignKeyConstraint(
        ["user_id"], ["users.id"], name=name, ondelete="CASCADE"
    )


def _change_password_column(before: str, after: str) -> None:
    """Change whether the password may be null.

    SQLite has no statement for it. A copy of the table would take its tokens with it,
    by their foreign key. https://www.sqlite.org/lang_altertable.html, "Making Other
    Kinds Of Table Schema Changes", has this one for constraints. Other connections
    notice by the tables that are created, or dropped, afterwards.
    """
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column(
            "users",
            "password",
            existing_type=sa.String(length=255),
            nullable=after == NULLABLE,
        )
        return
    op.execute("PRAGMA writable_schema = ON")
    op.execute(
        f"UPDATE sqlite_schema SET sql = replace(sql, '{before}', '{after}') "
        "WHERE type = 'table' AND name = 'users'"
    )
    op.execute("PRAGMA writable_schema = RESET")
