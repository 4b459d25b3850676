"""Query tags, and the field and the filter of tickets."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal, select

from ticketing.core.counts import MAX_COUNT, count_each
from ticketing.core.database import fold
from ticketing.core.pages import Feed, Order, Page
from ticketing.tags.models import Tag, TicketTag
from ticketing.tickets.models import Ticket
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import Computed

# Not EXISTS, for which MariaDB may read all tags of all tickets.
IN_USE = (
    select(TicketTag.ticket_id)
    .where(TicketTag.tag_id == Tag.id)
    .limit(1)
    .scalar_subquery()
    .is_not(None)
)
COLUMNS: tuple[Any, ...] = (Tag.name, Tag.key, Tag.id)
BY_NAME = Order("name", Tag.key, Tag.id)


def list_tags(q: str | None = None, **page: Any) -> Page[Serialized]:
    """Return a page of the tags that tickets have, ordered by name.

    :param q: part of a tag, in any case and Unicode width.
    """
    tags = select(*COLUMNS).where(IN_USE)
    if q is not None:
        tags = tags.where(Tag.key.contains(fold(q), autoescape=True))
    found = Feed(tags, BY_NAME, _serialize).page(**page)
    for tag, count in zip(found.data, _count(found.rows), strict=True):
        tag["count"] = count
    return found


def names_on_ticket(viewer_id: ColumnElement[int]) -> Computed:
    """Return the field of a ticket's tags, in alphabetical order."""
    names = (
        select(func.group_concat(Tag.name))
        .join(TicketTag, TicketTag.tag_id == Tag.id)
        .where(TicketTag.ticket_id == Ticket.id)
        .correlate(Ticket)
        .scalar_subquery()
    )
    return Computed(_split, [func.coalesce(names, "")])


def is_among_tagged(key: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the criterion on ``Ticket`` that selects those with a tag."""
    return Ticket.id.in_(_tagged(key))


def has_tag(key: ColumnElement[str]) -> ColumnElement[bool]:
    """Return the same criterion for a tag that many tickets have.

    By the other form, MariaDB would sort all these tickets for each page: 19 s for half
    a million. This form can only be examined for one ticket after another.
    """
    of_ticket = _tagged(key).where(TicketTag.ticket_id == Ticket.id)
    return of_ticket.correlate(Ticket).scalar_subquery().is_not(None)


def are_common(keys: Sequence[str]) -> bool:
    """Return whether each of some tags is on ``MAX_COUNT`` tickets or more."""
    counts = count_each([_tagged(literal(key)) for key in keys])
    return min(counts) == MAX_COUNT


def _tagged(key: ColumnElement[str]) -> Select[int]:
    tickets = select(TicketTag.ticket_id).join(Tag, Tag.id == TicketTag.tag_id)
    return tickets.where(Tag.key == key)


def _serialize(row: Row[Any]) -> Serialized:
    return Serialized(name=row.name)


def _count(tags: Sequence[Row[Any]]) -> list[int]:
    tickets = select(TicketTag.ticket_id)
    return count_each([tickets.where(TicketTag.tag_id == tag.id) for tag in tags])


def _split(values: Sequence[Any]) -> list[str]:
    # No tag has a comma.
    return sorted(values[0].split(","), key=fold) if values[0] else []
