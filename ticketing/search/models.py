"""The search index: the words of the texts of tickets."""

from typing import Any

from sqlalchemy import DDL, ForeignKey, Index, Text, event
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model
from ticketing.tickets.models import TextKind

MAX_TEXTS = 2**24  # of one ticket


def first_id(ticket_id: int) -> int:
    """Return the first id of the range reserved for the texts of a ticket."""
    return ticket_id * MAX_TEXTS


class SearchText(Model):
    """A text of a ticket, as words that every full-text engine indexes alike.

    The texts of a ticket are adjacent, in the order in which they were written: their
    ids are in the range of the ticket.

    :param id: ``first_id`` of the ticket, plus the number of the text.
    :param source_id: the id of the ticket, comment or message.
    :param internal: whether it is an internal comment.
    :param words: as ``index_of`` returns them.
    """

    __tablename__ = "search_texts"
    __table_args__ = (
        Index(None, "ticket_id", "kind", "source_id", unique=True),
        Index(None, "words", mysql_prefix="FULLTEXT").ddl_if(dialect="mysql"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    kind: Mapped[TextKind]
    source_id: Mapped[int]
    internal: Mapped[bool]
    words: Mapped[str] = mapped_column(
        Text().with_variant(MEDIUMTEXT(charset="ascii", collation="ascii_bin"), "mysql")
    )


# SQLite has the index in a separate table, which triggers update. Without positions
# (``detail``), it has a third of the size; phrases are found in ``words``.
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


def _on_sqlite(statement: str) -> Any:
    return DDL(statement).execute_if(dialect="sqlite")


for _statement in SQLITE_INDEX:
    event.listen(SearchText.__table__, "after_create", _on_sqlite(_statement))
_drop_index = _on_sqlite("DROP TABLE IF EXISTS search_index")
event.listen(SearchText.__table__, "before_drop", _drop_index)
