"""Schemas of preferences for mails."""

from marshmallow import fields

from ticketing.web.fields import Flag
from ticketing.web.schemas import ResponseSchema, Schema


class MailsSchema(ResponseSchema):
    """The kinds of mails, each with whether one wants it."""

    ticket_received = fields.Boolean()
    ticket_opened = fields.Boolean()
    assigned = fields.Boolean()
    reply = fields.Boolean()
    status = fields.Boolean()
    alert = fields.Boolean()


class MailsEditSchema(Schema):
    """The kinds of mails to switch on or off; others stay as they are."""

    ticket_received = Flag()
    ticket_opened = Flag()
    assigned = Flag()
    reply = Flag()
    status = Flag()
    alert = Flag()


class NotificationsSchema(ResponseSchema):
    """The notifications that one gets, by e-mail."""

    email = fields.Nested(MailsSchema)


class NotificationsEditSchema(Schema):
    """The notifications to switch on or off."""

    email = fields.Nested(MailsEditSchema, load_default=dict)
