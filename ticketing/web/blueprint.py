"""The HTTP API: declared views, their OpenAPI document, one shape for errors.

@bp.post("/tickets/<id:ticket_id>/comments")
@bp.arguments(IdempotencyHeader, location="headers")
@bp.arguments(CommentSchema)
@bp.created(CommentSchema, "/api/comments/{0.id}")
def add(header, data, ticket_id): ...

What a view can be refused with follows from this, but for what its use case raises
beyond: ``errors=[TicketClosedError]``.
"""

import re
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import quote, urlencode

import flask_smorest
from flask import Flask, current_app, request
from marshmallow import fields
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from ticketing.web import socket_docs
from ticketing.web.parser import FORM, JSON, Parser, body_of, receive
from ticketing.core.errors import (
    OUTAGES,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    TicketingError,
    UnauthenticatedError,
    UnsupportedMediaTypeError,
    describe,
)
from ticketing.web.extensions import limiter
from ticketing.web.fields import LARGEST_ID
from ticketing.core.auth import authenticate, current_user, present_token
from ticketing.core.idempotency import Created, IdempotencyConflictError
from ticketing.ops.logs import audit_refusal
from ticketing.web.openapi import ANYWHERE, HEADERS, INFO, REQUEST_ID
from ticketing.web.openapi import Errors, Plugin, form_of, link_created, refusals
from ticketing.core.pages import Page, page_of
from ticketing.web.schemas import Schema

View = Callable[..., Any]
Guard = Callable[[Any], None]

BODILESS = {"GET", "HEAD", "OPTIONS"}
UNKNOWN = "Unknown field."
# What HTTP calls otherwise than the contract does.
CODES = {
    413: "too_large",
    500: "internal_error",
    503: "unavailable",
}


class IdConverter(IntegerConverter):
    """``<id:…>``, what a primary key can be: all else is a 404, never an overflow.

    The pattern says it all, but for the last digits of the largest, which no row has:
    what only ``min`` and ``max``, here for the document, refused would be a 405 on a
    path that several methods share.
    """

    regex = "[1-9][0-9]{0,17}"

    def __init__(self, url_map: Map) -> None:
        super().__init__(url_map, min=1, max=LARGEST_ID)


class ErrorSchema(Schema):
    """Every error; see ``core.errors``. It documents, it does not dump."""

    message = fields.String(required=True, metadata={"description": "For people"})
    code = fields.String(required=True, metadata={"description": "For programs"})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "With 422: what is wrong, by field"},
    )
    events = fields.List(
        fields.Dict(),
        metadata={"description": "With `conversation_moved`: what was missed"},
    )


