"""What the document of the API says beyond what its libraries make of it.

It follows from what routes, schemas and errors declare: which errors a call can be
answered with, which fields are always there, what to do with what was created.
"""

import inspect
import re
from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter
from marshmallow import Schema, fields

from ticketing.core import errors
from ticketing.core.errors import InvalidError, TicketingError
from ticketing.web.fields import MISSING
from ticketing.web.schemas import ShownSchema

Errors = Collection[type[TicketingError]]
Json = dict[str, Any]

INFO = "Support tickets, with comments, attachments and a live chat on each."
REQUEST_ID = "X-Request-ID"
HEADERS: Mapping[str, Json] = {
    REQUEST_ID: {
        "description": "As sent, if it is printable and of at most 100 characters",
        "schema": {"type": "string", "pattern": "^[!-~]{1,100}$"},
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
        "description": "How to come by a token",
        "schema": {"type": "string", "const": "Bearer"},
        "required": True,
    },
}
# What any call can be answered with: what it was not told to read is refused too.
ANYWHERE: Errors = (
    *(errors.BadRequestError, errors.TooLargeError, errors.InvalidError),
    *(errors.TicketingError, errors.UnavailableError),
)


class Converter(OpenAPIConverter):
    """Describes schemas and fields by what ours declare."""

    def schema2jsonschema(self, schema: Schema) -> Json:
        """Return the JSON Schema; what is only shown is always there."""
        described = super().schema2jsonschema(schema)
        described["description"] = markdown_of(type(schema))
        optional: frozenset[str] = getattr(schema, "optional", frozenset())
        shown = {
            name
            for name, field in schema.fields.items()
            if field.dump_only or isinstance(schema, ShownSchema)
        }
        required = sorted({*described.get("required", ()), *(shown - optional)})
        return described | ({"required": required} if required else {})

    def field2property(self, field: fields.Field) -> Json:
        """Return the JSON Schema of a field, completed by what it says of itself."""
        said: Json = getattr(field, "documented", dict)()
        examples = getattr(field.parent, "examples", {})
        if field.name in examples:
            said["examples"] = [examples[field.name]]
        described = {**super().field2property(field), **said}
        return {name: value for name, value in described.items() if value is not None}

    def init_parameter_attribute_functions(self) -> None:
        """Say, too, that a parameter may be empty."""
        super().init_parameter_attribute_functions()
        self.parameter_attribute_functions.append(self.query2empty)

    def query2empty(self, field: fields.Field, **said: Json) -> Json:
        """Return that one without a value is as good as absent, in a query."""
        return {"allowEmptyValue": True} if said["ret"]["in"] == "query" else {}


class Plugin(MarshmallowPlugin):
    """apispec's, with our converter."""

    Converter = Converter


def markdown_of(described: Any) -> str:
    """Return a docstring, for people."""
    return inspect.cleandoc(described.__doc__ or "").replace("``", "`")


def refusals(spec: APISpec, kinds: Errors) -> dict[str, str]:
    """Return the responses of the given errors, by status."""
    ordered = sorted({*kinds}, key=lambda kind: (kind.status, kind.code))
    return {
        str(status): _refusal(spec, list(group))
        for status, group in groupby(ordered, key=lambda kind: kind.status)
    }


def _refusal(spec: APISpec, kinds: list[type[TicketingError]]) -> str:
    """Return the name of the response that is one of some errors of one status."""
    name = ".".join(kind.code for kind in kinds)
    if name not in spec.components.responses:
        said: Json = {"code": {"enum": [kind.code for kind in kinds]}}
        schema: Json = {"$ref": "#/components/schemas/Error", "properties": said}
        if InvalidError in kinds:
            schema["required"] = ["errors"]
        examples = {kind.code: _example(kind) for kind in kinds}
        content = {"schema": schema, "examples": examples}
        headers = {name: name for kind in kinds for name in kind.headers}
        response = {
            "description": "\n\n".join(_described(kind) for kind in kinds),
            "content": {"application/json": content},
            "headers": headers | {REQUEST_ID: REQUEST_ID},
        }
        spec.components.response(name, response)
    return name


def _example(kind: type[TicketingError]) -> Json:
    fields = {"errors": {"subject": [MISSING]}} if kind is InvalidError else {}
    return {"value": {"message": kind.message, "code": kind.code, **fields}}


def _described(kind: type[TicketingError]) -> str:
    summary, *_ = markdown_of(kind).splitlines()
    return f"`{kind.code}`: {summary}"


def form_of(described: Json) -> Json:
    """Return what a form says: a file too, and an empty field for null."""
    properties = {
        name: _in_form(field) for name, field in described["properties"].items()
    }
    return described | {"properties": properties}


def _in_form(field: Json) -> Json:
    field = {name: value for name, value in field.items() if name != "default"}
    if field["type"] == "null":
        return field | {"type": "string", "format": "binary"}
    if "null" not in field["type"]:
        return field
    (kind,) = set(field.pop("type")) - {"null"}
    return {"anyOf": [field | {"type": kind}, {"const": ""}]}


def link_created(spec: APISpec) -> None:
    """Say of each response that names what it created what to do with that next."""
    paths = spec.to_dict()["paths"]
    for operation in _operations(paths):
        created = operation["responses"].get("201", {})
        where = created.pop("x-where", None)
        if where:
            created["links"] = dict(_links(paths, where.partition("{")[0]))


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
