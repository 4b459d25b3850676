"""Comments on the wire."""

from marshmallow import fields

from ticketing.accounts.schemas import PersonSchema
from ticketing.web.fields import Flag, Text, Timestamp
from ticketing.web.schemas import Schema

CONTENT = 10_000


class CommentEditSchema(Schema):
    """What may be changed of a comment."""

    content = Text(required=True, max_length=CONTENT)


class CommentSchema(CommentEditSchema):
    """A comment; clients send ``content``, and admins may send ``internal``."""

    id = fields.Integer(dump_only=True)
    ticket_id = fields.Integer(dump_only=True)
    user_id = fields.Integer(dump_only=True)
    user = fields.Nested(PersonSchema, dump_only=True)
    internal = Flag(load_default=False)
    created_at = Timestamp(dump_only=True)
    updated_at = Timestamp(dump_only=True)
