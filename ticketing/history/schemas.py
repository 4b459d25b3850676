"""Schemas of the history of tickets."""

from marshmallow import fields

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.web.fields import Choice, OnlyIfTrue, Seq, Timestamp
from ticketing.web.pages import PageQuery
from ticketing.web.schemas import ResponseSchema
from ticketing.history.models import Stream


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


class CatchUpSchema(ResponseSchema):
    """The entries of a stream that a client has missed.

    The client now knows the stream up to ``last_seq``. While ``has_more`` is true, it
    joins again with that number to receive the next entries.
    """

    last_seq = fields.Integer()
    events = fields.List(fields.Nested(EntrySchema))
    has_more = fields.Boolean()


class PresentUserSchema(PublicProfileSchema):
    """A user in a ticket's room, and, but for the lobby, whether they type."""

    optional = frozenset({"typing"})

    typing = fields.Boolean()


class StaffCatchUpSchema(CatchUpSchema):
    """The entries of the staff stream that an admin has missed.

    ``users`` are those who have joined the ticket, the admin included.
    """

    users = fields.List(fields.Nested(PresentUserSchema))


class JoinedSchema(CatchUpSchema):
    """The entries that a client has missed of a ticket's public stream.

    For admins, ``staff`` has those of the staff stream, and who is present.
    """

    optional = frozenset({"staff"})

    ticket_id = fields.Integer()
    staff = fields.Nested(StaffCatchUpSchema)
