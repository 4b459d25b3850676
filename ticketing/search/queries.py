"""Find tickets by the words of their texts, and where the words are in these."""

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects.mysql import match

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.chat.models import Message
from ticketing.comments.models import Comment
from ticketing.core.database import db
from ticketing.core.errors import InvalidError
from ticketing.core.hot import fetch_all
from ticketing.core.pages import MAX_PAGE_BYTES, Feed, Page
from ticketing.core.time_limit import time_limit
from ticketing.search.models import SearchText
from ticketing.search.terms import (
    NO_WORD,
    Term,
    excerpt,
    find_terms,
    number_in,
    terms_in,
)
from ticketing.search.words import Span
from ticketing.tickets.access import TICKET_ID
from ticketing.tickets.models import TICKET_TEXT, TextKind, Ticket, ticket_text
from ticketing.tickets.queries import SearchTimeoutError
from ticketing.tickets.schemas import MatchSchema
from ticketing.web.schemas import Serialized, shared

FeedWith = Callable[..., Feed[Serialized]]
Shape = tuple[bool, ...]  # for each term, whether a pattern has to find it

TIMEOUT_S = 3.0
RECENT_TICKETS = 20  # searched first, for each ticket of a full page
SAMPLE_SIZE = 2000  # texts
MAX_RARE = 2  # texts of the sample that have a rare word
MAX_COMPARED = 8  # words
MAX_MATCH_BYTES = 2560  # of JSON

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

    :param feed: returns the list of tickets to search, restricted by more criteria.
    :param page: the cursor, and the parameters of the list.
    :raises InvalidError: ``q`` has no term, or the cursor is of another list.
    :raises SearchTimeoutError: it takes longer than ``TIMEOUT_S``.
    """
    page |= {"limit": limit, "max_bytes": MAX_PAGE_BYTES - limit * MAX_MATCH_BYTES}
    number = number_in(q)
    if number is not None:
        found = feed(IS_NUMBER).page(ticket_id=number, **page)
        return replace(found, data=[_beginning(ticket) for ticket in found.data])
    terms = terms_in(q)
    if not terms:
        raise InvalidError({"q": [NO_WORD]})
    deadline = time.monotonic() + TIMEOUT_S
    search = Search(terms, policy.may_see_internal(actor), deadline)
    every_ticket = policy.sees_every_ticket(actor)
    find = search.read_newest_first if every_ticket else search.read_each
    found = find(feed, **page)
    matches = search.matches(found.data)
    # A text may have been changed or deleted since the ticket was found.
    data = [ticket for ticket in found.data if ticket.id in matches]
    for ticket in data:
        ticket["match"] = matches[ticket.id]
    return replace(found, data=data)


@dataclass(frozen=True)
class Search:
    """A search for terms in public texts, and in internal ones if ``internal``.

    :param deadline: when it is stopped, by the monotonic clock.
    """

    terms: Sequence[Term]
    internal: bool
    deadline: float

    def read_each(self, feed: FeedWith, **page: Any) -> Page[Serialized]:
        """Return a page of tickets, reading the texts of each ticket.

        The time that it takes does not depend on the texts of other users' tickets.
        """
        with self._in_time():
            return feed(self._has_text).page(**page | self._written)

    def read_newest_first(
        self, feed: FeedWith, *, limit: int, **page: Any
    ) -> Page[Serialized]:
        """Return a page of tickets, reading the texts of the newest ones first.

        Common words fill a page from these. Only rare words are looked up in the index:
        it finds all texts with a word before the newest are chosen, and that cannot be
        interrupted.
        """
        page |= {"limit": limit} | self._written
        with self._in_time():
            since = feed().value_at(RECENT_TICKETS * limit, **page)
            recent = [] if since is None else [IS_RECENT]
            found = feed(self._has_text, *recent).page(since=since, **page)
            if since is None or found.next:
                return found
            word = _rarest_word(self.terms)
        if word is None:
            return self.read_each(feed, **page)
        with self._in_time():
            return feed(self._is_indexed).page(indexed=word, **page)

    def matches(self, tickets: Sequence[Serialized]) -> dict[int, Any]:
        """Return for each ticket the match in its newest text that has all terms.

        :raises SearchTimeoutError: the deadline has passed.
        """
        ids = [ticket.id for ticket in tickets]
        statement = _newest_texts(self._shape, self.internal)
        with self._in_time():
            rows = fetch_all(statement, {**self._written, "ticket_ids": ids})
        found = [(row, self._find_terms(row.text or "")) for row in rows]
        return {
            row.ticket_id: _match(
                row.kind, row.source_id, row.text, spans, row.internal
            )
            for row, spans in found
            if spans
        }

    def _find_terms(self, text: str) -> list[Span]:
        """Return the positions of the terms in a text.

        Many terms in long texts take long, so the deadline is checked for each text.
        """
        if time.monotonic() > self.deadline:
            raise SearchTimeoutError
        return find_terms(text, self.terms)

    def _in_time(self) -> AbstractContextManager[None]:
        return time_limit(self.deadline - time.monotonic(), SearchTimeoutError())

    @property
    def _shape(self) -> Shape:
        return tuple(term.needs_pattern for term in self.terms)

    @property
    def _written(self) -> dict[str, Any]:
        """The bind parameters of the terms."""
        return {f"term_{place}": t.written for place, t in enumerate(self.terms)}

    @property
    def _has_text(self) -> ColumnElement[bool]:
        return _has_text(self._shape, self.internal)

    @property
    def _is_indexed(self) -> ColumnElement[bool]:
        return _is_indexed(self._shape, self.internal, db.engine.dialect.name)


def _rarest_word(terms: Sequence[Term]) -> str | None:
    """Return the word to look up in the index, ``None`` if all words are common.

    Only the rarest word is looked up: InnoDB takes seconds to intersect a rare word
    with a common one. Frequencies are estimated from the newest texts.
    """
    words = sorted({word for term in terms for word in term.indexed}, key=len)
    words = words[-MAX_COMPARED:]
    newest = select(SearchText.words).order_by(SearchText.id.desc()).limit(SAMPLE_SIZE)
    text = newest.subquery().c.words
    counts = [
        func.sum(func.instr(text, _with_spaces(word)) > 0, type_=Integer)
        for word in words
    ]
    [found] = fetch_all(select(*counts), {})
    # The longest of those that are equally rare.
    ranked = [(n or 0, -len(word), word) for n, word in zip(found, words, strict=True)]
    count, _, rarest = min(ranked)
    return rarest if count <= MAX_RARE else None


def _with_spaces(word: str) -> str:
    return f" {word[:-1]}" if word.endswith("*") else f" {word} "


def _beginning(ticket: Serialized) -> Serialized:
    """Return a ticket found by its number, with a match at the start of its text."""
    text = ticket_text(ticket["subject"], ticket["description"])
    return Serialized(ticket, match=_match(TextKind.TICKET, ticket.id, text, []))


def _match(
    kind: TextKind,
    source_id: int,
    text: str,
    spans: Sequence[Span],
    internal: bool = False,
) -> dict[str, Any]:
    part, inside = excerpt(text, spans)
    match = {"kind": kind, "id": source_id, "excerpt": part, "terms": inside}
    return shared(MatchSchema).dump(match | {"internal": internal})


# Building a statement takes longer than executing it, so each is built once.


@cache
def _has_text(shape: Shape, internal: bool) -> ColumnElement[bool]:
    """Return the criterion that a text of the ticket matches, by reading its texts."""
    fitting = select(SearchText.id).where(
        SearchText.ticket_id == Ticket.id, *_fits(shape, internal)
    )
    # With EXISTS, MariaDB may read the texts of all tickets first.
    return fitting.correlate(Ticket).limit(1).scalar_subquery().is_not(None)


@cache
def _is_indexed(shape: Shape, internal: bool, dialect: str) -> ColumnElement[bool]:
    """Return the criterion that a text of the ticket matches, by using the index."""
    # The index preselects texts. The same criteria then decide on every database.
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
    """Return the criteria of the texts that have all terms and that may be seen."""
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
