"""Declare the views of the HTTP API.

@bp.post("/tickets/<id:ticket_id>/comments", errors=[TicketClosedError])
@bp.arguments(IdempotencyHeader, location="headers")
@bp.arguments(CommentAddSchema)
@bp.created(CommentSchema, "/api/comments/{0.id}")
def add(header, data, ticket_id): ...

The OpenAPI document is generated from the declaration. ``errors`` names the errors that
only the use case can raise; the others follow from the arguments and the path. What is
declared is kept in ``_apidoc``, which flask-smorest 0.47 (blueprint.py) makes, and read
by one of its ``_prepare_doc_cbks``.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import quote, urlencode

import flask
import flask_smorest
from flask import Flask, request
from marshmallow import fields
from werkzeug.routing import IntegerConverter

from ticketing.core.errors import (
    ForbiddenError,
    NotFoundError,
    TicketingError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
)
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.web import openapi
from ticketing.web.admission import BODILESS, Guard, View, admitting, arguments_of
from ticketing.web.openapi import ANY_CALL, BINARY, Cursor, Errors
from ticketing.web.operations import complete_operation
from ticketing.web.parser import Parser
from ticketing.web.schemas import Schema


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
        self._prepare_doc_cbks.append(complete_operation)

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
        view = admitting(view_func, public, guard, service_token)
        methods = {*options["methods"]}
        if service_token:
            flask.Blueprint.add_url_rule(self, rule, endpoint, view, methods=methods)
            return
        implied = {
            NotFoundError: "<id:" in rule,
            ForbiddenError: guard is not None,
            UnauthenticatedError: not public,
            UnsupportedMediaTypeError: not public and methods - BODILESS,
        }
        expected = {*ANY_CALL, *errors, *_errors_of_arguments(view_func)}
        expected |= {kind for kind, applies in implied.items() if applies}
        view = self.doc(security=[])(view) if public else view
        vars(view)["_apidoc"] |= {
            "name": f"{self.name}.{view.__name__}",
            "errors": expected,
            "has_patch": "PATCH" in methods,
        }
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


def _errors_of_arguments(view: View) -> set[type[TicketingError]]:
    expected: set[type[TicketingError]] = set()
    for argument in arguments_of(view):
        if argument["in"] == "json":
            expected.add(UnsupportedMediaTypeError)
        expected |= {*argument["schema"].refused}
    return expected


def _link(page: Page[Any]) -> dict[str, str]:
    if page.next is None:
        return {}
    query = urlencode({**request.args.to_dict(), page.parameter: page.next})
    path = quote(request.root_path + request.path)
    return {"Link": f'<{path}?{query}>; rel="next"'}
