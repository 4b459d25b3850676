"""Categories on the wire."""

from marshmallow import fields

from ticketing.web.fields import Text, Timestamp, UniqueText
from ticketing.core.pages import FeedQuery
from ticketing.web.schemas import Schema

NAME = 255
DESCRIPTION = 10_000


class CategoryEditSchema(Schema):
    """What may be changed of a category."""

    name = UniqueText(max_length=NAME)
    description = Text(max_length=DESCRIPTION, allow_none=True)


class CategorySchema(CategoryEditSchema):
    """A category; clients send ``name`` and ``description``."""

    id = fields.Integer(dump_only=True)
    name = UniqueText(required=True, max_length=NAME)
    slug = fields.String(dump_only=True)
    created_at = Timestamp(dump_only=True)
    updated_at = Timestamp(dump_only=True)


class CategoriesQuery(FeedQuery):
    """Which page."""
