"""Convert schemas and fields to JSON Schema, for the OpenAPI document.

apispec converts most of them. Here are the fields that are always present, forms with
files, and one schema for each enumeration.
"""

import inspect
from typing import Any

import marshmallow
from apispec.ext.marshmallow import MarshmallowPlugin, OpenAPIConverter
from marshmallow import fields

from ticketing.core.database import LARGEST_ID
from ticketing.web.fields import File
from ticketing.web.schemas import ResponseSchema

Json = dict[str, Any]

# The keywords that may stand beside a reference to a schema.
BESIDE_REFERENCE = {"default", "description", "readOnly", "writeOnly"}


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


def query2empty(converter: object, field: fields.Field, **described: Json) -> Json:
    """Declare that an optional query parameter may be sent without a value."""
    may_be_empty = described["ret"]["in"] == "query" and not field.required
    return {"allowEmptyValue": True} if may_be_empty else {}


class Plugin(MarshmallowPlugin):
    """apispec's plugin, with our converter."""

    Converter = Converter


def markdown_of(described: Any) -> str:
    """Return a docstring in Markdown."""
    return markdown(inspect.cleandoc(described.__doc__ or ""))


def markdown(text: str) -> str:
    """Return a text with the literals of Markdown instead of reStructuredText's."""
    return text.replace("``", "`")
