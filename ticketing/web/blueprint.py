"""Declare the views of the HTTP API.

@bp.post("/tickets/<id:ticket_id>/comments", errors=[TicketClosedError])
@bp.arguments(IdempotencyHeader, location="headers")
@bp.arguments(CommentAddSchema)
@bp.created(CommentSchema, "/api/comments/{0.id}")
def add(header, data, ticket_id): ...

The OpenAPI document is generated from the declaration. ``errors`` names the errors that
only the use case can raise; the others follow from the arguments and the path.
"""

from collections.abc import Callable
from functools import cache, partial, wraps
from typing import Any
from urllib.parse import quote, urlencode

import flask
import flask_smorest
from flask import Flask, request
from marshmallow import fields
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from ticketing.core.auth import (
    authenticate,
    current_user,
    verify_service_token,
    verify_token,
)
from ticketing.core.errors import (
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TicketingError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.core.text import t
from ticketing.web import openapi
from ticketing.web.openapi import ANY_CALL, BINARY, Cursor, Errors
from ticketing.web.parser import Parser, body_of, receive
from ticketing.web.schemas import Schema

View = Callable[..., Any]
Guard = Callable[[Any], None]

BODILESS = {"GET", "HEAD", "OPTIONS"}
BODIES = {"json", "form", "files"}  # locations of arguments
UNKNOWN = t("Unknown field.")


class IdConverter(IntegerConverter):
    """``<id:…>``: a number that a primary key can be; anything else is a 404.

    A converter that refused by ``min`` and ``max`` would answer 405 on a path that
    several methods share.
    """

    regex = "[1-9][0-9]{0,17}"


class Blueprint(flask_smorest.Blueprint):
    """Views that need a valid token, unless declared ``public=True``.

    ``guard=policy.…`` answers 403 before anything else of the request is examined.
    ``service_token="…"`` is for calls of other services instead: they present the token
    that this setting has. The document is for clients, and has no such calls.
    """

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(openapi.complete_operation)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        *args: Any,
        public: bool = False,
        guard: Guard | None = None,
        service_token: str | None = None,
        errors: Errors = (),
        **options: Any,
    ) -> None:
        """Register a view; ``route``, ``get``, ``post`` … call it."""
        assert view_func
        expected = {*ANY_CALL, *errors, *_errors_of_arguments(view_func)}
        expected |= {NotFoundError} if "<id:" in rule else set()
        expected |= {ForbiddenError} if guard else set()
        expected |= set() if public else {UnauthenticatedError}
        takes_bodies = not public and {*options["methods"]} - BODILESS
        expected |= {UnsupportedMediaTypeError} if takes_bodies else set()
        view = _checked(view_func, _admission(view_func, public, guard, service_token))
        view = self.doc(security=[])(view) if public else view
        name = f"{self.name}.{view.__name__}"
        has_patch = "PATCH" in options.get("methods", ())
        declared = {"name": name, "errors": expected, "has_patch": has_patch}
        vars(view)["_apidoc"] |= declared
        if service_token:
            methods = options["methods"]
            flask.Blueprint.add_url_rule(self, rule, endpoint, view, methods=methods)
            return
        super().add_url_rule(rule, endpoint, view, *args, **options)

    def page(
        self, schema: type[Schema], cursor: Cursor = fields.String
    ) -> Callable[[View], View]:
        """Answer with the ``Page`` that the view returns, and a Link to the next one.

        :param cursor: the type of ``next``; an integer in conversations.
        """
        page_schema = openapi.page_schema(schema, cursor)

        def decorate(view: View) -> View:
            @wraps(view)
            def respond(*args: Any, **kwargs: Any) -> tuple[Page[Any], dict[str, str]]:
                page = view(*args, **kwargs)
                return page, _link(page)

            return self.response(200, page_schema, headers={"Link": "Link"})(respond)

        return decorate

    def download(self) -> Callable[[View], View]:
        """Answer with a file; generators of clients know no other binary type."""
        return self.response(200, BINARY, content_type="application/octet-stream")

    def created(self, schema: type[Schema], location: str) -> Callable[[View], View]:
        """Answer 201 with what the view ``Created``, or 200 if it already existed.

        :param location: its path, formatted with the resource.
        """
        headers = openapi.location_header(location)

        def decorate(view: View) -> View:
            @wraps(view)
            def respond(*args: Any, **kwargs: Any) -> tuple[Any, int, dict[str, str]]:
                created: Created[Any] = view(*args, **kwargs)
                where = {"Location": location.format(created.resource)}
                return created.resource, 201 if created.is_new else 200, where

            repeated = self.alt_response(
                200,
                schema=schema,
                description="The same Idempotency-Key again: the resource, as it is",
                headers=headers,
            )
            return repeated(self.response(201, schema, headers=headers)(respond))

        return decorate


def init_app(app: Flask) -> None:
    """Serve ``/openapi.json``, and let paths have ids."""
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False  # a redirect would be HTML
    openapi.init_app(app).register_converter(IdConverter, openapi.id_parameter)


def register(app: Flask, blueprint: Blueprint, prefix: str = "/api") -> None:
    """Serve a blueprint and document it."""
    with app.app_context():  # the document may depend on a setting
        openapi.api_of(app).register_blueprint(blueprint, url_prefix=prefix)


def _arguments(view: View) -> list[dict[str, Any]]:
    """Return the ``in`` and the ``schema`` of each of the ``arguments``."""
    documented = getattr(view, "_apidoc", {})
    return documented.get("arguments", {}).get("parameters", [])


@cache
def _takes_files(view: View) -> bool:
    return any(argument["schema"].takes_files for argument in _arguments(view))


@cache
def _locations(view: View) -> frozenset[str]:
    """Return what a view reads arguments from, such as ``query`` and ``json``."""
    return frozenset(argument["in"] for argument in _arguments(view))


def _errors_of_arguments(view: View) -> set[type[TicketingError]]:
    expected: set[type[TicketingError]] = set()
    for argument in _arguments(view):
        if argument["in"] == "json":
            expected.add(UnsupportedMediaTypeError)
        expected |= {*argument["schema"].refused}
    return expected


def _admission(
    view: View, public: bool, guard: Guard | None, service_token: str | None
) -> Callable[[], None]:
    """Return what refuses callers of a view who may not call."""
    if service_token:
        return partial(verify_service_token, service_token)
    return (lambda: None) if public else partial(_admit, guard, view)


def _checked(view: View, admit: Callable[[], None]) -> View:
    """Call a view only for callers who may, and with a request that it reads."""
    read = _locations(view)

    @wraps(view)
    def checked(*args: Any, **kwargs: Any) -> Any:
        admit()
        _refuse_unread(read)
        return view(*args, **kwargs)

    return checked


def _admit(guard: Guard | None, view: View) -> None:
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
        raise InvalidError({name: [UNKNOWN] for name in sorted(unread)})


def _link(page: Page[Any]) -> dict[str, str]:
    if page.next is None:
        return {}
    query = urlencode({**request.args.to_dict(), page.parameter: page.next})
    path = quote(request.root_path + request.path)
    return {"Link": f'<{path}?{query}>; rel="next"'}
