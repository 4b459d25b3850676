"""Find tickets by the words of their texts, and show where those are."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, String, and_, bindparam, case, column
from sqlalchemy import func, literal_column, select, table
from sqlalchemy.dialects.mysql import match

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db, time_limit
from ticketing.core.errors import InvalidError
from ticketing.core.hot import fetch_all
from ticketing.core.pages import MAX_PAGE_BYTES, Feed, Page
from ticketing.search.models import TICKET_TEXT, SearchText, ticket_text
from ticketing.search.terms import Term, excerpt, find_terms, number_in, terms_in
from ticketing.search.words import Span
from ticketing.tickets.access import TICKET_ID
from ticketing.tickets.models import TextKind, Ticket
from ticketing.tickets.queries import SearchTimeoutError
from ticketing.tickets.schemas import MatchSchema
from ticketing.web.schemas import Serialized, shared

FeedWith = Callable[..., Feed[Serialized]]
Shape = tuple[bool, ...]  # for each term, whether it is looked for by a pattern

TIMEOUT_S = 3.0
RECENT_TICKETS = 20  # for each one that a page may have
MATCH_BYTES = 2560  # more than a match has in JSON
NO_WORD = "Must have a letter or a digit, or two of Chinese, Japanese, Korean or Thai."

IS_NUMBER = Ticket.id == TICKET_ID
IS_RECENT = Ticket.created_at >= bindparam("since", type_=Ticket.created_at.type)
TEXT = case(
    (SearchText.kind == TextKind.COMMENT, Comment.content),
    (SearchText.kind == TextKind.MESSAGE, Message.message),
    else_=TICKET_TEXT,
)


def search_tickets(
    actor: Actor, q: str, feed: FeedWith, *, limit: int, **page: Any
) -> Page[Serialized]:
    """Return a page of the tickets one of whose texts has all terms.

    :param feed: returns the list of tickets to search, with criteria that are added.
    :param page: the cursor, and the parameters of the list.
    :raises InvalidError: ``q`` has no term, or the cursor is of another list.
    :raises SearchTimeoutError: it takes longer than ``TIMEOUT_S``.
    """
    page |= {"limit": limit, "max_bytes": MAX_PAGE_BYTES - limit * MATCH_BYTES}
    number = number_in(q)
    if number is not None:
        found = feed(IS_NUMBER).page(ticket_id=number, **page)
        return replace(found, data=[_beginning(ticket) for ticket in found.data])
    terms = terms_in(q)
    if not terms:
        raise InvalidError({"q": [NO_WORD]})
    deadline = time.monotonic() + TIMEOUT_S
    found = _find(actor, terms, feed, page, deadline)
    matches = _matches(actor, terms, found.data, deadline)
    # A text may have been changed or deleted since the ticket was found.
    data = [ticket for ticket in found.data if ticket.id in matches]
    for ticket in data:
        ticket["match"] = matches[ticket.id]
    return replace(found, data=data)


def _find(
    actor: Actor,
    terms: Sequence[Term],
    feed: FeedWith,
    page: dict[str, Any],
    deadline: float,
) -> Page[Serialized]:
    """Return the tickets with a text that the terms fit and that ``actor`` may see.

    The texts of a customer's own tickets are read one by one. How long it takes depends
    on nothing that others have written. For an admin, first those of the newest tickets
    are, which have enough of what is common. The index is for what is rare: of 400,000
    texts that it finds, it takes seconds to choose the newest.
    """
    shape = tuple(term.needs_pattern for term in terms)
    internal = policy.may_see_internal(actor)
    page = page | _written(terms)
    fits = feed(_has_text(shape, internal))
    if not policy.sees_every_ticket(actor):
        with _in_time(deadline):
            return fits.page(**page)
    with _in_time(deadline):
        since = feed().value_at(RECENT_TICKETS * page["limit"], **page)
        if since is None:
            return fits.page(**page)
        recent = feed(_has_text(shape, internal), IS_RECENT)
        found = recent.page(since=since, **page)
    if found.next is None:
        with _in_time(deadline):
            indexed = _is_indexed(shape, internal, db.engine.dialect.name)
            found = feed(indexed).page(**page)
    return found


def _matches(
    actor: Actor,
    terms: Sequence[Term],
    tickets: Sequence[Serialized],
    deadline: float,
) -> dict[int, Any]:
    """Return for each ticket the newest text that the terms fit, as it is now."""
    shape = tuple(term.needs_pattern for term in terms)
    statement = _newest_texts(shape, policy.may_see_internal(actor))
    params = _written(terms) | {"ticket_ids": [ticket.id for ticket in tickets]}
    with _in_time(deadline):
        rows = fetch_all(statement, params)
    found = {row.ticket_id: (row, find_terms(row.text or "", terms)) for row in rows}
    return {
        ticket_id: _match(row.kind, row.source_id, row.text, spans, row.internal)
        for ticket_id, (row, spans) in found.items()
        if spans
    }


def _beginning(ticket: Serialized) -> Serialized:
    """Return a ticket that was found by its number, with how its text begins."""
    said = ticket_text(ticket["subject"], ticket["description"])
    return Serialized(ticket, match=_match(TextKind.TICKET, ticket.id, said, []))


def _match(
    kind: TextKind,
    source_id: int,
    said: str,
    spans: Sequence[Span],
    internal: bool = False,
) -> dict[str, Any]:
    part, inside = excerpt(said, spans)
    match = {"kind": kind, "id": source_id, "excerpt": part, "terms": inside}
    return shared(MatchSchema).dump(match | {"internal": internal})


def _in_time(deadline: float) -> AbstractContextManager[None]:
    return time_limit(deadline - time.monotonic(), SearchTimeoutError())


def _written(terms: Sequence[Term]) -> dict[str, Any]:
    """Return the parameters of the criteria below."""
    written = {f"term_{place}": term.written for place, term in enumerate(terms)}
    every = "+" if db.engine.dialect.name == "mysql" else ""
    indexed = [f"{every}{word}" for term in terms for word in term.indexed]
    return written | {"indexed": " ".join(indexed)}


# Building a statement takes longer than executing it, so each is built once.


@cache
def _has_text(shape: Shape, internal: bool) -> ColumnElement[bool]:
    """Return the criterion that a text of the ticket fits, read by its ticket."""
    fitting = select(SearchText.id).where(
        SearchText.ticket_id == Ticket.id, *_fits(shape, internal)
    )
    # With EXISTS, MariaDB may read the texts of all tickets first.
    return fitting.correlate(Ticket).limit(1).scalar_subquery().is_not(None)


@cache
def _is_indexed(shape: Shape, internal: bool, dialect: str) -> ColumnElement[bool]:
    """Return the criterion that a text of the ticket fits, found in the index."""
    # The index narrows it down; what fits is the same on all databases.
    fitting = select(SearchText.ticket_id).where(
        _is_in_index(dialect), *_fits(shape, internal)
    )
    return Ticket.id.in_(fitting.distinct())


@cache
def _newest_texts(shape: Shape, internal: bool) -> Select[Any]:
    newest = (
        select(func.max(SearchText.id).label("id"))
        .where(
            SearchText.ticket_id.in_(bindparam("ticket_ids", expanding=True)),
            *_fits(shape, internal),
        )
        .group_by(SearchText.ticket_id)
        .subquery()
    )
    is_comment = SearchText.kind == TextKind.COMMENT
    is_message = SearchText.kind == TextKind.MESSAGE
    return (
        select(
            *(SearchText.ticket_id, SearchText.kind, SearchText.source_id),
            *(SearchText.internal, TEXT.label("text")),
        )
        .join(newest, newest.c.id == SearchText.id)
        .join(Ticket, Ticket.id == SearchText.ticket_id)
        .outerjoin(Comment, and_(is_comment, Comment.id == SearchText.source_id))
        .outerjoin(Message, and_(is_message, Message.id == SearchText.source_id))
    )


def _fits(shape: Shape, internal: bool) -> list[ColumnElement[bool]]:
    """Return the criteria of a text that has all terms and that may be seen."""
    criteria = [policy.texts_visible(internal)]
    for place, by_pattern in enumerate(shape):
        written = bindparam(f"term_{place}", type_=String)
        if by_pattern:
            criteria.append(SearchText.words.regexp_match(written))
        else:
            criteria.append(func.instr(SearchText.words, written) > 0)
    return criteria


def _is_in_index(dialect: str) -> ColumnElement[bool]:
    indexed = bindparam("indexed", type_=String)
    if dialect == "mysql":
        words: ColumnElement[str] = SearchText.words.expression
        return match(words, against=indexed).in_boolean_mode()
    index = table("search_index", column("rowid"), column("words"))
    found = select(index.c.rowid).where(
        literal_column("search_index").op("MATCH")(indexed)
    )
    return SearchText.id.in_(found)
