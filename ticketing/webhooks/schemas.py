"""Schemas of webhooks."""

import enum
from typing import Any

from marshmallow import ValidationError, fields, validate

from ticketing.core.text import t
from ticketing.jobs.models import State
from ticketing.web.fields import Choice, Flag, Text, Timestamp
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import ResponseSchema, Schema
from ticketing.webhooks.addresses import UrlError, target_of
from ticketing.webhooks.models import EVERY_EVENT

EXAMPLES = {
    "url": "https://example.org/hook",
    "description": "Tells the warehouse",
    "events": ["ticket.created", "message.sent"],
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=",
}
MAX_URL_LENGTH = 2000
MAX_DESCRIPTION_LENGTH = 255
MAX_EVENTS = 50
MAX_EVENT_LENGTH = 50


class DeliveryState(enum.StrEnum):
    """The state of a delivery; what is held back by an earlier one is pending."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


STATES = {
    State.DUE: DeliveryState.PENDING,
    State.LEASED: DeliveryState.PENDING,
    State.DONE: DeliveryState.DELIVERED,
    State.FAILED: DeliveryState.FAILED,
}


class TargetUrl(Text):
    """A URL to send to."""

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        url = super()._deserialize(*args, **kwargs)
        try:
            target_of(url)
        except UrlError as error:
            raise ValidationError(error.args[0]) from error
        return url


class EventNames(fields.List):
    """Names of events, or ``*`` alone for all of them; equal ones once."""

    def __init__(self, **kwargs: Any) -> None:
        name = Text(max_length=MAX_EVENT_LENGTH)
        some = validate.Length(1, MAX_EVENTS)
        super().__init__(name, validate=some, **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> list[Any]:
        names = [*dict.fromkeys(super()._deserialize(*args, **kwargs))]
        if EVERY_EVENT in names and len(names) > 1:
            raise ValidationError(t("* stands for all events, and so alone."))
        return names


class WebhookEditSchema(Schema):
    """Changes to a webhook; a field that is not sent stays as it is.

    ``events`` are names of events of tickets, as sockets receive them, or ``["*"]``.
    The events of internal comments, and what only admins may see, are sent if
    ``internal`` is true. What waits for a webhook that is made inactive fails.
    """

    examples = EXAMPLES

    url = TargetUrl(max_length=MAX_URL_LENGTH)
    description = Text(max_length=MAX_DESCRIPTION_LENGTH, allow_none=True)
    events = EventNames()
    internal = Flag()
    active = Flag()


class WebhookAddSchema(WebhookEditSchema):
    """The webhook to create.

    ``events`` are names of events of tickets, as sockets receive them, or ``["*"]``.
    The events of internal comments, and what only admins may see, are sent if
    ``internal`` is true.
    """

    url = TargetUrl(required=True, max_length=MAX_URL_LENGTH)
    description = Text(
        max_length=MAX_DESCRIPTION_LENGTH, allow_none=True, load_default=None
    )
    events = EventNames(required=True)
    internal = Flag(load_default=False)
    active = Flag(load_default=True)


class WebhookSchema(ResponseSchema):
    """A webhook; its secret is shown only once."""

    examples = EXAMPLES

    id = fields.Integer()
    url = fields.String()
    description = fields.String(allow_none=True)
    events = fields.List(fields.String())
    internal = fields.Boolean()
    active = fields.Boolean()
    created_at = Timestamp()
    updated_at = Timestamp()


class WebhookWithSecretSchema(WebhookSchema):
    """A webhook, and the new secret that signs what it is sent."""

    secret = fields.String()


class WebhooksQuery(FeedQuery):
    """The page of a list of webhooks."""


class DeliverySchema(ResponseSchema):
    """An event that a webhook was sent, or is to be.

    ``last_error`` is the name of what went wrong at the last attempt, and
    ``last_status`` the status of the answer, if there was one that is no success.
    """

    examples = {"type": "message.sent", "last_error": "BadStatus", "last_status": 500}

    id = fields.Integer()
    type = fields.String()
    ticket_id = fields.Integer()
    state = Choice(DeliveryState)
    attempts = fields.Integer()
    next_attempt_at = Timestamp(allow_none=True)
    last_status = fields.Integer(allow_none=True)
    last_error = fields.String(allow_none=True)
    created_at = Timestamp()


class DeliveriesQuery(FeedQuery):
    """The page of a list of deliveries, of one ``state`` or of all."""

    state = Choice(DeliveryState)


class TestResultSchema(ResponseSchema):
    """The result of a test; if it failed, the status of the answer, or the reason."""

    examples = {"delivered": False, "status": None, "error": "TimeoutError"}

    delivered = fields.Boolean()
    status = fields.Integer(allow_none=True)
    error = fields.String(allow_none=True)
