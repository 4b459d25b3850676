"""Schemas of canned responses."""

from typing import Any

from marshmallow import ValidationError, fields

from ticketing.canned_responses.placeholders import NAMES, unknown_in
from ticketing.core.text import t
from ticketing.web.fields import Flag, Id, Text, UniqueText
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import QuerySchema, ResponseSchema, Schema

EXAMPLES = {
    "title": "Thanks",
    "shortcut": "thanks",
    "text": "Thank you, {{customer.name}}. We work on it.",
}
MAX_TITLE_LENGTH = 100
MAX_SHORTCUT_LENGTH = 40
MAX_TEXT_LENGTH = 10_000


class Template(Text):
    """Text with known placeholders only."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        if unknown := unknown_in(text):
            first, *known = (f"{{{{{name}}}}}" for name in (unknown[0], *NAMES))
            raise ValidationError(
                t(
                    "There is no placeholder {placeholder}; there are {known}.",
                    placeholder=first,
                    known=", ".join(known),
                )
            )
        return text


class CannedResponseEditSchema(Schema):
    """Changes to a canned response; a field that is not sent stays as it is.

    ``text`` may have ``{{customer.name}}``, ``{{ticket.id}}``, ``{{ticket.subject}}``
    and ``{{agent.name}}``. ``shortcut`` is unique among shared ones and one's own,
    without regard to case and width. A ``shared`` one is for all admins, who may
    change it.
    """

    examples = EXAMPLES

    title = Text(max_length=MAX_TITLE_LENGTH)
    shortcut = UniqueText(max_length=MAX_SHORTCUT_LENGTH)
    text = Template(max_length=MAX_TEXT_LENGTH)
    shared = Flag()


class CannedResponseAddSchema(CannedResponseEditSchema):
    """The canned response to create."""

    title = Text(required=True, max_length=MAX_TITLE_LENGTH)
    shortcut = UniqueText(required=True, max_length=MAX_SHORTCUT_LENGTH)
    text = Template(required=True, max_length=MAX_TEXT_LENGTH)
    shared = Flag(load_default=False)


class CannedResponseSchema(ResponseSchema):
    """A canned response; its placeholders are not filled in."""

    examples = EXAMPLES

    id = fields.Integer()
    title = fields.String()
    shortcut = fields.String()
    text = fields.String()
    shared = fields.Boolean()


class CannedResponsesQuery(FeedQuery):
    """The page of a list of canned responses."""


class FillQuery(QuerySchema):
    """The ticket to fill in the placeholders for."""

    ticket_id = Id(required=True)


class FilledSchema(ResponseSchema):
    """The text of a canned response, with its placeholders filled in."""

    examples = {"text": "Thank you, Carla. We work on it."}

    text = fields.String()
