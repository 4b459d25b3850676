"""Timelines on the wire."""

from marshmallow import fields

from ticketing.web.fields import Choice, OnlyIfTrue, Seq, Timestamp
from ticketing.web.pages import PageQuery
from ticketing.web.schemas import ResponseSchema
from ticketing.history.models import Stream


class EntryHeaderSchema(ResponseSchema):
    """What is heard beside a payload: which one it is, by whom, and when."""

    optional = frozenset({"internal"})

    seq = fields.Integer()
    ticket_id = fields.Integer()
    name = fields.String()
    actor_id = fields.Integer()
    created_at = Timestamp()
    internal = OnlyIfTrue()


class EntrySchema(EntryHeaderSchema):
    """Something that happened on a ticket, as it is replayed.

    It is heard as two arguments: the ``payload``, and all the rest.
    """

    payload = fields.Dict()


class ReplayQuery(PageQuery):
    """What happened after the entry ``after``, from the beginning by default."""

    after = Seq(load_default=0)
    stream = Choice(Stream, load_default=Stream.PUBLIC)


class CatchUpSchema(ResponseSchema):
    """What a client has missed of a stream.

    It goes on from ``last_seq``; while there ``has_more``, by joining again.
    """

    last_seq = fields.Integer()
    events = fields.List(fields.Nested(EntrySchema))
    has_more = fields.Boolean()


class JoinedSchema(CatchUpSchema):
    """The ticket, what was missed of its public stream, and of the staff's, if any."""

    optional = frozenset({"staff"})

    ticket_id = fields.Integer()
    staff = fields.Nested(CatchUpSchema)
