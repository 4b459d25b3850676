"""Extend the OpenAPI document that flask-smorest and apispec generate.

It adds the errors of each operation, the fields that are always present, forms with
files, links from created resources, and one schema for each enumeration. All of it is
derived from the declarations of routes, schemas and errors.
"""

import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import Any

import flask_smorest
import marshmallow
from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter
from flask import Flask
from marshmallow import fields

from ticketing.core import errors
from ticketing.core.database import LARGEST_ID
from ticketing.core.errors import InvalidError, TicketingError
from ticketing.core.idempotency import IdempotencyConflictError
from ticketing.core.text import Language
from ticketing.web.fields import MISSING, File
from ticketing.web.parser import FORM, JSON
from ticketing.web.schemas import Schema, ResponseSchema, shared

Errors = Collection[type[TicketingError]]
Json = dict[str, Any]
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
# The keywords that may stand beside a reference to a schema.
BESIDE_REFERENCE = {"default", "description", "readOnly", "writeOnly"}


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


class Converter(OpenAPIConverter):
    """Convert our schemas and fields to JSON Schema."""

    def schema2jsonschema(self, schema: marshmallow.Schema) -> Json:
        """Return a JSON Schema; only answers may have additional properties."""
        described = super().schema2jsonschema(schema)
        described["description"] = markdown_of(type(schema))
        for field in described["properties"].values():
            # openapi-typescript (7.13) would have clients send what has a default.
            field.pop("default", None)
        if isinstance(schema, ResponseSchema):
            described["required"] = sorted({*described["properties"]} - schema.optional)
            described["additionalProperties"] = True
        return described

    def schema2form(self, schema: marshmallow.Schema) -> Json:
        """Return the JSON Schema of the same fields in a form, which can have files."""
        described = self.schema2jsonschema(schema)
        properties = {
            name: self._field2form(schema.fields[name], field)
            for name, field in described["properties"].items()
        }
        return described | {"properties": properties}

    def field2property(self, field: fields.Field) -> Json:
        """Return the JSON Schema of a field."""
        described: Json = super().field2property(field)
        described |= getattr(field, "documented", dict)()
        if isinstance(field, fields.Integer):
            # A program may count items of a page in 32 bits, but nothing else.
            if described.get("maximum", LARGEST_ID) >= 2**31:
                described["format"] = "int64"
        examples = getattr(field.parent, "examples", {})
        if field.name in examples:
            described["examples"] = [examples[field.name]]
        if isinstance(field, fields.Enum):
            return self._enum2reference(field, described)
        return described

    def init_parameter_attribute_functions(self) -> None:
        """Add ``query2empty`` to the functions that describe a parameter."""
        super().init_parameter_attribute_functions()
        self.parameter_attribute_functions.append(self.query2empty)

    def query2empty(self, field: fields.Field, **described: Json) -> Json:
        """Return that an optional query parameter without a value counts as absent."""
        may_be_empty = described["ret"]["in"] == "query" and not field.required
        return {"allowEmptyValue": True} if may_be_empty else {}

    def _enum2reference(self, field: fields.Enum, described: Json) -> Json:
        """Return a reference to the one schema of an enumeration."""
        name = field.enum.__name__
        if name not in self.spec.components.schemas:
            values = {
                "type": "string",
                "enum": [member.value for member in field.enum],
                "x-enum-varnames": [member.name for member in field.enum],
                "description": markdown_of(field.enum),
            }
            self.spec.components.schema(name, values)
        reference = self.spec.components.get_ref("schema", name)
        beside = {k: v for k, v in described.items() if k in BESIDE_REFERENCE}
        if field.allow_none:
            return {"anyOf": [reference, {"type": "null"}], **beside}
        return {"allOf": [reference], **beside} if beside else reference

    def _field2form(self, field: fields.Field, described: Json) -> Json:
        if isinstance(field, File):
            return {"type": "string", "format": "binary", "minLength": 1}
        if not field.allow_none:
            return described
        kind, null = described["type"]
        empty = {"type": "string", "const": ""}  # as a form spells null
        return {"anyOf": [described | {"type": kind}, empty]}


class Plugin(MarshmallowPlugin):
    """apispec's plugin, with our converter."""

    Converter = Converter