class Blueprint(flask_smorest.Blueprint):
    """Views that need a valid token, unless declared ``public=True``.

    ``guard=policy.…`` refuses with 403 whoever may not, before anything is read.
    ``errors=[…]`` are those of the use case which nothing else here declares.
    """

    ARGUMENTS_PARSER = Parser()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._prepare_doc_cbks.append(self._complete_doc)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        *args: Any,
        public: bool = False,
        guard: Guard | None = None,
        errors: Errors = (),
        **options: Any,
    ) -> None:
        """Register a view; ``bp.get("/status", public=True)`` arrives here too."""
        assert view_func
        view = _refusing_what_it_ignores(view_func)
        refused = {*ANYWHERE, *errors, *_refusing(view)}
        refused |= {NotFoundError} if "<id:" in rule else set()
        refused |= {ForbiddenError} if guard else set()
        refused |= set() if public else {UnauthenticatedError}
        view = self.doc(security=[])(view) if public else _guarded(view, guard)
        name = f"{self.name}.{view.__name__}"
        vars(view)["_apidoc"] |= {"name": name, "refused": refused}
        super().add_url_rule(rule, endpoint, view, *args, **options)

    def _complete_doc(
        self, doc: Any, info: Any, *, api: "Api", method: str, **kwargs: Any
    ) -> Any:
        """Add what follows from what a view declares; flask-smorest calls it."""
        if info.get("takes_files"):
            content = doc["requestBody"]["content"]
            content[FORM] = {"schema": api.form_of(content[JSON]["schema"])}
        name = info["name"] + f".{method}" * (method == "put")  # it is PATCH as well
        responses = _successes(doc, info) | refusals(api.spec, info["refused"])
        return {**doc, "operationId": name, "responses": responses}

    def arguments(
        self, schema: type[Schema], *args: Any, **kwargs: Any
    ) -> Callable[[View], View]:
        """Read arguments; a schema that takes files is also documented as a form."""
        read = super().arguments(schema, *args, **kwargs)
        if not getattr(schema, "takes_files", False):
            return read

        def decorate(view: View) -> View:
            documented = read(view)
            documented.takes_files = True
            documented._apidoc["takes_files"] = True
            return documented

        return decorate

    def page(self, schema: type[Schema]) -> Callable[[View], View]:
        """Answer with the ``Page`` the view returns, and a Link to the next one."""

        def decorate(view: View) -> View:
            @wraps(view)
            def respond(*args: Any, **kwargs: Any) -> tuple[Page[Any], dict[str, str]]:
                page = view(*args, **kwargs)
                return page, _link(page)

            return self.response(200, page_of(schema), headers={"Link": "Link"})(
                respond
            )

        return decorate

    def created(self, schema: type[Schema], where: str) -> Callable[[View], View]:
        """Answer with what the view ``Created``: 201, or 200 if it was there already.

        :param where: its path, formatted with the resource.
        """
        path = {
            "type": "string",
            "pattern": re.sub("{.*}", "[1-9][0-9]*", f"^{where}$"),
        }
        location = {"Location": {"schema": path, "required": True}}

        def decorate(view: View) -> View:
            @wraps(view)
            def respond(*args: Any, **kwargs: Any) -> tuple[Any, int, dict[str, str]]:
                created: Created[Any] = view(*args, **kwargs)
                headers = {"Location": where.format(created.resource)}
                return created.resource, 201 if created.anew else 200, headers

            again = self.alt_response(
                200,
                schema=schema,
                description="The same key again: what it created",
                headers=location,
            )
            first = self.response(201, schema, headers=location)
            documented = again(first(respond))
            documented._apidoc["where"] = where
            return documented

        return decorate


class Api(flask_smorest.Api):
    """Collects what blueprints declare; serves ``/openapi.json``; answers errors."""

    DEFAULT_ERROR_RESPONSE_NAME = None  # each is documented

    def form_of(self, schema: type[Schema]) -> str:
        """Return the name of the form that says what a schema says."""
        name = schema.__name__.removesuffix("Schema") + "Form"
        if name not in self.spec.components.schemas:
            described = self.ma_plugin.converter.schema2jsonschema(schema())
            self.spec.components.schema(name, form_of(described))
        return name

    def _register_responses(self) -> None:
        self.spec.components.schema("Error", schema=ErrorSchema)
        for name, header in HEADERS.items():
            self.spec.components.header(name, header)

    def _register_pagination_header(self) -> None:
        """Pages say in their body, and in a Link, what follows."""

    def handle_http_exception(self, error: HTTPException) -> tuple:
        """Answer Werkzeug's errors in our shape, with their Allow, Retry-After, …"""
        headers = [(k, v) for k, v in error.get_headers() if k != "Content-Type"]
        code = CODES.get(error.code or 500) or error.name.lower().replace(" ", "_")
        message = error.description
        if error.code == 413:
            megabytes = current_app.config["ATTACHMENT_BYTES"] // 1024**2
            message = (
                f"At most {megabytes} MiB for a file, 1 MiB for everything else, "
                "and 1,000 parts of a form."
            )
        elif error.code == 404:
            message = "There is nothing at this path."
        elif error.code == 429:
            message = f"At most {error.description}; try again later."
            headers.append(("Retry-After", str(_seconds_to_wait())))
        elif error.code == 500:
            message = TicketingError.message
        audit_refusal(error.code or 500, code)
        return {"message": message, "code": code}, error.code, headers


def init_app(app: Flask) -> None:
    """Serve the document of what is registered, and answer errors in its shape."""
    app.url_map.converters["id"] = IdConverter
    app.url_map.merge_slashes = False  # a redirect would be HTML
    app.config.setdefault("OPENAPI_URL_PREFIX", "/")
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    Api(
        app,
        spec_kwargs={
            "title": "Ticketing",
            "version": "1",
            "openapi_version": "3.1.1",
            "info": {"description": INFO},
            "marshmallow_plugin": Plugin(),
            "security": [{"bearer": []}],
            "components": {"securitySchemes": {"bearer": bearer}},
        },
    )
    for kind in (TicketingError, *OUTAGES):
        app.register_error_handler(kind, _respond)


