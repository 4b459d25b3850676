"""The HTTP API: declared views, their OpenAPI document, one shape for errors.

@bp.post("/tickets/<id:ticket_id>/comments")
@bp.arguments(IdempotencyHeader, location="headers")
@bp.arguments(CommentSchema)
@bp.created(CommentSchema, "/api/comments/{0.id}")
def add(header, data, ticket_id): ...
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import flask_smorest
from flask import Flask, current_app, request, url_for
from marshmallow import fields
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter, Map

from ticketing.core.arguments import FORM, Parser, body_of, receive
from ticketing.core.errors import OUTAGES, InvalidError, TicketingError, describe
from ticketing.core.extensions import limiter
from ticketing.core.identity import authenticate, current_user, present_token
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page, page_of
from ticketing.core.schemas import LARGEST_ID, Schema

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


class Blueprint(flask_smorest.Blueprint):
    """Views that need a valid token, unless declared ``public=True``.

    ``guard=policy.…`` refuses with 403 whoever may not, before anything is read.
    """

    ARGUMENTS_PARSER = Parser()

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: View | None = None,
        *args: Any,
        public: bool = False,
        guard: Guard | None = None,
        **options: Any,
    ) -> None:
        """Register a view; ``bp.get("/status", public=True)`` arrives here too."""
        assert view_func
        view = _refusing_what_it_ignores(view_func)
        if public:
            view = self.doc(security=[])(view)
        else:
            view = _guarded(view, guard)
        super().add_url_rule(rule, endpoint, view, *args, **options)

    def arguments(
        self, schema: type[Schema], *args: Any, **kwargs: Any
    ) -> Callable[[View], View]:
        """Read arguments; a schema that takes files is also documented as a form."""
        read = super().arguments(schema, *args, **kwargs)
        if not getattr(schema, "takes_files", False):
            return read
        form = {"content": {FORM: {"schema": schema}}}

        def decorate(view: View) -> View:
            documented = self.doc(requestBody=form)(read(view))
            documented.takes_files = True
            return documented

        return decorate

    def page(self, schema: type[Schema]) -> Callable[[View], View]:
        """Answer with the ``Page`` the view returns, and a Link to the next one."""
        link = {"description": 'rel="next"', "schema": {"type": "string"}}

        def decorate(view: View) -> View:
            @wraps(view)
            def respond(*args: Any, **kwargs: Any) -> tuple[Page[Any], dict[str, str]]:
                page = view(*args, **kwargs)
                return page, _link(page)

            return self.response(200, page_of(schema), headers={"Link": link})(respond)

        return decorate

    def created(self, schema: type[Schema], where: str) -> Callable[[View], View]:
        """Answer with what the view ``Created``: 201, or 200 if it was there already.

        :param where: its path, formatted with the resource.
        """
        location = {"schema": {"type": "string"}}

        def decorate(view: View) -> View:
            @wraps(view)
            def respond(*args: Any, **kwargs: Any) -> tuple[Any, int, dict[str, str]]:
                created: Created[Any] = view(*args, **kwargs)
                headers = {"Location": where.format(created.resource)}
                return created.resource, 201 if created.anew else 200, headers

            again = self.alt_response(
                200, schema=schema, description="The same key again: what it created"
            )
            first = self.response(201, schema, headers={"Location": location})
            return again(first(respond))

        return decorate


class Api(flask_smorest.Api):
    """Collects what blueprints declare; serves ``/openapi.json``; answers errors."""

    ERROR_SCHEMA = ErrorSchema

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
            "security": [{"bearer": []}],
            "components": {"securitySchemes": {"bearer": bearer}},
        },
    )
    for kind in (TicketingError, *OUTAGES):
        app.register_error_handler(kind, _respond)


def register(app: Flask, blueprint: Blueprint, prefix: str = "/api") -> None:
    """Serve a blueprint and document it."""
    api = app.extensions["flask-smorest"]["apis"][""]["ext_obj"]
    api.register_blueprint(blueprint, url_prefix=prefix)


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
    declared = getattr(view, "_apidoc", {}).get("arguments", {}).get("parameters", [])
    read = {parameter["in"] for parameter in declared}

    @wraps(view)
    def strict(*args: Any, **kwargs: Any) -> Any:
        ignored: set[str] = set() if "query" in read else set(request.args)
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
    values: dict[str, Any] = {**(request.view_args or {}), **request.args.to_dict()}
    url = url_for(str(request.endpoint), **{**values, page.parameter: page.next})
    return {"Link": f'<{url}>; rel="next"'}


def _respond(error: Exception) -> tuple:
    described = describe(error)
    if described is not error:
        current_app.logger.error("%s: %s", type(described).__name__, error)
    return described.to_dict(), described.status, dict(described.headers)
