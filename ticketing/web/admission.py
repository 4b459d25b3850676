"""Admit requests: only those of callers who may call, with what the view reads.

Everything here follows from the declaration of a view; see ``web.blueprint``.
"""

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from flask import request
from werkzeug.exceptions import HTTPException

from ticketing.core.auth import (
    authenticate,
    current_user,
    verify_service_token,
    verify_token,
)
from ticketing.core.errors import (
    InvalidError,
    TicketingError,
    UnsupportedMediaTypeError,
)
from ticketing.web.parser import body_of, receive
from ticketing.web.schemas import Schema

View = Callable[..., Any]
Guard = Callable[[Any], None]

BODILESS = {"GET", "HEAD", "OPTIONS"}
BODIES = {"json", "form", "files"}  # locations of arguments
UNKNOWN_FIELD = Schema.error_messages["unknown"]


def admitting(
    view: View, public: bool, guard: Guard | None, service_token: str | None
) -> View:
    """Call a view only for callers who may, and with a request that it reads.

    The parameters are those of ``Blueprint``.
    """
    read = _locations(view)

    @wraps(view)
    def admit(*args: Any, **kwargs: Any) -> Any:
        if service_token:
            verify_service_token(service_token)
        elif not public:
            _authorize(guard, view)
        _refuse_unread(read)
        return view(*args, **kwargs)

    return admit


def arguments_of(view: View) -> list[dict[str, Any]]:
    """Return the ``in`` and the ``schema`` of each of the ``arguments`` of a view."""
    documented = getattr(view, "_apidoc", {})
    return documented.get("arguments", {}).get("parameters", [])


@cache
def _takes_files(view: View) -> bool:
    return any(argument["schema"].takes_files for argument in arguments_of(view))


@cache
def _locations(view: View) -> frozenset[str]:
    """Return what a view reads arguments from, such as ``query`` and ``json``."""
    return frozenset(argument["in"] for argument in arguments_of(view))


def _authorize(guard: Guard | None, view: View) -> None:
    """Refuse callers who may not call, before any other error is answered."""
    with_body = request.method not in BODILESS
    unreadable = _receive(view) if with_body else None
    authenticate()
    if guard:
        guard(current_user())
    if unreadable:
        raise unreadable


def _receive(view: View) -> Exception | None:
    """Read the body; return what is wrong with it, to be raised once admitted.

    It is read before the user is looked up: a slow sender holds no connection to the
    database, and is judged by the rights that hold once the body is complete.
    """
    verify_token()
    try:
        receive(request, _takes_files(view))
    except (HTTPException, TicketingError) as error:
        return error
    reads_body = not BODIES.isdisjoint(_locations(view))
    if request.get_data() and not request.is_json and not reads_body:
        return UnsupportedMediaTypeError()
    return None


def _refuse_unread(read: frozenset[str]) -> None:
    """Refuse a query or a JSON body that the view does not read.

    :param read: the locations of its arguments.
    """
    has_query = request.query_string and "query" not in read
    unread = set(request.args) if has_query else set()
    if "json" not in read and request.is_json and request.get_data():
        body = body_of(request)
        unread |= set(body) if isinstance(body, dict) else {"_schema"}
    if unread:
        raise InvalidError({name: [UNKNOWN_FIELD] for name in sorted(unread)})
