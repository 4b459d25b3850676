"""Index the texts of tickets for searches."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    bindparam,
    delete,
    func,
    insert,
    literal,
    select,
    true,
    update,
)

from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.core.transaction import transaction
from ticketing.search.models import SearchText, first_id
from ticketing.search.words import index_of
from ticketing.tickets.access import lock_tickets
from ticketing.tickets.models import TICKET_TEXT, TextKind, Ticket

BATCH_SIZE = 50  # tickets that are locked and indexed together
MERGED_PAGES = 200  # of SQLite's index, in one transaction
MERGE = "INSERT INTO search_index (search_index, rank) VALUES ('merge', ?)"


class Source(NamedTuple):
    """A text of a ticket, as its own table has it."""

    kind: TextKind
    ticket_id: int
    source_id: int
    internal: bool
    written_at: datetime
    text: str


# The columns of a ``Source`` after its kind.
SOURCES = {
    TextKind.TICKET: (
        *(Ticket.id, Ticket.id, literal(False)),
        *(Ticket.created_at, TICKET_TEXT),
    ),
    TextKind.COMMENT: (
        *(Comment.ticket_id, Comment.id, Comment.internal),
        *(Comment.created_at, Comment.content),
    ),
    TextKind.MESSAGE: (
        *(Message.ticket_id, Message.id, literal(False)),
        *(Message.created_at, Message.message),
    ),
}


# The greatest id of a range is one lookup; for that of a ``ticket_id``, all are read.
NEXT_ID = func.coalesce(func.max(SearchText.id), bindparam("first_id")) + 1
COLUMNS = ("ticket_id", "kind", "source_id", "internal", "words")
ADDITION = insert(SearchText).from_select(
    ["id", *COLUMNS],
    select(
        NEXT_ID,
        *(bindparam(name, type_=SearchText.__table__.c[name].type) for name in COLUMNS),
    ).where(SearchText.id.between(bindparam("first_id"), bindparam("last_id"))),
)


def add(
    ticket_id: int, kind: TextKind, source_id: int, text: str, internal: bool = False
) -> None:
    """Index a new text of a locked ticket, in the current transaction."""
    values = {
        "first_id": first_id(ticket_id),
        "last_id": first_id(ticket_id + 1) - 1,
        "ticket_id": ticket_id,
        "kind": kind,
        "source_id": source_id,
        "internal": internal,
        "words": index_of(text),
    }
    db.session.connection().execute(ADDITION, values)


def replace(ticket_id: int, kind: TextKind, source_id: int, text: str) -> None:
    """Index the new version of a text; nothing happens if it is not indexed yet."""
    statement = update(SearchText).where(*_is(ticket_id, kind, source_id))
    db.session.execute(
        statement.values(words=index_of(text)),
        execution_options={"synchronize_session": False},
    )


def remove(ticket_id: int, kind: TextKind, source_id: int) -> None:
    """Remove a text from the index."""
    _delete(*_is(ticket_id, kind, source_id))


def remove_all(ticket_id: int) -> None:
    """Remove every text of a ticket from the index."""
    _delete(SearchText.ticket_id == ticket_id)


def not_indexed() -> ColumnElement[bool]:
    """Return the criterion on ``Ticket`` that selects those not indexed yet.

    They are older than the index, which has only texts added to them since.
    """
    indexed = select(SearchText.id).where(
        SearchText.ticket_id == Ticket.id, SearchText.kind == TextKind.TICKET
    )
    return ~indexed.exists()


def count_matching(criterion: ColumnElement[bool]) -> int:
    """Return the number of tickets that match a criterion."""
    return db.session.scalars(select(func.count(Ticket.id)).where(criterion)).one()


def rebuild(criterion: ColumnElement[bool]) -> Iterator[int]:
    """Index the tickets that match a criterion, the newest first.

    Each batch is indexed in a transaction of its own, while others may read and write.
    The size of each batch is yielded once it is indexed.
    """
    ids = select(Ticket.id).where(criterion).order_by(Ticket.id.desc())
    before: ColumnElement[bool] = true()
    while some := db.session.scalars(ids.where(before).limit(BATCH_SIZE)).all():
        _index(some)
        yield len(some)
        before = Ticket.id < some[-1]


def merge_index() -> None:
    """Merge SQLite's index, which deletes the words of the texts that were removed.

    InnoDB's index keeps these words, hidden, until ``OPTIMIZE TABLE``.
    """
    if db.engine.dialect.name == "sqlite":
        pages = -MERGED_PAGES  # a negative number begins to merge all of it
        while _merge_some(pages):
            pages = MERGED_PAGES
            time.sleep(0)  # let other green threads run


@transaction()
def _merge_some(pages: int) -> bool:
    """Merge some pages; return whether there was anything to merge."""
    connection = db.session.connection()
    driver: Any = connection.connection.dbapi_connection
    before = driver.total_changes
    connection.exec_driver_sql(MERGE, (pages,))
    # See https://www.sqlite.org/fts5.html, "The 'merge' Command".
    return driver.total_changes - before >= 2


@transaction()
def _index(ticket_ids: Sequence[int]) -> None:
    """Index all texts of some tickets, in the order in which they were written."""
    lock_tickets(Ticket.id.in_(ticket_ids))
    sources = [source for kind in SOURCES for source in _sources(kind, ticket_ids)]
    counted: Counter[int] = Counter()
    rows = [
        {
            "id": first_id(source.ticket_id) + _next(counted, source.ticket_id),
            "ticket_id": source.ticket_id,
            "kind": source.kind,
            "source_id": source.source_id,
            "internal": source.internal,
            "words": index_of(source.text),
        }
        for source in sorted(sources, key=lambda source: source.written_at)
    ]
    _delete(SearchText.ticket_id.in_(ticket_ids))
    if rows:
        db.session.execute(insert(SearchText), rows)


def _sources(kind: TextKind, ticket_ids: Sequence[int]) -> Iterator[Source]:
    columns: tuple[Any, ...] = SOURCES[kind]
    statement = select(*columns).where(columns[0].in_(ticket_ids))
    # The sort by time is stable: texts of the same time stay in the order of their ids.
    for row in db.session.execute(statement.order_by(columns[1])):
        yield Source(kind, *row)


def _next(counted: Counter[int], ticket_id: int) -> int:
    counted[ticket_id] += 1
    return counted[ticket_id]


def _is(
    ticket_id: int, kind: TextKind, source_id: int
) -> tuple[ColumnElement[bool], ...]:
    return (
        SearchText.ticket_id == ticket_id,
        SearchText.kind == kind,
        SearchText.source_id == source_id,
    )


def _delete(*criteria: ColumnElement[bool]) -> None:
    statement = delete(SearchText).where(*criteria)
    db.session.execute(statement, execution_options={"synchronize_session": False})
