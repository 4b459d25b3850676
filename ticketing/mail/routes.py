"""Preferences for mails over HTTP, and the page that switches a kind of them off."""

from typing import Any

import flask
from flask import Response, request

from ticketing.accounts.models import User
from ticketing.core.auth import current_user
from ticketing.mail import page, preferences
from ticketing.mail.models import Kind
from ticketing.mail.schemas import NotificationsEditSchema, NotificationsSchema
from ticketing.web.blueprint import Blueprint
from ticketing.web.languages import language_of

bp = Blueprint("notifications", __name__, description="What one is notified of")
# Outside of /api, for people who follow a link in a mail, and for mail programs.
pages = flask.Blueprint("unsubscribe", __name__)


@bp.get("/me/notifications")
@bp.response(200, NotificationsSchema)
def show() -> dict[str, Any]:
    """Show which kinds of mails one wants."""
    return preferences.get_preferences(current_user())


@bp.patch("/me/notifications")
@bp.arguments(NotificationsEditSchema)
@bp.response(200, NotificationsSchema)
def edit(data: dict[str, Any]) -> dict[str, Any]:
    """Switch kinds of mails on or off; others stay as they are."""
    return preferences.set_preferences(current_user(), **data)


@pages.get("/unsubscribe")
def ask() -> Response:
    """Return a page that asks whether to switch off a kind of mail; change nothing."""
    return _page(*preferences.find_subscription(_token()), is_done=False)


@pages.post("/unsubscribe")
def unsubscribe() -> Response:
    """Switch off a kind of mail, for the page and by one click (RFC 8058)."""
    return _page(*preferences.unsubscribe(_token()), is_done=True)


def _token() -> str:
    return request.args.get("token", "")


def _page(user: User, kind: Kind, is_done: bool) -> Response:
    language = user.locale or language_of(request.environ)
    response = Response(page.build(kind, language, is_done), mimetype="text/html")
    response.headers["Content-Security-Policy"] = page.POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
