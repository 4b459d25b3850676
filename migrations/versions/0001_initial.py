"""initial"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}
TABLES = (
    "ticket_events",
    "messages",
    "comments",
    "tokens",
    "tickets",
    "idempotency_keys",
    "users",
    "categories",
)


def upgrade():
    op.create_table(
        "categories",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("name_key", sa.String(length=255), nullable=False),
        sa.Column("slug", sa.String(length=255), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_categories")),
        sa.UniqueConstraint("name_key", name=op.f("uq_categories_name_key")),
        sa.UniqueConstraint("slug", name=op.f("uq_categories_slug")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_table(
        "users",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=255), nullable=False),
        sa.Column("email", sa.String(length=255), nullable=False),
        sa.Column("email_key", sa.String(length=255), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("email_key", name=op.f("uq_users_email_key")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_users_role"), "users", ["role"])

    op.create_table(
        "idempotency_keys",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("resource_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_idempotency_keys_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "key", name=op.f("pk_idempotency_keys")),
        **OPTIONS,
    )
    op.create_table(
        "tickets",
        sa.Column("id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("category_id", ID, nullable=False),
        sa.Column("assigned_to", ID, nullable=True),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column(
            "description",
            sa.Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb"),
            nullable=False,
        ),
        sa.Column("priority", sa.SmallInteger(), nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("waiting_on", sa.String(20), nullable=False),
        sa.Column("attachment", sa.String(length=64), nullable=True),
        sa.Column("attachment_name", sa.String(length=255), nullable=True),
        sa.Column("attachment_type", sa.String(length=100), nullable=True),
        sa.Column("attachment_size", ID, nullable=True),
        sa.Column("attachment_digest", sa.String(length=64), nullable=True),
        sa.Column("last_seq", ID, nullable=False),
        sa.Column("last_staff_seq", ID, nullable=False),
        sa.Column("last_activity_at", TIME, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["assigned_to"], ["users.id"], name=op.f("fk_tickets_assigned_to")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_tickets_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_tickets_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_tickets_assigned_to_created_at"),
        "tickets",
        ["assigned_to", "created_at"],
    )
    op.create_index(op.f("ix_tickets_attachment"), "tickets", ["attachment"])
    op.create_index(
        op.f("ix_tickets_category_id_created_at"),
        "tickets",
        ["category_id", "created_at"],
    )
    op.create_index(op.f("ix_tickets_created_at"), "tickets", ["created_at"])
    op.create_index(
        op.f("ix_tickets_last_activity_at"), "tickets", ["last_activity_at"]
    )
    op.create_index(op.f("ix_tickets_priority"), "tickets", ["priority"])
    op.create_index(
        op.f("ix_tickets_priority_created_at"), "tickets", ["priority", "created_at"]
    )
    op.create_index(
        op.f("ix_tickets_status_created_at"), "tickets", ["status", "created_at"]
    )
    op.create_index(
        op.f("ix_tickets_user_id_created_at"), "tickets", ["user_id", "created_at"]
    )
    op.create_index(
        op.f("ix_tickets_user_id_last_activity_at"),
        "tickets",
        ["user_id", "last_activity_at"],
    )
    op.create_index(
        op.f("ix_tickets_user_id_priority"), "tickets", ["user_id", "priority"]
    )
    op.create_index(
        op.f("ix_tickets_waiting_on_created_at"),
        "tickets",
        ["waiting_on", "created_at"],
    )

    op.create_table(
        "tokens",
        sa.Column("jti", sa.String(length=36), nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("expires_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_tokens_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_tokens")),
        **OPTIONS,
    )
    op.create_index(op.f("ix_tokens_expires_at"), "tokens", ["expires_at"])
    op.create_index(op.f("ix_tokens_user_id"), "tokens", ["user_id"])

    op.create_table(
        "comments",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_comments_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_comments_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_comments_ticket_id_internal"), "comments", ["ticket_id", "internal"]
    )
    op.create_index(op.f("ix_comments_user_id"), "comments", ["user_id"])

    op.create_table(
        "messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("user_id", ID, nullable=False),
        sa.Column("side", sa.String(20), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("client_id", sa.String(length=64), nullable=True),
        sa.Column("is_read", sa.Boolean(), nullable=False),
        sa.Column("read_at", TIME, nullable=True),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("updated_at", TIME, nullable=False),
        sa.CheckConstraint(
            "is_read = (read_at IS NOT NULL)", name=op.f("ck_messages_read")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_messages_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_messages_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        **OPTIONS,
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_messages_ticket_id_side_is_read"),
        "messages",
        ["ticket_id", "side", "is_read"],
    )
    op.create_index(op.f("ix_messages_user_id"), "messages", ["user_id"])

    op.create_table(
        "ticket_events",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("stream", sa.String(20), nullable=False),
        sa.Column("seq", ID, autoincrement=False, nullable=False),
        sa.Column("name", sa.String(length=50), nullable=False),
        sa.Column("actor_id", ID, nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["users.id"], name=op.f("fk_ticket_events_actor_id")
        ),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_ticket_events_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "ticket_id", "stream", "seq", name=op.f("pk_ticket_events")
        ),
        **OPTIONS,
    )
    op.create_index(op.f("ix_ticket_events_actor_id"), "ticket_events", ["actor_id"])


def downgrade():
    for table in TABLES:
        op.drop_table(table)
