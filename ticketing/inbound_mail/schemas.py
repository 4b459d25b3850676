"""The schema of what became of a message."""

from marshmallow import fields

from ticketing.comments.schemas import CommentSchema
from ticketing.inbound_mail.mime import Ignored


class ReceivedMailSchema(CommentSchema):
    """Why a message is ignored; or the comment that it became earlier."""

    optional = frozenset({*CommentSchema._declared_fields, "ignored"})

    ignored = fields.Enum(Ignored, by_value=fields.String)
