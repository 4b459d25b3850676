"""Query tickets, serialized for the user who asks (the viewer)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache, partial
from typing import Any, Literal, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, literal, select
from sqlalchemy.orm import aliased

from ticketing import policy
from ticketing.accounts.models import Actor, User
from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.categories.models import Category
from ticketing.categories.schemas import CategorySchema
from ticketing.core.counts import count_each
from ticketing.core.database import utcnow
from ticketing.core.errors import ForbiddenError, NotFoundError, UnavailableError
from ticketing.core.extension_points import ExtensionPoint
from ticketing.core.hot import fetch_one
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.text import t
from ticketing.tickets import targets
from ticketing.tickets.access import NO_TICKET, TICKET_ID, VIEWER_ID
from ticketing.tickets.conversation import (
    REPLY_KINDS,
    LatestReply,
    ReplyKind,
    newest_of,
)
from ticketing.tickets.models import ENDED, Status, Ticket, attachment_of, rating_of
from ticketing.tickets.schemas import RatingSchema, SlaFilter, TicketSchema
from ticketing.web.schemas import Serialized, shared
from ticketing.web.serializer import Computed, RowSerializer

Column = Callable[[ColumnElement[int]], ColumnElement[Any] | Computed]
Columns = tuple[tuple[str, Column], ...]
Criterion = Callable[[ColumnElement[Any]], ColumnElement[bool]]
# The kind of value of a filter; "common" is one value that many tickets have.
FilterKind = Literal["one", "some", "none", "common"]

ORDERS = {
    order.name: order
    for order in (
        Order("-created_at", Ticket.created_at, Ticket.id, descending=True),
        Order("created_at", Ticket.created_at, Ticket.id),
        Order("-last_activity_at", Ticket.last_activity_at, Ticket.id, descending=True),
        Order("-priority", Ticket.priority, Ticket.id, descending=True),
        Order("waiting_since", Ticket.waiting_since, Ticket.id),
        Order("due_at", Ticket.due_at, Ticket.id),
    )
}
# An index of waiting_since begins with the tickets closed long ago. To find unclosed
# ones by it, MariaDB would read a million others: 5 s instead of 10 ms.
UNCLOSED_FIRST = {
    name: replace(ORDERS[name], by_index=False)
    for name in ("created_at", "waiting_since")
}
# An index of due_at ends with the resolved and closed tickets.
NOT_ENDED = Ticket.due_at < literal(ENDED)
UNFINISHED = {Status.OPEN, Status.IN_PROGRESS}
# Only tickets that are not resolved have targets in these states.
UNRESOLVED = {SlaFilter.RUNNING, SlaFilter.OVERDUE}
CUSTOMER, ASSIGNEE = aliased(User), aliased(User)

RATING = Computed(
    lambda values: shared(RatingSchema).dump(rating_of(*values)),
    [Ticket.rated_at, Ticket.rating_score, Ticket.rating_comment],
)

# Fields that other parts add to a serialized ticket: the name, and a function that
# returns the expression to select, for the id of the viewer.
COLUMNS = ExtensionPoint[tuple[str, Column]]("ticket_columns")


class AddedFilter(NamedTuple):
    """A filter that another part adds to lists: a ticket must match each of its values.

    :param criterion: returns the criterion for a value, in a form by which the database
        looks up the matching tickets, and then sorts them.
    :param common_criterion: returns the criterion in a form by which the database reads
        tickets in the order of the list, and examines each.
    :param are_common: returns whether many tickets have each of some values.
    """

    name: str
    criterion: Criterion
    common_criterion: Criterion
    are_common: Callable[[Sequence[Any]], bool]


FILTERS = ExtensionPoint[AddedFilter]("ticket_filters")
STAFF_FIELDS = frozenset({"last_staff_seq", "tags", "sla"})

# A function that finds tickets by the words of their texts. It is called with an actor,
# the words, a function that returns the list with more criteria, and the arguments of
# ``page``.
SEARCH = ExtensionPoint[Callable[..., Page[Serialized]]]("ticket_search")


class SearchTimeoutError(UnavailableError):
    """The search was stopped, because it took too long."""

    code = "search_timeout"
    message = t("This search takes too long; try rarer words, or filters.")


class Projection(NamedTuple):
    """The tickets and fields that an actor sees, with those that other parts add."""

    every_ticket: bool
    internal: bool
    columns: Columns
    reply_kinds: tuple[ReplyKind, ...]
    filters: tuple[AddedFilter, ...]


class Filter(NamedTuple):
    """A filter of a list, and the bind parameter of its value."""

    name: str
    kind: FilterKind
    parameter: str


def list_tickets(
    actor: Actor,
    *,
    limit: int,
    cursor: str | None = None,
    sort: str,
    q: str | None = None,
    **filters: Any,
) -> Page[Serialized]:
    """Return a page of the tickets that ``actor`` may see and that match every filter.

    :param sort: the name of one of ``ORDERS``.
    :param q: the words that a text of the ticket must have.
    :param filters: as in a ``TicketsQuery``.
    :raises ForbiddenError: ``actor`` may not filter by one of ``filters``, or may not
        sort by ``sort``.
    :raises InvalidError: ``cursor`` does not belong to this order, or ``q`` has no
        word.
    :raises SearchTimeoutError: the search takes too long.
    """
    projection = _projection_of(actor)
    if not policy.may_sort_by(actor, sort):
        raise ForbiddenError(t("Only admins may sort by {name}.", name=sort))
    order = _order_of(sort, filters)
    values = _values(actor, projection, filters, order)
    criteria = _range_of(sort, filters)
    feed = partial(_feed, projection, order, frozenset(values), *criteria)
    bound = {given.parameter: value for given, value in values.items()}
    bound["viewer_id"] = actor.id
    if q is None:
        return feed().page(limit=limit, cursor=cursor, **bound)
    [search] = SEARCH.contributions()
    return search(actor, q, feed, limit=limit, cursor=cursor, **bound)


def count_tickets(actor: Actor, lists: Sequence[Mapping[str, Any]]) -> list[int]:
    """Return the number of tickets in each of several lists.

    Each is counted up to ``MAX_COUNT``; all are counted by one statement.

    :param lists: the filters of each list, as in a ``TicketsQuery``.
    :raises ForbiddenError: ``actor`` may not filter by one of them.
    """
    tickets = select(Ticket.id).where(policy.visible_to(actor))
    return count_each([tickets.where(*criteria_of(actor, each)) for each in lists])


def criteria_of(actor: Actor, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the criteria of filters, with their values.

    :param filters: as in a ``TicketsQuery``.
    :raises ForbiddenError: ``actor`` may not filter by one of them.
    """
    projection = _projection_of(actor)
    values = _values(actor, projection, filters)
    return [_criterion(projection, each, value=values[each]) for each in values]


