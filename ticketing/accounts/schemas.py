"""Schemas of users, credentials and access tokens."""

from typing import Any

from marshmallow import ValidationError, fields, validates_schema

from ticketing.accounts.addresses import address_key, is_valid
from ticketing.accounts.models import Role
from ticketing.accounts.passwords import (
    MAX_PASSWORD_BYTES,
    check_strength,
    normalize_password,
)
from ticketing.core.errors import InvalidError
from ticketing.core.settings import setting
from ticketing.core.text import Language, t
from ticketing.web.fields import Choice, Flag, Password, Text, Timestamp, TimeZone
from ticketing.web.pages import FeedQuery
from ticketing.web.schemas import ResponseSchema, Schema

MAX_NAME_LENGTH = 255
MAX_EMAIL_LENGTH = 255
MAX_TOKEN_LENGTH = 255
TOKEN = "n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg"
EXAMPLES = {
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "password": "correct horse battery",
    "password_confirmation": "correct horse battery",
    "current_password": "staple correct horse",
    "locale": "de",
    "time_zone": "Europe/Berlin",
    "token": TOKEN,
    "invitation_url": f"https://help.example.org/console/set-password#{TOKEN}",
}


class Email(Text):
    """An email address, whose normalized form must fit into its column, too."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=MAX_EMAIL_LENGTH, **kwargs)

    def _deserialize(self, *args: Any, **kwargs: Any) -> str:
        address = super()._deserialize(*args, **kwargs)
        if not is_valid(address):
            raise ValidationError(t("Not a valid email address."))
        if len(address_key(address)) > MAX_EMAIL_LENGTH:
            raise ValidationError(
                t("Longer than maximum length {max}.", max=MAX_EMAIL_LENGTH)
            )
        return address

    def documented(self) -> dict[str, Any]:
        """Return its keywords of JSON Schema."""
        return super().documented() | {"format": "email"}


class NewPassword(Password):
    """A new password of at most 72 bytes in UTF-8."""

    def documented(self) -> dict[str, Any]:
        """Return its keywords of JSON Schema; the minimum length is a setting."""
        return super().documented() | {
            "minLength": setting("PASSWORD_MIN_LENGTH"),
            "maxLength": MAX_PASSWORD_BYTES,
        }


class PublicProfileSchema(ResponseSchema):
    """The public profile of a user, without their email."""

    examples = EXAMPLES

    id = fields.Integer()
    name = fields.String()
    role = fields.Enum(Role, by_value=True)


class UserSchema(PublicProfileSchema):
    """A user, for the user and for admins; only admins see ``active``, ``available``.

    Rules assign tickets only to admins who are ``available``.

    Until an email is confirmed, only links to confirm it or to set a password are
    mailed to it. Only the user and admins see ``email_confirmed``.
    """

    optional = frozenset({"active", "available", "email_confirmed"})

    email = fields.String()
    email_confirmed = fields.Boolean()
    active = fields.Boolean()
    available = fields.Boolean()
    created_at = Timestamp()
    updated_at = Timestamp()


class AccountSchema(UserSchema):
    """A user's own account; only its user sees ``locale`` and ``time_zone``.

    Both are null until the user chooses them.
    """

    optional = UserSchema.optional | {"locale", "time_zone"}

    locale = fields.Enum(Language, by_value=True, allow_none=True)
    time_zone = fields.String(allow_none=True)


class TokenSchema(ResponseSchema):
    """An access token; it expires after ``expires_in`` seconds."""

    examples = {"token": "eyJhbGciOi…", "token_type": "Bearer", "expires_in": 28800}

    token = fields.String()
    token_type = fields.String()
    expires_in = fields.Integer()


class SessionSchema(TokenSchema):
    """The user who logged in, and their access token."""

    message = fields.String()
    user = fields.Nested(AccountSchema)


class NoticeSchema(ResponseSchema):
    """A message for the user: the call succeeded."""

    message = fields.String()


class _ConfirmedSchema(Schema):
    examples = EXAMPLES

    password = NewPassword()
    password_confirmation = NewPassword()

    # Also after errors of other fields: the response names all errors together.
    @validates_schema(skip_on_field_errors=False)
    def _check_strength(self, data: dict[str, Any], **kwargs: Any) -> None:
        try:
            if data.get("password") is not None:
                check_strength(data["password"])
        except InvalidError as error:
            raise ValidationError(error.details["errors"]) from None

    @validates_schema(skip_on_field_errors=False)
    def _confirm(self, data: dict[str, Any], **kwargs: Any) -> None:
        password, confirmation = (
            normalize_password(data.get(name) or "")
            for name in ("password", "password_confirmation")
        )
        if password != confirmation:
            raise ValidationError(
                t("Does not match the password."), "password_confirmation"
            )


class RegistrationSchema(_ConfirmedSchema):
    """The account to create; ``role`` is ``customer`` by default."""

    name = Text(required=True, max_length=MAX_NAME_LENGTH)
    email = Email(required=True)
    password = NewPassword(required=True)
    password_confirmation = NewPassword(required=True)
    role = Choice(Role, allow_none=True, load_default=None)


class InvitationSchema(Schema):
    """The account to create, without a password: the user sets one by a link."""

    examples = EXAMPLES

    name = Text(required=True, max_length=MAX_NAME_LENGTH)
    email = Email(required=True)
    role = Choice(Role, required=True)


class InvitationUrlSchema(ResponseSchema):
    """The URL of the link with which a user sets a password; it is mailed to them."""

    examples = EXAMPLES

    invitation_url = fields.String()


class InvitedSchema(UserSchema):
    """A user who was invited, with the URL that was mailed to them."""

    invitation_url = fields.String()


class ForgottenSchema(Schema):
    """The email whose password is forgotten."""

    examples = EXAMPLES

    email = Text(required=True, max_length=MAX_EMAIL_LENGTH)


class PasswordResetSchema(_ConfirmedSchema):
    """A new password, and the token of the link with which it may be set."""

    token = Text(required=True, max_length=MAX_TOKEN_LENGTH)
    password = NewPassword(required=True)
    password_confirmation = NewPassword(required=True)


class ConfirmationSchema(Schema):
    """The token of the link that was mailed to an email."""

    examples = EXAMPLES

    token = Text(required=True, max_length=MAX_TOKEN_LENGTH)


class LoginSchema(Schema):
    """The credentials to log in with."""

    examples = EXAMPLES

    email = Text(required=True, max_length=MAX_EMAIL_LENGTH)
    password = Password(required=True)


class LogoutSchema(Schema):
    """The sessions to log out of: ``all`` of one's own, or only the current one."""

    is_optional = True
    examples = {"all": True}

    all = Flag(load_default=False)


class ProfileEditSchema(_ConfirmedSchema):
    """Changes to one's own account; a field that is not sent stays as it is.

    ``current_password`` is required to change ``email`` or ``password``. ``locale`` is
    the language of mails and of replies on sockets; null leaves it to the client. Only
    admins may send ``available``: rules assign tickets to them only while it is true.
    """

    name = Text(max_length=MAX_NAME_LENGTH)
    email = Email()
    current_password = Password()
    locale = Choice(Language, allow_none=True)
    time_zone = TimeZone(allow_none=True)
    available = Flag()


class ClosingSchema(Schema):
    """The password of the account to close, which is closed for good."""

    examples = EXAMPLES

    current_password = Password(required=True)


class RightsSchema(Schema):
    """Changes to a user's rights, by an admin; a field that is not sent stays as it is.

    A user who is not ``active`` cannot log in, and loses all tokens.
    """

    role = Choice(Role)
    active = Flag()


class UsersQuery(FeedQuery):
    """Filters and page of a list of users; ``q`` is part of a name or an email."""

    role = Choice(Role)
    active = Flag()
    q = Text(max_length=MAX_EMAIL_LENGTH)
