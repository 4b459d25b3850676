"""Schemas of tickets."""

import enum
import re
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ticketing.accounts.schemas import PublicProfileSchema
from ticketing.categories.schemas import CategorySchema
from ticketing.core.database import fold
from ticketing.core.text import t
from ticketing.tickets.models import Priority, Side, Status, TextKind
from ticketing.web.fields import (
    Choice,
    Choices,
    CommaSeparated,
    File,
    Id,
    OnlyIfTrue,
    Text,
    Timestamp,
    UniqueText,
)
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import FileSchema, ResponseSchema

EXAMPLES = {"subject": "Printer on fire", "description": "It burns.", "category_id": 1}
MAX_SUBJECT_LENGTH = 255
MAX_DESCRIPTION_LENGTH = 20_000
MAX_EXCERPT_LENGTH = 140
MAX_QUERY_LENGTH = 200
SEARCH_SYNTAX = (
    "Words that one text of the ticket must have. In quotes, they must stand together; "
    "`*` at the end of a word stands for any letters; `#7` alone is ticket 7."
)
MAX_TAGS = 20  # on one ticket
MAX_TAG_LENGTH = 40
NOT_IN_TAGS = r"\u0000-\u001f\u007f-\u009f,"  # control characters and the comma


class TicketOpenSchema(FileSchema):
    """The ticket to open."""

    examples = EXAMPLES

    category_id = Id(required=True)
    subject = Text(required=True, max_length=MAX_SUBJECT_LENGTH)
    description = Text(required=True, max_length=MAX_DESCRIPTION_LENGTH)
    priority = Choice(Priority, required=True)
    attachment = File(load_default=None)


class TicketEditSchema(FileSchema):
    """Changes to a ticket; a field that is not sent stays as it is.

    Only admins may send ``assigned_to``, and ``status``, which a customer may set to
    ``resolved`` unless it is ``closed``. A null ``attachment`` removes the file.
    """

    examples = EXAMPLES

    category_id = Id()
    subject = Text(max_length=MAX_SUBJECT_LENGTH)
    description = Text(max_length=MAX_DESCRIPTION_LENGTH)
    priority = Choice(Priority)
    attachment = File()
    status = Choice(Status)
    assigned_to = Id(allow_none=True)


class AttachmentSchema(ResponseSchema):
    """An attached file; ``size`` is in bytes.

    ``preview_url`` is null unless the file is PNG, JPEG, GIF or WebP. The preview is
    available after a moment; a broken image has none.
    """

    examples = {
        "name": "error.png",
        "content_type": "image/png",
        "size": 9,
        "url": "/api/tickets/1/attachment",
        "preview_url": "/api/tickets/1/attachment/preview",
    }

    name = fields.String()
    content_type = fields.String()
    size = fields.Integer()
    url = fields.String()
    preview_url = fields.String(allow_none=True)


class AttachmentStateSchema(AttachmentSchema):
    """An attached file in a ticket's history; old entries lack ``preview_url``."""

    optional = frozenset({"preview_url"})


class RatingSchema(ResponseSchema):
    """The customer's rating of how a ticket was handled: 1 is bad, 5 is good."""

    examples = {"score": 5, "comment": "Quick, and kind."}

    score = fields.Integer()
    comment = fields.String(allow_none=True)
    created_at = Timestamp()


class TicketStateSchema(ResponseSchema):
    """A ticket in its history; nested users and categories are as they were then.

    ``rating`` is null until there is one; old entries lack it. ``subject`` and
    ``description`` are null once the data of the customer was erased.
    """

    examples = EXAMPLES
    optional = frozenset({"rating"})

    id = fields.Integer()
    subject = fields.String(allow_none=True)
    description = fields.String(allow_none=True)
    priority = fields.Enum(Priority, by_value=True)
    status = fields.Enum(Status, by_value=True)
    category_id = fields.Integer()
    category = fields.Nested(CategorySchema)
    user_id = fields.Integer()
    user = fields.Nested(PublicProfileSchema)
    assigned_to = fields.Integer(allow_none=True)
    assignee = fields.Nested(PublicProfileSchema, allow_none=True)
    attachment = fields.Nested(AttachmentStateSchema, allow_none=True)
    waiting_on = fields.Enum(Side, by_value=True)
    rating = fields.Nested(RatingSchema, allow_none=True)
    created_at = Timestamp()
    updated_at = Timestamp()


class EntryKind(enum.StrEnum):
    """The kind of a ``last_entry``."""

    MESSAGE = "message"
    COMMENT = "comment"


class LastEntrySchema(ResponseSchema):
    """A message or public comment; ``excerpt`` is the beginning of its text.

    Without text, it is the name of the first file. ``side`` is the author's.
    """

    kind = fields.Enum(EntryKind, by_value=True)
    side = fields.Enum(Side, by_value=True)
    user = fields.Nested(PublicProfileSchema)
    excerpt = fields.String(validate=validate.Length(max=MAX_EXCERPT_LENGTH))
    created_at = Timestamp()


class MatchSchema(ResponseSchema):
    """The newest text of the ticket that has all terms of the search.

    ``in`` and ``id`` identify the text. ``excerpt`` is the part around the first of the
    terms, and ``terms`` are the positions of terms in it: each begins at the first
    number and ends before the second one, counted in Unicode characters.
    """

    optional = frozenset({"internal"})

    kind = fields.Enum(TextKind, by_value=True, data_key="in")
    id = fields.Integer()
    internal = OnlyIfTrue()
    excerpt = fields.String()
    terms = fields.List(
        fields.List(fields.Integer(), validate=validate.Length(equal=2))
    )


