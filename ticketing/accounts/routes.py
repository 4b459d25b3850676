"""Accounts over HTTP."""

from typing import Any

from ticketing import policy
from ticketing.accounts import service, sessions
from ticketing.accounts.addresses import address_key
from ticketing.accounts.models import User
from ticketing.accounts.schemas import (
    AccountSchema,
    LoginSchema,
    LogoutSchema,
    NoticeSchema,
    ProfileEditSchema,
    RegistrationSchema,
    SessionSchema,
    RightsSchema,
    TokenSchema,
    UserSchema,
    UsersQuery,
)
from ticketing.web.blueprint import Blueprint
from ticketing.core.errors import (
    ForbiddenError,
    TooManyRequestsError,
    UnauthenticatedError,
)
from ticketing.core.auth import authenticate, current_claims, current_user
from ticketing.web.limits import (
    failures_only,
    per_account,
    per_address,
    remembers_address,
)
from ticketing.core.pages import Page
from ticketing.core.text import t

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


@bp.get("/me")
@bp.response(200, AccountSchema)
def me() -> dict[str, Any]:
    """Show one's own account."""
    return service.show(current_user(), current_user())


@bp.patch("/me", errors=[TooManyRequestsError])
@per_address("LOGIN_LIMIT")
@bp.arguments(ProfileEditSchema)
@per_account(_address_of_caller)
@failures_only
@bp.response(200, AccountSchema)
def edit_me(data: dict[str, Any]) -> dict[str, Any]:
    """Change one's own account.

    A new email or password requires ``current_password``. A new password revokes every
    other token of the user.
    """
    return service.edit_profile(current_user(), current_claims()["jti"], **data)


@bp.get("/users", guard=policy.require_user_management)
@bp.arguments(UsersQuery, location="query")
@bp.page(UserSchema)
def index(query: dict[str, Any]) -> Page[Any]:
    """List users by id."""
    return service.list_users(**query)


@bp.get("/users/<id:user_id>", guard=policy.require_user_management)
@bp.response(200, UserSchema)
def show(user_id: int) -> User:
    """Show a user."""
    return service.get_user(user_id)


@bp.patch(
    "/users/<id:user_id>",
    guard=policy.require_user_management,
    errors=[service.LastAdminError],
)
@bp.arguments(RightsSchema)
@bp.response(200, UserSchema)
def edit(data: dict[str, Any], user_id: int) -> User:
    """Change a user's role, or deactivate or activate the user."""
    return service.change_rights(current_user(), user_id, **data)
