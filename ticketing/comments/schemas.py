"""Schemas of comments."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.core.text import t
from ticketing.files.schemas import AttachedFileSchema, WithFiles
from ticketing.web.fields import Flag, Seq, Text, Timestamp
from ticketing.web.schemas import ResponseSchema, Schema

MAX_CONTENT_LENGTH = 10_000


class CommentEditSchema(Schema):
    """The new text of a comment."""

    content = Text(required=True, max_length=MAX_CONTENT_LENGTH)


class CommentAddSchema(WithFiles, Schema):
    """The comment to add; only admins may send ``internal: true``, which hides it.

    It has a ``content``, or files, or both. A public comment is not added if another
    user has replied after the entry ``if_last_seq`` of the ticket's public stream.
    """

    text = "content"

    content = Text(allow_none=True, load_default=None, max_length=MAX_CONTENT_LENGTH)
    internal = Flag(load_default=False)
    if_last_seq = Seq(allow_none=True, load_default=None)

    @validates_schema
    def _check_if_last_seq(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data["internal"] and data["if_last_seq"] is not None:
            raise ValidationError(t("Not with an internal comment."), "if_last_seq")


class CommentSchema(ResponseSchema):
    """A comment; an ``internal`` one is visible to admins only."""

    id = fields.Integer()
    ticket_id = fields.Integer()
    user_id = fields.Integer()
    user = fields.Nested(PublicProfileSchema)
    content = fields.String()
    internal = fields.Boolean()
    files = fields.List(fields.Nested(AttachedFileSchema))
    created_at = Timestamp()
    updated_at = Timestamp()


class CommentStateSchema(CommentSchema):
    """A comment in a ticket's history.

    ``content`` and ``files`` are null once it is deleted, ``content`` also once it was
    erased; old entries lack ``files``.
    """

    optional = frozenset({"files"})

    content = fields.String(allow_none=True)
    files = fields.List(fields.Nested(AttachedFileSchema), allow_none=True)
