"""Users on the wire."""

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from ticketing.accounts.models import Role
from ticketing.accounts.passwords import MOST_BYTES
from ticketing.web.fields import Choice, Flag, Password, Text, Timestamp, UniqueText
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import Schema, ShownSchema
from ticketing.core.settings import setting

NAME = 255
EMAIL = 255
EXAMPLES = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "password": "correct horse battery",
    "password_confirmation": "correct horse battery",
    "current_password": "staple correct horse",
}


class Email(UniqueText):
    """An email address."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=EMAIL, **kwargs)
        self.validators.append(validate.Email(error="Not a valid email address."))

    def documented(self) -> dict[str, Any]:
        """Return what JSON Schema is to say of it."""
        return super().documented() | {"format": "email"}


class NewPassword(Password):
    """A password to be set; in UTF-8, it has 72 bytes at most."""

    def documented(self) -> dict[str, Any]:
        """Return what JSON Schema is to say of it, as configured."""
        shortest = setting("PASSWORD_MIN_LENGTH")
        return super().documented() | {"minLength": shortest, "maxLength": MOST_BYTES}


class PersonSchema(ShownSchema):
    """A user as others see them."""

    examples = EXAMPLES

    id = fields.Integer()
    name = fields.String()
    role = fields.Enum(Role, by_value=True)


class UserSchema(PersonSchema):
    """A user as they see themselves; ``active`` is there where an admin looks."""

    optional = frozenset({"active"})

    email = fields.String()
    active = fields.Boolean()
    created_at = Timestamp()
    updated_at = Timestamp()


class TokenSchema(ShownSchema):
    """A token, and for how many seconds it is good."""

    examples = {"token": "eyJhbGciOi…", "token_type": "Bearer", "expires_in": 28800}

    token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()


class SessionSchema(TokenSchema):
    """Who logged in, and their token."""

    message = fields.String()
    user = fields.Nested(UserSchema)


class NoticeSchema(ShownSchema):
    """What was done, for people."""

    message = fields.String()


class _ConfirmedSchema(Schema):
    examples = EXAMPLES

    password = NewPassword()
    password_confirmation = NewPassword()

    @validates_schema
    def _confirm(self, data: dict[str, Any], **kwargs: Any) -> None:
        if data.get("password") != data.get("password_confirmation"):
            raise ValidationError(
                "Does not match the password.", "password_confirmation"
            )


class RegistrationSchema(_ConfirmedSchema):
    """A new account; ``role`` is customer by default."""

    name = Text(required=True, max_length=NAME)
    email = Email(required=True)
    password = NewPassword(required=True)
    password_confirmation = NewPassword(required=True)
    role = Choice(Role, allow_none=True, load_default=None)


class LoginSchema(Schema):
    """Who wants a token."""

    examples = EXAMPLES

    email = Text(required=True, max_length=EMAIL)
    password = Password(required=True)


class ProfileEditSchema(_ConfirmedSchema):
    """What users may change of themselves."""

    name = Text(max_length=NAME)
    email = Email()
    current_password = Password()


class StandingSchema(Schema):
    """What admins may change of a user."""

    role = Choice(Role)
    active = Flag()


class UsersQuery(FeedQuery):
    """Which users; ``q`` is a part of a name or an email."""

    role = Choice(Role)
    active = Flag()
    q = Text(max_length=EMAIL)
