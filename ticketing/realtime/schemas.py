"""Schemas of what clients send about a ticket's rooms, and of what ``join`` returns."""

from marshmallow import fields

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.history.schemas import EntrySchema
from ticketing.web.fields import Flag, Id, Seq
from ticketing.web.schemas import ResponseSchema, Schema


class RoomSchema(Schema):
    """The ticket that the event concerns."""

    ticket_id = Id(required=True)


class JoinSchema(RoomSchema):
    """The ticket to follow, and the last ``seq`` that the client knows of each stream.

    Without it, the stream's earlier entries are not returned. Only admins may send
    ``staff_after``.
    """

    after = Seq(allow_none=True, load_default=None)
    staff_after = Seq(allow_none=True, load_default=None)


class TypingSchema(RoomSchema):
    """Whether the user has begun or stopped typing on a ticket."""

    typing = Flag(required=True)


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
