"""Schemas of categories."""

from marshmallow import fields

from ticketing.web.fields import Text, Timestamp, UniqueText
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import ResponseSchema, Schema

MAX_NAME_LENGTH = 255
MAX_DESCRIPTION_LENGTH = 10_000


class CategoryEditSchema(Schema):
    """Changes to a category; a field that is not sent stays as it is."""

    name = UniqueText(max_length=MAX_NAME_LENGTH)
    description = Text(max_length=MAX_DESCRIPTION_LENGTH, allow_none=True)


class CategoryAddSchema(CategoryEditSchema):
    """The category to create."""

    name = UniqueText(required=True, max_length=MAX_NAME_LENGTH)


class CategorySchema(ResponseSchema):
    """A category; ``slug`` is its name for use in URLs."""

    id = fields.Integer()
    name = fields.String()
    slug = fields.String()
    description = fields.String(allow_none=True)
    created_at = Timestamp()
    updated_at = Timestamp()


class CategoriesQuery(FeedQuery):
    """The page of a list of categories."""
