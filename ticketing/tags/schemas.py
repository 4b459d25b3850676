"""Schemas of tags."""

from marshmallow import fields, validate

from ticketing.core.counts import MAX_COUNT
from ticketing.tickets.schemas import MAX_TAG_LENGTH, MAX_TAGS, TagName
from ticketing.web.fields import Text
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import ResponseSchema, Schema

EXAMPLES = {"name": "refund", "tags": ["refund", "VIP"]}


class TicketTagsEditSchema(Schema):
    """All tags of a ticket; tags that differ only in case or width are equal."""

    examples = EXAMPLES

    tags = fields.List(
        TagName(), required=True, validate=validate.Length(max=MAX_TAGS)
    )


class TicketTagsSchema(ResponseSchema):
    """The tags of a ticket, in alphabetical order, each in its first spelling."""

    examples = EXAMPLES

    tags = fields.List(fields.String())


class TaggedSchema(TicketTagsSchema):
    """The tags of a ticket, and which of them were ``added`` and ``removed``."""

    added = fields.List(fields.String())
    removed = fields.List(fields.String())


class TagSchema(ResponseSchema):
    """A tag, and how many tickets have it."""

    examples = EXAMPLES

    name = fields.String()
    count = fields.Integer(
        validate=validate.Range(0, MAX_COUNT),
        metadata={"description": f"{MAX_COUNT:,} means that many or more"},
    )


class TagsQuery(FeedQuery):
    """The page of a list of tags; ``q`` is part of a tag, in any case and width."""

    q = Text(max_length=MAX_TAG_LENGTH)
