"""Mail: who wants which, and how far replies have been mailed"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_charset": "utf8mb4",
    "mysql_collate": "utf8mb4_bin",
}


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "mail_preferences",
        sa.Column("user_id", ID, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_mail_preferences_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", name=op.f("pk_mail_preferences")),
        **OPTIONS,
    )
    op.create_table(
        "mail_reply_positions",
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("side", sa.String(length=20), nullable=False),
        sa.Column("seq", ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_mail_reply_positions_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "ticket_id", "side", name=op.f("pk_mail_reply_positions")
        ),
        **OPTIONS,
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("mail_reply_positions")
    op.drop_table("mail_preferences")
