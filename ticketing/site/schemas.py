"""The schema of the configuration."""

from marshmallow import fields

from ticketing.core.text import Language
from ticketing.tickets.models import Priority, Status
from ticketing.web.schemas import ResponseSchema


class AttachmentRulesSchema(ResponseSchema):
    """The files that may be attached: their size, and their detected media types."""

    examples = {"max_bytes": 10485760, "types": ["image/png", "text/plain"]}

    max_bytes = fields.Integer()
    types = fields.List(fields.String())


class DemoAccountSchema(ResponseSchema):
    """An account that everyone may log in to, to try the service."""

    examples = {
        "name": "Admin User",
        "email": "admin@example.com",
        "password": "password",
    }

    name = fields.String()
    email = fields.String()
    password = fields.String()


class ConfigSchema(ResponseSchema):
    """The configuration of this deployment that clients need, the same for everyone.

    ``registration`` says whether anyone may register as a customer, ``mail`` whether
    mails are sent. ``priorities`` are in ascending order. There are ``demo_accounts``
    in development only.
    """

    examples = {"name": "Ticketing", "languages": ["en"], "password_min_length": 12}

    name = fields.String()
    languages = fields.List(fields.Enum(Language, by_value=True))
    registration = fields.Boolean()
    mail = fields.Boolean()
    password_min_length = fields.Integer()
    attachment = fields.Nested(AttachmentRulesSchema)
    priorities = fields.List(fields.Enum(Priority, by_value=True))
    statuses = fields.List(fields.Enum(Status, by_value=True))
    demo_accounts = fields.List(fields.Nested(DemoAccountSchema))
