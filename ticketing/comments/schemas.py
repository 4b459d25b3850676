"""Schemas of comments."""

from marshmallow import fields

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.web.fields import Flag, Text, Timestamp
from ticketing.web.schemas import Schema, ResponseSchema

MAX_CONTENT_LENGTH = 10_000


class CommentEditSchema(Schema):
    """The new text of a comment."""

    content = Text(required=True, max_length=MAX_CONTENT_LENGTH)


class CommentAddSchema(CommentEditSchema):
    """The comment to add; only admins may send ``internal: true``, which hides it."""

    internal = Flag(load_default=False)


class CommentSchema(ResponseSchema):
    """A comment; an ``internal`` one is visible to admins only."""

    id = fields.Integer()
    ticket_id = fields.Integer()
    user_id = fields.Integer()
    user = fields.Nested(PublicProfileSchema)
    content = fields.String()
    internal = fields.Boolean()
    created_at = Timestamp()
    updated_at = Timestamp()


class CommentStateSchema(CommentSchema):
    """A comment in a ticket's history; ``content`` is null once it is deleted."""

    content = fields.String(allow_none=True)