def register(app: Flask, blueprint: Blueprint, prefix: str = "/api") -> None:
    """Serve a blueprint and document it."""
    with app.app_context():  # what is documented may follow from a setting
        _api_of(app).register_blueprint(blueprint, url_prefix=prefix)


def complete_document(app: Flask) -> None:
    """Document what takes knowing all that is registered."""
    link_created(_api_of(app).spec)


def document_live(app: Flask, limits: Mapping[str, Any]) -> None:
    """Document what sockets send and hear.

    :param limits: how many of what.
    """
    api = _api_of(app)
    describe_schema = api.ma_plugin.converter.resolve_nested_schema
    extension = socket_docs.extension_of(describe_schema, limits)
    page = socket_docs.page_of(extension, api.spec.components.schemas)
    api.spec.options["x-socketio"] = extension
    api.spec.options["info"] = {"description": f"{INFO}\n{page}"}


def _api_of(app: Flask) -> Api:
    return app.extensions["flask-smorest"]["apis"][""]["ext_obj"]


def _successes(doc: Any, info: Any) -> dict[str, Any]:
    """Return the responses that are no errors; those follow from what is refused."""
    responses = {str(s): said for s, said in doc["responses"].items() if s < 400}
    for said in responses.values():
        said.setdefault("headers", {})[REQUEST_ID] = REQUEST_ID
    if "where" in info:
        responses["201"]["x-where"] = info["where"]
        if IdempotencyConflictError not in info["refused"]:
            del responses["200"]  # there is no key to find it again by
    return responses


def _refusing(view: View) -> set[type[TicketingError]]:
    """Return the errors of reading what a view is declared to read."""
    refused: set[type[TicketingError]] = set()
    for parameter in _parameters(view):
        refused |= {UnsupportedMediaTypeError} if parameter["in"] == "json" else set()
        refused |= set(getattr(parameter["schema"], "refused", ()))
    return refused


def _parameters(view: View) -> list[dict[str, Any]]:
    documented = getattr(view, "_apidoc", {})
    return documented.get("arguments", {}).get("parameters", [])


def _seconds_to_wait() -> int:
    limit = limiter.current_limit
    return max(1, int(limit.reset_at - time.time())) if limit else 1


def _guarded(view: View, guard: Guard | None) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        takes_files = getattr(view, "takes_files", False)
        awaits_body = request.method not in BODILESS
        unreadable = _receive(takes_files) if awaits_body else None
        authenticate()
        if guard:
            guard(current_user())
        if unreadable:
            raise unreadable
        return view(*args, **kwargs)

    return guarded


def _receive(takes_files: bool) -> Exception | None:
    """Wait for the body; return what is wrong with it, for those who may know.

    Whoever sends it slowly is judged by what holds when it is there, and meanwhile
    holds no connection to the database.
    """
    present_token()
    try:
        receive(request, takes_files)
    except (HTTPException, TicketingError) as error:
        return error
    return None


def _refusing_what_it_ignores(view: View) -> View:
    read = {parameter["in"] for parameter in _parameters(view)}

    @wraps(view)
    def strict(*args: Any, **kwargs: Any) -> Any:
        asks = request.query_string and "query" not in read
        ignored = set(request.args) if asks else set()
        if "json" not in read and request.is_json and request.get_data():
            body = body_of(request)
            ignored |= set(body) if isinstance(body, dict) else {"_schema"}
        if ignored:
            raise InvalidError({name: [UNKNOWN] for name in sorted(ignored)})
        return view(*args, **kwargs)

    return strict


def _link(page: Page[Any]) -> dict[str, str]:
    if page.next is None:
        return {}
    query = urlencode({**request.args.to_dict(), page.parameter: page.next})
    path = quote(request.root_path + request.path)
    return {"Link": f'<{path}?{query}>; rel="next"'}


def _respond(error: Exception) -> tuple:
    described = describe(error)
    if described is not error:
        current_app.logger.error("%s: %s", type(described), error, exc_info=error)
    audit_refusal(described.status, described.code)
    return described.to_dict(), described.status, dict(described.headers)
