"""Schemas of the history of tickets."""

from marshmallow import fields

from ticketing.history.models import Stream
from ticketing.web.fields import Choice, OnlyIfTrue, Seq, Timestamp
from ticketing.web.pages import PageQuery
from ticketing.web.schemas import ResponseSchema


class EntryHeaderSchema(ResponseSchema):
    """The second argument of an event: its number, ticket, name, author and time.

    ``actor_id`` is null where a rule or a clock acted.
    """

    optional = frozenset({"internal"})

    seq = fields.Integer()
    ticket_id = fields.Integer()
    name = fields.String()
    actor_id = fields.Integer(allow_none=True)
    created_at = Timestamp()
    internal = OnlyIfTrue()


class EntrySchema(EntryHeaderSchema):
    """An entry of a ticket's log.

    A socket receives it as two arguments: the ``payload``, and an object with the other
    fields.
    """

    payload = fields.Dict()


class ReplayQuery(PageQuery):
    """The stream to read, and the page: entries after the one numbered ``after``.

    By default the public stream from its beginning.
    """

    after = Seq(load_default=0)
    stream = Choice(Stream, load_default=Stream.PUBLIC)
