"""Query the replies on tickets: messages and public comments, which other parts store.

Each of these parts adds its kind of reply to ``REPLY_KINDS``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, true
from sqlalchemy.orm import InstrumentedAttribute, aliased

from ticketing.accounts.models import User
from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.core.extension_points import ExtensionPoint
from ticketing.tickets.models import Side, Ticket
from ticketing.tickets.schemas import MAX_EXCERPT_LENGTH, EntryKind, LastEntrySchema
from ticketing.web.serializer import Computed, RowSerializer


@dataclass(frozen=True, eq=False)
class ReplyKind:
    """A kind of reply.

    :param model: has ``id``, ``ticket_id``, ``user_id``, ``created_at`` and
        ``attached``, the files as ``HasFiles`` stores them.
    :param text: the name of the column of its text.
    :param is_public: the criterion that leaves out internal replies.
    """

    kind: EntryKind
    model: Any
    text: str
    is_public: ColumnElement[bool] = true()


REPLY_KINDS = ExtensionPoint[ReplyKind]("reply_kinds")


class LatestReply:
    """The latest reply of a kind on each ticket of a query, serialized with its author.

    It is looked up by indexes. A column of the ticket would save a tenth of the time of
    ``GET /tickets``, but each change of a reply would have to update it.
    """

    def __init__(self, replies: ReplyKind) -> None:
        model = replies.model
        self._reply, self._author = aliased(model), aliased(User)
        newest = (
            select(model.id)
            .where(model.ticket_id == Ticket.id, replies.is_public)
            # Not MAX(id), for which MariaDB reads all ids of the conversation.
            .order_by(model.id.desc())
            .limit(1)
        )
        self._is_latest = and_(
            # It follows from the next criterion, but SQLAlchemy does not know that, and
            # would warn of a cartesian product on MySQL.
            self._reply.ticket_id == Ticket.id,
            self._reply.id == newest.correlate(Ticket).scalar_subquery(),
        )
        by_customer = self._reply.user_id == Ticket.user_id
        text: InstrumentedAttribute[str] = getattr(self._reply, replies.text)
        self.serializer = RowSerializer(
            LastEntrySchema,
            self._reply,
            kind=literal(replies.kind.value),
            side=case((by_customer, Side.CUSTOMER.value), else_=Side.SUPPORT.value),
            user=RowSerializer(PublicProfileSchema, self._author),
            excerpt=func.substr(_begin(text, self._reply), 1, MAX_EXCERPT_LENGTH),
        )

    @property
    def columns(self) -> list[Any]:
        """The columns to select: its time (NULL without a reply), then its fields."""
        return [self._reply.created_at, *self.serializer.columns]

    def join(self, tickets: Select[Any]) -> Select[Any]:
        """Join the latest reply and its author to a query of tickets."""
        return tickets.outerjoin(self._reply, self._is_latest).outerjoin(
            self._author, self._author.id == self._reply.user_id
        )


def _begin(text: InstrumentedAttribute[str], reply: Any) -> ColumnElement[str]:
    """Return the text of a reply; without text, the name of its first file."""
    first_name = reply.attached[(0, "name")].as_string()
    return case((text == "", func.coalesce(first_name, "")), else_=text)


def newest_of(latest: Sequence[LatestReply]) -> Computed:
    """Return the field with the newest of the latest replies, ``None`` without any."""
    columns: list[Any] = [Ticket.id]
    places = []
    for reply in latest:
        begin = len(columns)
        columns += reply.columns
        places.append((begin, len(columns), reply.serializer))

    def serialize(values: Sequence[Any]) -> Any:
        found = [place for place in places if values[place[0]]]
        if not found:
            return None
        begin, end, serializer = max(found, key=lambda place: values[place[0]])
        return serializer.serialize(values[begin + 1 : end])

    return Computed(serialize, columns)
