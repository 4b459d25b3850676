"""Schemas of rules."""

import enum
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ticketing.core.terms import NO_WORD, terms_in
from ticketing.core.text import t
from ticketing.rules.models import Trigger
from ticketing.service_levels.clocks import Target
from ticketing.tickets.models import Priority, Side, Status
from ticketing.web.fields import Choice, Flag, Id, Integer, Text, Timestamp
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import ResponseSchema, Schema

WHY = [{"condition": "priority", "value": "urgent"}]
DID = {"assigned_to": [None, 2], "notified": [2]}
CONDITIONS = {"priority": ["urgent"], "assigned": False}
ACTIONS = {"assign": {"among": "all"}, "notify": "assignee"}
EXAMPLES = {
    "name": "Urgent ones to the first line",
    "conditions": CONDITIONS,
    "actions": ACTIONS,
    "did": DID,
    "would": DID,
    "why": WHY,
}
MAX_NAME_LENGTH = 100
MAX_POSITION = 1_000_000
MAX_VALUES = 100  # of one condition, or of one action
MAX_WORDS_LENGTH = 100
MAX_IDLE_MINUTES = 525_600  # a year


class PriorityAction(enum.StrEnum):
    """The priority that a rule sets; ``raise`` is the next higher one."""

    LOW = Priority.LOW.value
    MEDIUM = Priority.MEDIUM.value
    HIGH = Priority.HIGH.value
    URGENT = Priority.URGENT.value
    RAISE = "raise"


