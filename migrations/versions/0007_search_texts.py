"""The texts of tickets, to be searched; flask search rebuild fills the table"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WORDS = sa.Text().with_variant(
    mysql.MEDIUMTEXT(charset="ascii", collation="ascii_bin"), "mysql", "mariadb"
)
# As in ticketing/search/models.py, of which later versions may do something else.
SQLITE_INDEX = (
    """
    CREATE VIRTUAL TABLE search_index USING fts5(
      words, content='search_texts', content_rowid='id', tokenize='ascii', detail='none'
    )
    """,
    """
    CREATE TRIGGER search_texts_inserted AFTER INSERT ON search_texts BEGIN
      INSERT INTO search_index (rowid, words) VALUES (new.id, new.words);
    END
    """,
    """
    CREATE TRIGGER search_texts_deleted AFTER DELETE ON search_texts BEGIN
      INSERT INTO search_index (search_index, rowid, words)
      VALUES ('delete', old.id, old.words);
    END
    """,
    """
    CREATE TRIGGER search_texts_updated AFTER UPDATE OF words ON search_texts BEGIN
      INSERT INTO search_index (search_index, rowid, words)
      VALUES ('delete', old.id, old.words);
      INSERT INTO search_index (rowid, words) VALUES (new.id, new.words);
    END
    """,
)


def upgrade() -> None:
    """Create the empty table, and its index in the way of the database."""
    op.create_table(
        "search_texts",
        sa.Column("id", ID, autoincrement=False, nullable=False),
        sa.Column("ticket_id", ID, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("source_id", ID, nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("words", WORDS, nullable=False),
        sa.ForeignKeyConstraint(
            ["ticket_id"],
            ["tickets.id"],
            name=op.f("fk_search_texts_ticket_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_texts")),
        mysql_engine="InnoDB",
        mysql_charset="utf8mb4",
        mysql_collate="utf8mb4_bin",
    )
    op.create_index(
        op.f("ix_search_texts_ticket_id_kind_source_id"),
        "search_texts",
        ["ticket_id", "kind", "source_id"],
        unique=True,
    )
    if op.get_context().dialect.name == "sqlite":
        for statement in SQLITE_INDEX:
            op.execute(statement)
    else:
        op.create_index(
            op.f("ix_search_texts_words"),
            "search_texts",
            ["words"],
            mysql_prefix="FULLTEXT",
        )


def downgrade() -> None:
    """Drop the table, and the index of SQLite, which is a table, too."""
    if op.get_context().dialect.name == "sqlite":
        op.drop_table("search_index")
    op.drop_table("search_texts")
