"""Accounts over HTTP."""

from typing import Any

from ticketing import policy
from ticketing.accounts import (
    closing,
    confirmation,
    invitations,
    recovery,
    service,
    sessions,
)
from ticketing.accounts.addresses import address_key
from ticketing.accounts.models import User
from ticketing.accounts.schemas import (
    AccountSchema,
    ClosingSchema,
    ConfirmationSchema,
    ForgottenSchema,
    InvitationSchema,
    InvitationUrlSchema,
    InvitedSchema,
    LoginSchema,
    LogoutSchema,
    NoticeSchema,
    PasswordResetSchema,
    ProfileEditSchema,
    RegistrationSchema,
    RightsSchema,
    SessionSchema,
    TokenSchema,
    UserSchema,
    UsersQuery,
)
from ticketing.core.auth import authenticate, current_claims, current_user
from ticketing.core.errors import (
    ConflictError,
    ForbiddenError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.core.settings import sends_mail
from ticketing.core.text import t
from ticketing.web.blueprint import Blueprint
from ticketing.web.limits import (
    failures_only,
    per_account,
    per_address,
    remembers_address,
)

bp = Blueprint("accounts", __name__, description="Users and their access tokens")


def _address_in_body(data: dict[str, Any]) -> str:
    return address_key(data["email"])


def _address_of_caller(*args: object) -> str:
    return address_key(current_user().email)


@bp.post(
    "/register",
    public=True,
    errors=[UnauthenticatedError, ForbiddenError, TooManyRequestsError],
)
@per_address("REGISTER_LIMIT")
@bp.arguments(RegistrationSchema)
@per_account(_address_in_body)
@remembers_address
@bp.response(201, SessionSchema, headers={"Location": {"schema": {"type": "string"}}})
def register(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Create an account and log in; with an admin's token, ``role`` may be admin."""
    authenticate(optional=True)
    del data["password_confirmation"]
    session = sessions.register(current_user(), **data)
    return session, {"Location": f"/api/users/{session['user']['id']}"}


@bp.post(
    "/login",
    public=True,
    errors=[sessions.InvalidCredentialsError, TooManyRequestsError],
)
@per_address("LOGIN_LIMIT")
@bp.arguments(LoginSchema)
@per_account(_address_in_body)
@failures_only
@remembers_address
@bp.response(200, SessionSchema)
def login(data: dict[str, Any]) -> dict[str, Any]:
    """Log in with an email and a password; return an access token."""
    return sessions.login(**data)


@bp.post("/refresh")
@bp.response(200, TokenSchema)
def refresh() -> dict[str, Any]:
    """Return a new access token, and revoke the one in use."""
    return sessions.refresh(current_user(), current_claims()["jti"])


@bp.post("/logout")
@bp.arguments(LogoutSchema, required=False)
@bp.response(200, NoticeSchema)
def logout(data: dict[str, Any]) -> dict[str, str]:
    """Log out: revoke the access token in use or, on request, all of the user's."""
    if data["all"]:
        sessions.logout_everywhere(current_user().id)
    else:
        sessions.logout(current_claims()["jti"])
    return {"message": t("Logged out successfully")}


@bp.post("/password/forgot", public=True, errors=[TooManyRequestsError])
@per_address("REGISTER_LIMIT")
@bp.arguments(ForgottenSchema)
@bp.response(202, NoticeSchema)
def forget(data: dict[str, Any]) -> dict[str, str]:
    """Request a mail with a link to set a new password.

    The response is the same whether or not there is such an account. At most three
    links an hour are mailed to it.
    """
    recovery.forget_password(**data)
    if not sends_mail():
        no_mails = t("No mails are sent here: ask support for a new password.")
        return {"message": no_mails}
    return {
        "message": t(
            "If there is an account with this email, a link to set a new password is "
            "mailed to it."
        )
    }


@bp.post("/password/reset", public=True, errors=[TooManyRequestsError])
@per_address("LOGIN_LIMIT")
@bp.arguments(PasswordResetSchema)
@failures_only
@bp.response(200, NoticeSchema)
def reset(data: dict[str, Any]) -> dict[str, str]:
    """Set a first or a new password by the token of a link that was mailed.

    Every access token of the user is revoked.
    """
    recovery.reset_password(data["token"], data["password"])
    return {"message": t("Your password is set; you can log in with it.")}


@bp.post("/email/confirm", public=True, errors=[TooManyRequestsError])
@per_address("LOGIN_LIMIT")
@bp.arguments(ConfirmationSchema)
@failures_only
@bp.response(200, NoticeSchema)
def confirm(data: dict[str, Any]) -> dict[str, str]:
    """Confirm an email by a link that was mailed to it."""
    confirmation.confirm_email(**data)
    return {"message": t("Your email is confirmed.")}


@bp.post("/email/confirmation", errors=[TooManyRequestsError])
@bp.response(202, NoticeSchema)
def request_confirmation() -> dict[str, str]:
    """Request another mail with a link to confirm one's email."""
    return confirmation.mail_another(current_user())


@bp.get("/me")
@bp.response(200, AccountSchema)
def me() -> dict[str, Any]:
    """Show one's own account."""
    return service.show(current_user(), current_user())


@bp.patch("/me", errors=[ForbiddenError, TooManyRequestsError])
@per_address("LOGIN_LIMIT")
@bp.arguments(ProfileEditSchema)
@per_account(_address_of_caller)
@failures_only
@bp.response(200, AccountSchema)
def edit_me(data: dict[str, Any]) -> dict[str, Any]:
    """Change one's own account.

    A new email or password requires ``current_password``. A new password revokes every
    other token of the user. A new email has to be confirmed, by a link that is mailed
    to it. Both changes are reported to the old email.
    """
    return service.edit_profile(current_user(), current_claims()["jti"], **data)


@bp.delete("/me", errors=[service.LastAdminError, TooManyRequestsError])
@per_address("LOGIN_LIMIT")
@bp.arguments(ClosingSchema)
@per_account(_address_of_caller)
@failures_only
@bp.response(204)
def delete_me(data: dict[str, Any]) -> None:
    """Close one's own account for good.

    Every session ends immediately. One's name, texts and files are then erased in the
    background; one's tickets stay, without their texts.
    """
    closing.close_own_account(current_user(), **data)


@bp.get("/users", guard=policy.require_user_management)
@bp.arguments(UsersQuery, location="query")
@bp.page(UserSchema)
def index(query: dict[str, Any]) -> Page[Any]:
    """List users by id."""
    return service.list_users(**query)


@bp.post("/users", guard=policy.require_user_management)
@bp.arguments(InvitationSchema)
@bp.created(InvitedSchema, "/api/users/{0[id]}")
def invite(data: dict[str, Any]) -> Created[dict[str, Any]]:
    """Create a user, who sets a password by a link that is mailed to them.

    The link is valid for 7 days.
    """
    return Created(invitations.invite_user(current_user(), **data))


@bp.post(
    "/users/<id:user_id>/invitation",
    guard=policy.require_user_management,
    errors=[ConflictError],
)
@bp.response(200, InvitationUrlSchema)
def invite_again(user_id: int) -> dict[str, str]:
    """Mail a new link to a user who has not set a password yet."""
    return invitations.invite_again(current_user(), user_id)


@bp.get("/users/<id:user_id>", guard=policy.require_user_management)
@bp.response(200, UserSchema)
def show(user_id: int) -> User:
    """Show a user."""
    return service.get_user(user_id)


@bp.patch(
    "/users/<id:user_id>",
    guard=policy.require_user_management,
    errors=[ConflictError, service.LastAdminError],
)
@bp.arguments(RightsSchema)
@bp.response(200, UserSchema)
def edit(data: dict[str, Any], user_id: int) -> User:
    """Change a user's role, or deactivate or activate the user."""
    return service.change_rights(current_user(), user_id, **data)


@bp.delete(
    "/users/<id:user_id>",
    guard=policy.require_user_management,
    errors=[service.LastAdminError],
)
@bp.response(204)
def delete(user_id: int) -> None:
    """Close the account of a user for good.

    Every session of theirs ends immediately, and the tickets assigned to them are
    unassigned. Their name, texts and files are then erased in the background. Their
    tickets stay without texts, and what they wrote on the tickets of others without
    their name.
    """
    closing.close_account(current_user(), user_id)