def get_ticket(actor: Actor, ticket_id: int) -> Serialized:
    """Return a ticket, serialized for ``actor``.

    :raises NotFoundError: there is no such ticket, or ``actor`` may not see it.
    """
    projection = _projection_of(actor)
    statement, serializer = _one(projection)
    row = fetch_one(statement, {"ticket_id": ticket_id, "viewer_id": actor.id})
    if row is None:
        raise NotFoundError(NO_TICKET)
    return serializer.serialize(row)


def _order_of(sort: str, filters: Mapping[str, Any]) -> Order:
    status, state = set(filters.get("status", ())), filters.get("sla")
    several_unclosed = len(status) > 1 and Status.CLOSED not in status
    are_few = state in UNRESOLVED if sort == "created_at" else several_unclosed
    if are_few and sort in UNCLOSED_FIRST:
        return UNCLOSED_FIRST[sort]
    return ORDERS[sort]


def _range_of(sort: str, filters: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Return the criterion that ends the reading of a list of unfinished tickets."""
    status = set(filters.get("status", ()))
    ends = sort == "due_at" and status and status <= UNFINISHED
    return [NOT_ENDED] if ends else []


def _projection_of(actor: Actor) -> Projection:
    return Projection(
        policy.sees_every_ticket(actor),
        policy.may_see_internal(actor),
        COLUMNS.contributions(),
        REPLY_KINDS.contributions(),
        FILTERS.contributions(),
    )


def _values(
    actor: Actor,
    projection: Projection,
    filters: Mapping[str, Any],
    order: Order | None = None,
) -> dict[Filter, Any]:
    """Return the values of filters.

    A filter that another part has added becomes one filter for each of its values. The
    filter ``sla`` becomes one for its state, whose value is the present time.

    :param order: the order in which the tickets are to be returned, if any.
    """
    added = {each.name: each for each in projection.filters}
    values: dict[Filter, Any] = {}
    for name, given in filters.items():
        if not policy.may_filter_by(actor, name):
            raise ForbiddenError(t("Only admins may send {name}.", name=name))
        if name == "sla":
            values[_filter_by_state(given, order)] = utcnow()
            continue
        if name not in added:
            parameter = Filter(name, _kind(given), name)
            values[parameter] = actor.id if given == "me" else given
            continue
        is_common = order is not None and added[name].are_common(given)
        for place, value in enumerate(given):
            kind: FilterKind = "common" if is_common else "one"
            values[Filter(name, kind, f"{name}_{place}")] = value
    return values


def _filter_by_state(state: str, order: Order | None) -> Filter:
    reads_in_order = order and order.by_index and order.name != "due_at"
    is_common = reads_in_order and targets.is_common(state)
    return Filter("sla", "common" if is_common else "one", f"now_{state}")


# Building a statement takes longer than executing it, so each is built once.


def _serializer(
    projection: Projection, latest: Sequence[LatestReply] = ()
) -> RowSerializer:
    """Return the serializer of tickets; without ``latest`` they have no last entry."""
    file = (Ticket.attachment_name, Ticket.attachment_type, Ticket.attachment_size)
    attachment = Computed(lambda values: attachment_of(*values), [*file, Ticket.id])
    hidden = {"match"} if latest else {"match", "last_entry"}
    hidden |= set() if projection.internal else STAFF_FIELDS
    return RowSerializer(
        TicketSchema,
        Ticket,
        without=hidden,
        category=RowSerializer(CategorySchema, Category),
        user=RowSerializer(PublicProfileSchema, CUSTOMER),
        assignee=RowSerializer(PublicProfileSchema, ASSIGNEE),
        attachment=attachment,
        last_entry=newest_of(latest),
        rating=RATING,
        **{n: column(VIEWER_ID) for n, column in projection.columns if n not in hidden},
    )


def _visible(projection: Projection, serializer: RowSerializer) -> Select[Any]:
    """Return the statement that selects the tickets that ``VIEWER_ID`` may see."""
    return (
        select(*serializer.columns)
        # Outer joins: with inner ones MariaDB begins with the few categories, and sorts
        # all tickets.
        .outerjoin(CUSTOMER, Ticket.user_id == CUSTOMER.id)
        .outerjoin(ASSIGNEE, Ticket.assigned_to == ASSIGNEE.id)
        .outerjoin(Ticket.category)
        .where(policy.visible(projection.every_ticket, VIEWER_ID))
    )


@cache
def _one(projection: Projection) -> tuple[Select[Any], RowSerializer]:
    serializer = _serializer(projection)
    statement = _visible(projection, serializer).where(Ticket.id == TICKET_ID)
    return statement, serializer


@cache
def _listed(projection: Projection) -> tuple[Select[Any], RowSerializer]:
    latest = [LatestReply(kind) for kind in projection.reply_kinds]
    serializer = _serializer(projection, latest)
    statement = _visible(projection, serializer)
    for reply in latest:
        statement = reply.join(statement)
    return statement, serializer


@lru_cache(1024)
def _feed(
    projection: Projection,
    order: Order,
    filters: frozenset[Filter],
    *more: ColumnElement[bool],
) -> Feed[Serialized]:
    statement, serializer = _listed(projection)
    criteria = [_criterion(projection, given) for given in sorted(filters)]
    rows = statement.where(*criteria, *more)
    if order.column is Ticket.due_at:  # no field of a ticket, and part of the cursor
        rows = rows.add_columns(Ticket.due_at)
    return Feed(rows, order, serializer.serialize)


def _kind(value: Any) -> FilterKind:
    if isinstance(value, list):
        return "some"
    return "none" if value == "none" else "one"


def _criterion(
    projection: Projection, given: Filter, **bound: Any
) -> ColumnElement[bool]:
    """Return the criterion of a filter.

    :param bound: its ``value``, unless that is given when the statement is executed.
    """
    bind = partial(bindparam, given.parameter, unique=bool(bound), **bound)
    is_common = given.kind == "common"
    for added in projection.filters:
        if added.name == given.name:
            return (added.common_criterion if is_common else added.criterion)(bind())
    if given.name == "sla":
        has_state = targets.has_common_state if is_common else targets.has_state
        now = bind(type_=Ticket.due_at.type)
        return has_state(given.parameter.removeprefix("now_"), now)
    column = getattr(Ticket, given.name)
    if given.kind == "none":
        return column.is_(None)
    if given.kind == "some":
        return column.in_(bind(type_=column.type, expanding=True))
    return column == bind(type_=column.type)