class Several(fields.List):
    """One value or more; equal ones count once."""

    def __init__(self, inner: fields.Field, **kwargs: Any) -> None:
        some = validate.Length(1, MAX_VALUES)
        super().__init__(inner, validate=some, **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> list[Any]:
        return [*dict.fromkeys(super()._deserialize(*args, **kwargs))]


class Words(Text):
    """Words or phrases to look for, as in the ``q`` of a search."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        if not terms_in(text):
            raise ValidationError(NO_WORD)
        return text


class Admins(fields.Field):
    """The ids of some admins, or a keyword.

    :param keywords: those there are.
    """

    default_error_messages = {"invalid": t("Must be {keywords}, or a list of ids.")}

    def __init__(self, *keywords: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keywords = keywords
        self.inner = Several(Id())

    def _deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(value, str) and value in self._keywords:
            return value
        if not isinstance(value, list):
            raise self.make_error("invalid", keywords=", ".join(self._keywords))
        return self.inner.deserialize(value)

    def documented(self) -> dict[str, Any]:
        """Return its keywords of JSON Schema."""
        number = {"type": "integer", "format": "int64", "minimum": 1}
        some = {"minItems": 1, "maxItems": MAX_VALUES}
        keyword = {"type": "string", "enum": [*self._keywords]}
        return {"anyOf": [keyword, {"type": "array", "items": number, **some}]}


class ConditionsSchema(Schema):
    """What a ticket must meet, all of it; without conditions, every ticket does.

    It has one of the values of a list. ``words`` are looked for in the subject and the
    description: any of them, each as ``q`` finds it. ``target`` is that which a warning
    is about, or which was missed. ``idle_minutes`` must be there for ``idle``, and only
    then: how long nobody has acted on the ticket.
    """

    examples = CONDITIONS

    status = Several(Choice(Status))
    priority = Several(Choice(Priority))
    category_id = Several(Id())
    target = Several(Choice(Target))
    waiting_on = Several(Choice(Side))
    assigned = Flag()
    words = Several(Words(max_length=MAX_WORDS_LENGTH))
    idle_minutes = Integer(1, MAX_IDLE_MINUTES)


class AssignSchema(Schema):
    """Whom to assign a ticket: ``to`` an admin, or ``among`` some, or all of them.

    Of those who are active and available, it is the one with the fewest tickets that
    are open or in progress; of equals, the one who was assigned a ticket longest ago.
    """

    examples = {"among": "all"}

    to = Id()
    among = Admins("all")

    @validates_schema
    def _require_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(data) != 1:
            raise ValidationError(t("Either to or among is required."), "to")


class ActionsSchema(Schema):
    """What to do with a ticket: at least one of these.

    ``notify`` mails the assignee, all admins or some of them; without an assignee, all.
    """

    examples = ACTIONS

    assign = fields.Nested(AssignSchema)
    priority = Choice(PriorityAction)
    status = Choice(Status)
    notify = Admins("assignee", "admins")


def _actions(**kwargs: Any) -> fields.Nested:
    one = validate.Length(1, error=t("At least one action is required."))
    return fields.Nested(ActionsSchema, validate=one, **kwargs)


class RuleEditSchema(Schema):
    """Changes to a rule; a field that is not sent stays as it is.

    The active rules for what has happened, ``on``, are tried on its ticket by
    ``position``; one that applies and has ``stop`` is the last.
    """

    examples = EXAMPLES

    name = Text(max_length=MAX_NAME_LENGTH)
    active = Flag()
    position = Integer(0, MAX_POSITION)
    on = Choice(Trigger)
    conditions = fields.Nested(ConditionsSchema)
    actions = _actions()
    stop = Flag()


class RuleAddSchema(RuleEditSchema):
    """The rule to create; without ``position``, it is before those that have one.

    The active rules for what has happened, ``on``, are tried on its ticket by
    ``position``; one that applies and has ``stop`` is the last.
    """

    name = Text(required=True, max_length=MAX_NAME_LENGTH)
    active = Flag(load_default=True)
    position = Integer(0, MAX_POSITION, load_default=0)
    on = Choice(Trigger, required=True)
    conditions = fields.Nested(ConditionsSchema, load_default=dict)
    actions = _actions(required=True)
    stop = Flag(load_default=False)


class RuleSchema(ResponseSchema):
    """A rule: what is done by itself ``on`` what happens to a ticket."""

    examples = EXAMPLES

    id = fields.Integer()
    name = fields.String()
    active = fields.Boolean()
    position = fields.Integer()
    on = fields.Enum(Trigger, by_value=True)
    conditions = fields.Dict()
    actions = fields.Dict()
    stop = fields.Boolean()
    created_at = Timestamp()
    updated_at = Timestamp()


class RulesQuery(FeedQuery):
    """The page of a list of rules."""


class ReasonSchema(ResponseSchema):
    """A condition of a rule, and the value that the ticket has.

    For ``words``, it is which of them the ticket has.
    """

    examples = WHY[0]

    condition = fields.String()
    value = fields.Raw(allow_none=True)


class DidSchema(ResponseSchema):
    """What a rule did: the old and the new value of fields, and whom it notified.

    ``failed`` has actions that could not be done, and why: ``nobody_available``.
    """

    examples = DID
    optional = frozenset({"assigned_to", "priority", "status", "notified", "failed"})

    assigned_to = fields.List(fields.Integer(allow_none=True))
    priority = fields.List(fields.String())
    status = fields.List(fields.String())
    notified = fields.List(fields.Integer())
    failed = fields.Dict(keys=fields.String(), values=fields.String())


class AppliedSchema(ResponseSchema):
    """What a rule did with a ticket, and why: the ticket met these conditions."""

    examples = EXAMPLES

    rule_id = fields.Integer()
    name = fields.String()
    on = fields.Enum(Trigger, by_value=True)
    did = fields.Nested(DidSchema)
    why = fields.List(fields.Nested(ReasonSchema))


class PreviewRequestSchema(Schema):
    """The ticket to try rules on, and what is to have happened to it."""

    examples = {"ticket_id": 7, "on": "ticket.opened"}

    ticket_id = Id(required=True)
    on = Choice(Trigger, required=True)
    target = Choice(Target)


class PreviewSchema(ResponseSchema):
    """Whether a rule applies to a ticket, why or why not, and what it would do."""

    examples = EXAMPLES

    rule_id = fields.Integer()
    name = fields.String()
    applies = fields.Boolean()
    why = fields.List(fields.Nested(ReasonSchema))
    would = fields.Nested(DidSchema)


class PreviewsSchema(ResponseSchema):
    """The rules that are tried, in order, up to one that applies and stops."""

    data = fields.List(fields.Nested(PreviewSchema))
