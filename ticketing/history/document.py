"""Entries in the OpenAPI document."""

from typing import Any

from flask import Flask

from ticketing.web.openapi import api_of


def document_entries(app: Flask) -> None:
    """Describe an entry by the payload of each event, once these are documented.

    Entries are the events that come with an ``EntryHeader``: the entry without its
    payload.
    """
    spec = api_of(app).spec
    schemas: dict[str, Any] = spec.components.schemas
    entry, mapping = schemas.pop("Entry"), {}
    for name, event in spec.options["x-socketio"]["heard"].items():
        payload, *rest = event["arguments"]
        if rest != [spec.components.get_ref("schema", "EntryHeader")]:
            continue
        variant = name.title().replace(".", "") + "Entry"
        own = {"name": {"type": "string", "const": name}, "payload": payload}
        schemas[variant] = entry | {
            "properties": entry["properties"] | own,
            "description": f"`{name}`, as it is replayed.",
        }
        mapping[name] = spec.components.get_ref("schema", variant)["$ref"]
    schemas["Entry"] = {
        "oneOf": [{"$ref": reference} for reference in mapping.values()],
        "discriminator": {"propertyName": "name", "mapping": mapping},
        "description": entry["description"],
    }
    missed = schemas["ApiError"]["properties"]["events"]
    missed["items"] = spec.components.get_ref("schema", "Entry")
