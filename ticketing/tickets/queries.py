"""What is shown of tickets, to whoever may see them."""

from collections.abc import Callable
from functools import cache, lru_cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, bindparam, select
from sqlalchemy.orm import aliased

from ticketing import policy
from ticketing.accounts.models import Actor, User
from ticketing.accounts.schemas import PersonSchema
from ticketing.categories.models import Category
from ticketing.categories.schemas import CategorySchema
from ticketing.core.database import read_one
from ticketing.core.errors import NotFoundError
from ticketing.core.pages import Feed, Order, Page
from ticketing.web.schemas import Shown
from ticketing.web.projection import Made, Shape
from ticketing.tickets.access import NONE, TICKET_ID, VIEWER_ID
from ticketing.tickets.models import Ticket, attachment_of
from ticketing.tickets.schemas import TicketSchema

View = Callable[[ColumnElement[int]], ColumnElement[Any]]
Kind = Literal["one", "some", "none"]  # of a filter's values

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

_views: dict[str, View] = {}


def shown_with(view: View) -> View:
    """Let another part add a field, under its own name, to what is shown of a ticket.

    :param view: returns what to select, for the id of whoever looks.
    """
    _views[view.__name__] = view
    return view


def list_tickets(
    actor: Actor, *, limit: int, cursor: str | None = None, sort: str, **filters: Any
) -> Page[Shown]:
    """Return the tickets ``actor`` may see that pass every filter.

    :param filters: as in a ``TicketsQuery``.
    :raises InvalidError: ``cursor`` is none of ours, or of another order.
    """
    which = frozenset((name, _kind(value)) for name, value in filters.items())
    feed = _feed(policy.sees_every_ticket(actor), sort, which)
    bound = {name: actor.id if v == "me" else v for name, v in filters.items()}
    return feed.page(limit=limit, cursor=cursor, viewer_id=actor.id, **bound)


def get_ticket(actor: Actor, ticket_id: int) -> Shown:
    """Return what ``actor`` is shown of a ticket.

    :raises NotFoundError: there is none, or ``actor`` may not see it.
    """
    statement = _one(policy.sees_every_ticket(actor))
    bound = {"ticket_id": ticket_id, "viewer_id": actor.id}
    row = read_one(statement, bound)
    if row is None:
        raise NotFoundError(NONE)
    return _shape().show(row)


@cache
def _shape() -> Shape:
    """Return how tickets are shown, once every part has had its say."""
    file = (Ticket.attachment_name, Ticket.attachment_type, Ticket.attachment_size)
    return Shape(
        TicketSchema,
        Ticket,
        category=Shape(CategorySchema, Category),
        user=Shape(PersonSchema, CUSTOMER),
        assignee=Shape(PersonSchema, ASSIGNEE),
        attachment=Made(attachment_of, *file, Ticket.id),
        **{name: view(VIEWER_ID) for name, view in _views.items()},
    )


@cache
def _visible(every_ticket: bool) -> Select[Any]:
    """Return what is shown of the tickets that ``VIEWER_ID`` may see.

    It is made once, like the next one: much goes into it.
    """
    return (
        select(*_shape().columns)
        # Outer joins: with inner ones MariaDB begins at the few categories, and
        # sorts all tickets.
        .outerjoin(CUSTOMER, Ticket.user_id == CUSTOMER.id)
        .outerjoin(ASSIGNEE, Ticket.assigned_to == ASSIGNEE.id)
        .outerjoin(Ticket.category)
        .where(policy.visible(every_ticket, VIEWER_ID))
    )


@cache
def _one(every_ticket: bool) -> Select[Any]:
    return _visible(every_ticket).where(Ticket.id == TICKET_ID)


@lru_cache(1024)
def _feed(every_ticket: bool, sort: str, which: frozenset[tuple[str, Kind]]) -> Feed:
    criteria = [_criterion(name, kind) for name, kind in sorted(which)]
    rows = _visible(every_ticket).where(*criteria)
    return Feed(rows, ORDERS[sort], _shape())


def _kind(value: Any) -> Kind:
    if isinstance(value, list):
        return "some"
    return "none" if value == "none" else "one"


def _criterion(name: str, kind: Kind) -> ColumnElement[bool]:
    column = getattr(Ticket, name)
    if kind == "some":
        return column.in_(bindparam(name, expanding=True))
    return column.is_(None) if kind == "none" else column == bindparam(name)
