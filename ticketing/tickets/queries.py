"""Query tickets, serialized for the user who asks (the viewer)."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import aliased

from ticketing import policy
from ticketing.accounts.models import Actor, User
from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.categories.models import Category
from ticketing.categories.schemas import CategorySchema
from ticketing.core.errors import NotFoundError
from ticketing.core.extension_points import ExtensionPoint
from ticketing.core.hot import fetch_one
from ticketing.core.pages import Feed, Order, Page
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import Computed, RowSerializer
from ticketing.tickets.access import NO_TICKET, TICKET_ID, VIEWER_ID
from ticketing.tickets.models import Ticket, attachment_of
from ticketing.tickets.schemas import TicketSchema

Column = Callable[[ColumnElement[int]], ColumnElement[Any]]
Columns = tuple[tuple[str, Column], ...]
FilterKind = Literal["one", "some", "none"]  # which values a filter has

ORDERS = {
    order.name: order
    for order in (
        Order("-created_at", Ticket.created_at, Ticket.id, descending=True),
        Order("created_at", Ticket.created_at, Ticket.id),
        Order("-last_activity_at", Ticket.last_activity_at, Ticket.id, descending=True),
        Order("-priority", Ticket.priority, Ticket.id, descending=True),
    )
}
CUSTOMER, ASSIGNEE = aliased(User), aliased(User)

# Fields that other parts add to a serialized ticket: the name, and a function that
# returns the expression to select, for the id of the viewer.
COLUMNS = ExtensionPoint[tuple[str, Column]]("ticket_columns")


def list_tickets(
    actor: Actor, *, limit: int, cursor: str | None = None, sort: str, **filters: Any
) -> Page[Serialized]:
    """Return a page of the tickets that ``actor`` may see and that match every filter.

    :param sort: the name of one of ``ORDERS``.
    :param filters: as in a ``TicketsQuery``.
    :raises InvalidError: ``cursor`` does not belong to this order.
    """
    kinds = frozenset((name, _kind(value)) for name, value in filters.items())
    every_ticket = policy.sees_every_ticket(actor)
    feed = _feed(COLUMNS.contributions(), every_ticket, sort, kinds)
    bound = {name: actor.id if v == "me" else v for name, v in filters.items()}
    return feed.page(limit=limit, cursor=cursor, viewer_id=actor.id, **bound)


def get_ticket(actor: Actor, ticket_id: int) -> Serialized:
    """Return a ticket, serialized for ``actor``.

    :raises NotFoundError: there is no such ticket, or ``actor`` may not see it.
    """
    columns = COLUMNS.contributions()
    statement = _one(columns, policy.sees_every_ticket(actor))
    row = fetch_one(statement, {"ticket_id": ticket_id, "viewer_id": actor.id})
    if row is None:
        raise NotFoundError(NO_TICKET)
    return _serializer(columns).serialize(row)


# Building a statement takes longer than executing it, so each is built once.


@cache
def _serializer(columns: Columns) -> RowSerializer:
    file = (Ticket.attachment_name, Ticket.attachment_type, Ticket.attachment_size)
    attachment = Computed(lambda values: attachment_of(*values), [*file, Ticket.id])
    return RowSerializer(
        TicketSchema,
        Ticket,
        category=RowSerializer(CategorySchema, Category),
        user=RowSerializer(PublicProfileSchema, CUSTOMER),
        assignee=RowSerializer(PublicProfileSchema, ASSIGNEE),
        attachment=attachment,
        **{name: column(VIEWER_ID) for name, column in columns},
    )


@cache
def _visible(columns: Columns, every_ticket: bool) -> Select[Any]:
    """Return the statement that selects the tickets that ``VIEWER_ID`` may see."""
    return (
        select(*_serializer(columns).columns)
        # Outer joins: with inner ones MariaDB begins with the few categories, and sorts
        # all tickets.
        .outerjoin(CUSTOMER, Ticket.user_id == CUSTOMER.id)
        .outerjoin(ASSIGNEE, Ticket.assigned_to == ASSIGNEE.id)
        .outerjoin(Ticket.category)
        .where(policy.visible(every_ticket, VIEWER_ID))
    )


@cache
def _one(columns: Columns, every_ticket: bool) -> Select[Any]:
    return _visible(columns, every_ticket).where(Ticket.id == TICKET_ID)


@lru_cache(1024)
def _feed(
    columns: Columns,
    every_ticket: bool,
    sort: str,
    kinds: frozenset[tuple[str, FilterKind]],
) -> Feed[Serialized]:
    criteria = [_criterion(name, kind) for name, kind in sorted(kinds)]
    rows = _visible(columns, every_ticket).where(*criteria)
    return Feed(rows, ORDERS[sort], _serializer(columns).serialize)


def _kind(value: Any) -> FilterKind:
    if isinstance(value, list):
        return "some"
    return "none" if value == "none" else "one"


def _criterion(name: str, kind: FilterKind) -> ColumnElement[bool]:
    column = getattr(Ticket, name)
    if kind == "some":
        return column.in_(bindparam(name, expanding=True))
    return column.is_(None) if kind == "none" else column == bindparam(name)