class TargetState(enum.StrEnum):
    """The state of a target of a ticket; a missed one stays missed."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"


class TargetProgressSchema(ResponseSchema):
    """A target of a ticket.

    ``due_at`` is null while the target is paused, or if it is later than five years.
    ``done_at`` is null until the target is done.
    """

    state = fields.Enum(TargetState, by_value=True)
    due_at = Timestamp(allow_none=True)
    done_at = Timestamp(allow_none=True)


class TargetPolicySchema(ResponseSchema):
    """The version of a policy by which a ticket is counted."""

    examples = {"name": "Urgent ones"}

    id = fields.Integer()
    name = fields.String()
    version = fields.Integer()


class TargetsSchema(ResponseSchema):
    """The targets of a ticket, which its policy sets.

    A target is null if it has no goal, or if there is nothing to answer yet. ``due_at``
    is the earliest one, which may be past, of the targets that are not done.
    """

    policy = fields.Nested(TargetPolicySchema)
    first_response = fields.Nested(TargetProgressSchema, allow_none=True)
    next_response = fields.Nested(TargetProgressSchema, allow_none=True)
    resolution = fields.Nested(TargetProgressSchema, allow_none=True)
    due_at = Timestamp(allow_none=True)


class TicketSchema(TicketStateSchema):
    """A ticket; ``unread_count`` counts the unread messages of the caller's side.

    ``waiting_since`` is the time at which the other side first replied after the last
    reply of the side in ``waiting_on``; it is the opening, if support is to reply and
    never has. ``last_entry`` is the latest message or public comment, null without any;
    only lists have it. Only admins see ``last_staff_seq``, the number of the newest
    internal entry, ``tags``, and ``sla``, which is null without a policy. ``rating`` is
    the customer's, null until there is one. ``match`` says where the words of ``q``
    were found; there is one only with ``q``.
    """

    optional = frozenset({"last_entry", "last_staff_seq", "match", "sla", "tags"})

    attachment = fields.Nested(AttachmentSchema, allow_none=True)
    subject = fields.String()
    description = fields.String()
    unread_count = fields.Integer()
    last_seq = fields.Integer()
    last_staff_seq = fields.Integer()
    last_activity_at = Timestamp()
    waiting_since = Timestamp()
    last_entry = fields.Nested(LastEntrySchema, allow_none=True)
    match = fields.Nested(MatchSchema)
    tags = fields.List(fields.String())
    sla = fields.Nested(TargetsSchema, allow_none=True)


class Assignee(fields.Field):
    """The filter by assignee: the id of a user, ``me`` or ``none``."""

    KEYWORDS = ("me", "none")

    default_error_messages = {"invalid": t("Must be an id, me or none.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner = Id(error_messages=self.error_messages)

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        return value if value in self.KEYWORDS else self.inner.deserialize(value)

    def documented(self) -> dict[str, Any]:
        """Return its keywords of JSON Schema."""
        number = {"type": "integer", "format": "int64", "minimum": 1}
        return {"anyOf": [number, {"type": "string", "enum": [*self.KEYWORDS]}]}


class TagName(UniqueText):
    """A tag, without a comma and without control characters."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_TAG_LENGTH, **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        name = super()._deserialize(*args, **kwargs)
        if re.search(f"[{NOT_IN_TAGS}]", name):
            raise ValidationError(t("Must have no comma and no control character."))
        return name

    def documented(self) -> dict[str, Any]:
        """Return the keywords of JSON Schema, with a pattern of its characters."""
        pattern = super().documented()["pattern"]
        return {"pattern": pattern.replace(r"\u0000", NOT_IN_TAGS)}


class TagKey(TagName):
    """The name of a tag, loaded as its key."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        return fold(super()._deserialize(*args, **kwargs))


class TicketSort(enum.StrEnum):
    """An order of tickets; a leading ``-`` means descending."""

    NEWEST = "-created_at"
    OLDEST = "created_at"
    LAST_ACTIVE = "-last_activity_at"
    MOST_URGENT = "-priority"
    WAITING_LONGEST = "waiting_since"
    DUE_FIRST = "due_at"


class SlaFilter(enum.StrEnum):
    """The state of any target of a ticket; ``overdue`` is missed and not done."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    MISSED = "missed"
    OVERDUE = "overdue"


class TicketsQuery(FeedQuery):
    """Filters, order and page of a list of tickets.

    ``status`` and ``priority`` take one value, or several separated by commas; ``tag``
    takes several in the same way, all of which a ticket must have. Only admins may
    ``sort`` by ``due_at``; tickets without a due target come last.
    """

    status = Choices(Status)
    priority = Choices(Priority)
    category_id = Id()
    assigned_to = Assignee(metadata={"description": "The id of an admin, me or none"})
    user_id = Id(metadata={"description": "The customer's id; only admins may send it"})
    waiting_on = Choice(Side, metadata={"description": "The side to write next"})
    q = Text(max_length=MAX_QUERY_LENGTH, metadata={"description": SEARCH_SYNTAX})
    tag = CommaSeparated(
        TagKey(),
        validate=validate.Length(max=MAX_TAGS),
        metadata={"description": "Tags; only admins may send them"},
    )
    sla = Choice(
        SlaFilter,
        metadata={"description": "The state of any target; only admins may send it"},
    )
    sort = Choice(TicketSort, load_default=TicketSort.NEWEST)

    @validates_schema
    def _require_default_sort_with_q(self, data: dict[str, Any], **kwargs: Any) -> None:
        if "q" in data and data["sort"] is not TicketSort.NEWEST:
            raise ValidationError(t("Not together with q."), "sort")
