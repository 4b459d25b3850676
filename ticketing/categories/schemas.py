"""Schemas of categories."""

from marshmallow import fields

from ticketing.web.fields import Text, Timestamp, UniqueText
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import Schema, ResponseSchema

NAME = 255
DESCRIPTION = 10_000


class CategoryEditSchema(Schema):
    """A change of a category; a field that is not sent stays."""

    name = UniqueText(max_length=NAME)
    description = Text(max_length=DESCRIPTION, allow_none=True)


class CategoryAddSchema(CategoryEditSchema):
    """A new category."""

    name = UniqueText(required=True, max_length=NAME)


class CategorySchema(ResponseSchema):
    """A category; ``slug`` is its name in an address."""

    id = fields.Integer()
    name = fields.String()
    slug = fields.String()
    description = fields.String(allow_none=True)
    created_at = Timestamp()
    updated_at = Timestamp()


class CategoriesQuery(FeedQuery):
    """A page of categories."""
