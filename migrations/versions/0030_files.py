"""Files: of comments and messages"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0030"
down_revision = "0016"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
HOLDERS = ("comments", "messages")


def upgrade() -> None:
    """Create the table, and the columns of what has files."""
    op.create_table(
        "files",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("comment_id", ID),
        sa.Column("message_id", ID),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("content_type", sa.String(length=100), nullable=False),
        sa.Column("size", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME),
        *(
            sa.ForeignKeyConstraint(
                [column],
                [f"{table}.id"],
                name=op.f(f"fk_files_{column}"),
                ondelete=None if table == "users" else "CASCADE",
            )
            for column, table in (
                ("ticket_id", "tickets"),
                ("user_id", "users"),
                ("comment_id", "comments"),
                ("message_id", "messages"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("key", name=op.f("uq_files_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    for columns in (
        ["ticket_id", "user_id"],
        ["user_id", "size"],
        ["comment_id"],
        ["message_id"],
        ["expires_at"],
    ):
        op.create_index(op.f(f"ix_files_{'_'.join(columns)}"), "files", columns)
    for table in HOLDERS:
        op.add_column(table, sa.Column("files", sa.JSON()))


def downgrade() -> None:
    """Drop them; the files stay in the storage until they are pruned."""
    for table in HOLDERS:
        op.drop_column(table, "files")
    op.drop_table("files")
