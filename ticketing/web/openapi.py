"""The OpenAPI document, which flask-smorest and apispec generate.

All of it is derived from the declarations of routes, schemas and errors: what a schema
becomes in ``web.json_schema``, what an operation is answered with in
``web.operations``. Links from created resources are added last.
"""

import re
from collections.abc import Collection, Iterator, Mapping

import flask_smorest
import marshmallow
from flask import Flask
from marshmallow import fields

from ticketing.core import errors
from ticketing.core.database import LARGEST_ID
from ticketing.core.errors import TicketingError
from ticketing.core.text import Language
from ticketing.web.json_schema import Json, Plugin, query2empty
from ticketing.web.schemas import ResponseSchema, Schema

Errors = Collection[type[TicketingError]]
Cursor = type[fields.Integer] | type[fields.String]

INFO = """\
Support tickets, with comments, attachments and a live chat on each.

**Authentication.** `POST /api/login` answers a token; send it as
`Authorization: Bearer <token>`. Customers see their own tickets, admins see all. What
you may not see is answered with 404, what you may see but not do with 403.

**Compatibility.** We add fields, events and codes of errors, and never change or remove
one. Ignore what you do not know. In requests, an unknown field or parameter is refused
with 422.

**Errors** have one shape, `ApiError`. `code` is for programs and never changes;
`message` is for people. Each response lists its codes as `x-codes`.

**Languages.** `message` and `errors` are in the language that `Accept-Language`
prefers: `en`, `de`, `es`, `fr` or `ar`; without one of these, in English.

**Lists** answer `data` and `next`. While `next` is not null, there is more: send it
back as `cursor`, or in conversations as `after` or `before`, whichever way you go. The
`Link` header is the address of that page.

**Repeating a request.** Send an `Idempotency-Key` to create something once, however
often you have to try; `If-Match`, with the `ETag` you got, to change only what you saw.

Times are in UTC, with microseconds. Text is trimmed; an empty string is missing.
"""
BINARY = {"type": "string", "format": "binary"}
REQUEST_ID = "X-Request-ID"
LANGUAGE = "Content-Language"
HEADERS: Mapping[str, Json] = {
    REQUEST_ID: {
        "description": "As sent, if it is printable and of at most 100 characters",
        "schema": {"type": "string", "pattern": "^[!-~]{1,100}$"},
    },
    LANGUAGE: {
        "description": "The language of the texts",
        "schema": {"type": "string", "enum": [*Language]},
        "required": True,
    },
    "Link": {
        "description": 'The next page, as `<…>; rel="next"`, while there is more',
        "schema": {"type": "string"},
    },
    "ETag": {
        "description": "To send as `If-Match`",
        "schema": {"type": "string", "pattern": '^"[^"]+"$'},
    },
    "Retry-After": {
        "description": "Seconds to wait",
        "schema": {"type": "integer", "minimum": 1},
        "required": True,
    },
    "WWW-Authenticate": {
        "description": "The scheme of authentication",
        "schema": {"type": "string", "const": "Bearer"},
        "required": True,
    },
}
# Any call can be answered with these: a body or a query is refused even if unread.
ANY_CALL: Errors = (
    *(errors.BadRequestError, errors.TooLargeError, errors.InvalidError),
    *(errors.TicketingError, errors.UnavailableError),
)


class ApiErrorSchema(ResponseSchema):
    """The body of every answer of status 400 and above."""

    optional = frozenset({"errors", "events"})

    message = fields.String(metadata={"description": "For people"})
    code = fields.String(metadata={"description": "For programs"})
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "With `invalid`: what is wrong, by field"},
    )
    events = fields.List(
        fields.Dict(),
        metadata={"description": "With `conversation_moved`: what you missed"},
    )


class Api(flask_smorest.Api):
    """flask-smorest's ``Api``, without its own error responses and headers."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ApiErrorSchema

    def _register_pagination_header(self) -> None:
        """Leave out flask-smorest's header, and its schema: ours is Link.

        It is registered by 0.47 (spec/__init__.py) whether it is used or not.
        """


def init_app(app: Flask) -> Api:
    """Create the document and serve it at ``/openapi.json``."""
    app.config.setdefault("OPENAPI_URL_PREFIX", "/")
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    api = Api(
        app,
        spec_kwargs={
            "title": "Ticketing",
            "version": "1",
            "openapi_version": "3.1.1",
            "info": {"description": INFO},
            "servers": [{"url": "/", "description": "This service"}],
            "marshmallow_plugin": Plugin(),
            "security": [{"bearer": []}],
            "components": {"securitySchemes": {"bearer": bearer}},
        },
    )
    api.ma_plugin.converter.add_parameter_attribute_function(query2empty)
    for name, header in HEADERS.items():
        api.spec.components.header(name, header)
    return api


def api_of(app: Flask) -> Api:
    """Return the ``Api`` of an application."""
    return app.extensions["flask-smorest"]["apis"][""]["ext_obj"]


def id_parameter(converter: object) -> Json:
    """Return the JSON Schema of an id in a path."""
    return {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID}


def location_header(location: str) -> Json:
    """Return the Location header of a created resource.

    :param location: its path, with one ``{…}`` for the id.
    """
    pattern = re.sub("{.*}", "[1-9][0-9]*", f"^{location}$")
    schema = {"type": "string", "pattern": pattern}
    return {"Location": {"schema": schema, "required": True}}


def page_schema(item: type[Schema], cursor: Cursor) -> marshmallow.Schema:
    """Return the schema of a page of items.

    :param cursor: the type of ``next``.
    """
    name = item.__name__.removesuffix("Schema")
    following = "Where the next page begins; null on the last one"
    described = {"description": following}
    page: dict[str, fields.Field] = {
        "data": fields.List(fields.Nested(item)),
        "next": cursor(allow_none=True, metadata=described),
    }
    schema = ResponseSchema.from_dict(page, name=f"{name}PageSchema")
    schema.__doc__ = "A page of a list."
    return schema()


def link_created(app: Flask) -> None:
    """Link each created resource to the operations on it, once all are declared."""
    paths = api_of(app).spec.to_dict()["paths"]
    for operation in _operations(paths):
        created = operation["responses"].get("201", {})
        location = created.get("headers", {}).get("Location", {}).get("schema", {})
        if "pattern" in location:
            prefix = location["pattern"].strip("^").partition("[")[0]
            created["links"] = dict(_links(paths, prefix))


def _links(paths: Json, prefix: str) -> Iterator[tuple[str, Json]]:
    for path, item in paths.items():
        found = re.match(re.escape(prefix) + r"\{(\w+)\}", path)
        if not found:
            continue
        parameters = {found[1]: "$response.body#/id"}
        for operation in _operations({path: item}):
            name = operation["operationId"]
            yield name, {"operationId": name, "parameters": parameters}


def _operations(paths: Json) -> Iterator[Json]:
    for item in paths.values():
        for method, operation in item.items():
            if method != "parameters":
                yield operation