class Api(flask_smorest.Api):
    """flask-smorest's ``Api``, without its own error responses and headers."""

    DEFAULT_ERROR_RESPONSE_NAME = None
    ERROR_SCHEMA = ApiErrorSchema

    def _register_pagination_header(self) -> None:
        """Leave out flask-smorest's header (0.47, spec/__init__.py): ours is Link."""


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


def complete_operation(
    doc: Json, info: Json, *, api: Api, method: str, **kwargs: Any
) -> Json:
    """Add responses, a form and an id to an operation; flask-smorest calls it."""
    _add_form(doc, api)
    info["docstring"] = {k: _markdown(v) for k, v in info["docstring"].items()}
    responses = _successes(doc, info["errors"]) | _refusals(api.spec, info["errors"])
    operation = {**doc, "operationId": info["name"], "responses": responses}
    if method == "put" and info["has_patch"]:  # PATCH has the plain name
        operation["operationId"] += ".put"
        operation |= {"deprecated": True, "description": "PATCH does the same."}
    return operation


def link_created(app: Flask) -> None:
    """Link each created resource to the operations on it, once all are declared."""
    paths = api_of(app).spec.to_dict()["paths"]
    for operation in _operations(paths):
        created = operation["responses"].get("201", {})
        location = created.get("headers", {}).get("Location", {}).get("schema", {})
        if "pattern" in location:
            prefix = location["pattern"].strip("^").partition("[")[0]
            created["links"] = dict(_links(paths, prefix))


def markdown_of(described: Any) -> str:
    """Return a docstring in Markdown."""
    return _markdown(inspect.cleandoc(described.__doc__ or ""))


def _markdown(text: str) -> str:
    return text.replace("``", "`")


def _add_form(doc: Json, api: Api) -> None:
    content = doc.get("requestBody", {}).get("content", {})
    schema = content.get(JSON, {}).get("schema")
    if not getattr(schema, "takes_files", False):
        return
    name = schema.__name__.removesuffix("Schema") + "Form"
    if name not in api.spec.components.schemas:
        form = api.ma_plugin.converter.schema2form(schema())
        api.spec.components.schema(name, form)
    content[FORM] = {"schema": name}
    if any(isinstance(f, File) and f.required for f in shared(schema).fields.values()):
        del content[JSON]


def _successes(doc: Json, expected: Errors) -> Json:
    """Return the responses of status below 400; the others follow from the errors."""
    responses = {str(s): said for s, said in doc["responses"].items() if s < 400}
    for response in responses.values():
        response.setdefault("headers", {})[REQUEST_ID] = REQUEST_ID
    if "201" in responses and IdempotencyConflictError not in expected:
        responses.pop("200", None)  # without a key, nothing is created again
    return responses


def _refusals(spec: APISpec, expected: Errors) -> dict[str, str]:
    """Return a reference to the response for the errors of each status."""
    ordered = sorted({*expected}, key=lambda kind: (kind.status, kind.code))
    return {
        str(status): _refusal(spec, list(group))
        for status, group in groupby(ordered, key=lambda kind: kind.status)
    }


def _refusal(spec: APISpec, kinds: list[type[TicketingError]]) -> str:
    """Return the name of the response for some errors of one status."""
    codes = [kind.code for kind in kinds]
    name = ".".join(codes)
    if name not in spec.components.responses:
        content = {
            "schema": spec.components.get_ref("schema", "ApiError"),
            "examples": {kind.code: _example(kind) for kind in kinds},
        }
        headers: Json = {}
        for header in sorted({header for kind in kinds for header in kind.headers}):
            is_always_there = all(header in kind.headers for kind in kinds)
            headers[header] = header if is_always_there else _optional(header)
        response = {
            "description": "\n\n".join(_described(kind) for kind in kinds),
            "content": {JSON: content},
            "headers": headers | {REQUEST_ID: REQUEST_ID, LANGUAGE: LANGUAGE},
            "x-codes": codes,
        }
        spec.components.response(name, response)
    return name


def _optional(header: str) -> Json:
    """Return a header that only some of the errors of a status have."""
    return {**HEADERS[header], "required": False}


def _example(kind: type[TicketingError]) -> Json:
    invalid = {"errors": {"subject": [MISSING]}} if kind is InvalidError else {}
    return {"value": {"message": kind.message, "code": kind.code, **invalid}}


def _described(kind: type[TicketingError]) -> str:
    summary, *_ = markdown_of(kind).splitlines()
    return f"`{kind.code}`: {summary}"


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
