"""Schemas of rules."""

import enum
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ticketing.core.text import t
from ticketing.rules.models import Trigger
from ticketing.search.terms import NO_WORD, terms_in
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


class NonEmptyList(fields.List):
    """A list of at least one value; equal values are loaded once."""

    def __init__(self, inner: fields.Field, **kwargs: Any) -> None:
        some = validate.Length(1, MAX_VALUES)
        super().__init__(inner, validate=some, **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> list[Any]:
        return [*dict.fromkeys(super()._deserialize(*args, **kwargs))]


class Words(Text):
    """Words or phrases to search for, as in the ``q`` of a search."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        text = super()._deserialize(*args, **kwargs)
        if not terms_in(text):
            raise ValidationError(NO_WORD)
        return text


class Admins(fields.Field):
    """The ids of some admins, or a keyword.

    :param keywords: the keywords that are allowed.
    """

    default_error_messages = {"invalid": t("Must be {keywords}, or a list of ids.")}

    def __init__(self, *keywords: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keywords = keywords
        self.inner = NonEmptyList(Id())

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
    """The conditions of a rule; a ticket must meet all of them. There may be none.

    Of a list, one value must match. ``words`` are searched for in the subject and the
    description as by ``q``; one of them must be found. ``target`` is the target that is
    nearly missed or was missed. ``idle_minutes``, the time for which nobody has acted
    on the ticket, is required for ``idle``, and allowed only for it.
    """

    examples = CONDITIONS

    status = NonEmptyList(Choice(Status))
    priority = NonEmptyList(Choice(Priority))
    category_id = NonEmptyList(Id())
    target = NonEmptyList(Choice(Target))
    waiting_on = NonEmptyList(Choice(Side))
    assigned = Flag()
    words = NonEmptyList(Words(max_length=MAX_WORDS_LENGTH))
    idle_minutes = Integer(1, MAX_IDLE_MINUTES)


class AssignSchema(Schema):
    """The assignee: ``to`` one admin, or ``among`` some admins or all of them.

    Of those who are active and available, the one is chosen who has the fewest tickets
    that are open or in progress; of equals, the one who was assigned a ticket longest
    ago.
    """

    examples = {"among": "all"}

    to = Id()
    among = Admins("all")

    @validates_schema
    def _require_one(self, data: dict[str, Any], **kwargs: Any) -> None:
        if len(data) != 1:
            raise ValidationError(t("Either to or among is required."), "to")


class ActionsSchema(Schema):
    """The actions of a rule: at least one.

    ``notify`` mails the assignee, all admins or some of them. If the assignee is to be
    mailed and there is none, all admins are.
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

    On an occasion, the active rules whose ``on`` is its kind are tried on the ticket,
    in the order of ``position``. One that applies and has ``stop`` is the last.
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
    """The rule to create; without ``position``, it has 0, and comes first.

    On an occasion, the active rules whose ``on`` is its kind are tried on the ticket,
    in the order of ``position``. One that applies and has ``stop`` is the last.
    """

    name = Text(required=True, max_length=MAX_NAME_LENGTH)
    active = Flag(load_default=True)
    position = Integer(0, MAX_POSITION, load_default=0)
    on = Choice(Trigger, required=True)
    conditions = fields.Nested(ConditionsSchema, load_default=dict)
    actions = _actions(required=True)
    stop = Flag(load_default=False)


class RuleSchema(ResponseSchema):
    """A rule: actions that are taken automatically ``on`` an occasion."""

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

    For ``words``, the value is a list of those that were found.
    """

    examples = WHY[0]

    condition = fields.String()
    value = fields.Raw(allow_none=True)


class DidSchema(ResponseSchema):
    """The effects of a rule: old and new values of fields, and the admins notified.

    ``failed`` has the actions that failed, each with the reason ``nobody_available``.
    """

    examples = DID
    optional = frozenset({"assigned_to", "priority", "status", "notified", "failed"})

    assigned_to = fields.List(fields.Integer(allow_none=True))
    priority = fields.List(fields.String())
    status = fields.List(fields.String())
    notified = fields.List(fields.Integer())
    failed = fields.Dict(keys=fields.String(), values=fields.String())


class AppliedSchema(ResponseSchema):
    """The effects of a rule on a ticket, and the conditions that the ticket met."""

    examples = EXAMPLES

    rule_id = fields.Integer()
    name = fields.String()
    on = fields.Enum(Trigger, by_value=True)
    did = fields.Nested(DidSchema)
    why = fields.List(fields.Nested(ReasonSchema))


class PreviewRequestSchema(Schema):
    """The ticket to try rules on, and the kind of occasion to assume."""

    examples = {"ticket_id": 7, "on": "ticket.opened"}

    ticket_id = Id(required=True)
    on = Choice(Trigger, required=True)
    target = Choice(Target)


class PreviewSchema(ResponseSchema):
    """A rule tried on a ticket: whether it applies, why, and what it would do."""

    examples = EXAMPLES

    rule_id = fields.Integer()
    name = fields.String()
    applies = fields.Boolean()
    why = fields.List(fields.Nested(ReasonSchema))
    would = fields.Nested(DidSchema)


class PreviewsSchema(ResponseSchema):
    """The rules that were tried, in order, up to one that applies and stops."""

    data = fields.List(fields.Nested(PreviewSchema))
