"""Document the Socket.IO events in the API's document, for people and for programs.

It is generated from the declarations in ``web.sockets``, so no event can be missing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ticketing.core.errors import TicketingError, TooManyRequestsError
from ticketing.core.errors import UnauthenticatedError, UnavailableError
from ticketing.web.sockets import ANNOUNCED, CALLS, Announcement, Call
from ticketing.web.openapi import Json, markdown_of
from ticketing.web.schemas import Schema
from ticketing.web.json import dumps

Describe = Callable[[type[Schema]], Json]

REFUSING = (
    *(UnauthenticatedError, TooManyRequestsError),
    *(UnavailableError, TicketingError),
)
INTRODUCTION = """
# Socket.IO

Connect to `/socket.io`, default namespace, with `auth: {{token}}`. A refused client
gets `connect_error` with `err.data = {{message, code}}`: {refusing}. Each event that is
sent is acknowledged, with one of `{{"data": …}}` and `{{"error": …}}`, an `ApiError` as
HTTP has it. Any may be refused with {common}.

Limits: {limits}.
"""
LIMITS = ("minimum", "maximum", "minLength", "maxLength", "enum")


def extension_of(describe: Describe, limits: Mapping[str, Any]) -> Json:
    """Return ``x-socketio``: events by name, with references to their schemas."""
    return {
        "path": "/socket.io",
        "auth": {"token": "what logging in answered"},
        "refused": [kind.code for kind in REFUSING],
        "limits": dict(limits),
        "sent": {call.event: _sent(call, describe) for call in CALLS.values()},
        "heard": {told.name: _heard(told, describe) for told in ANNOUNCED.values()},
    }


def _sent(call: Call, describe: Describe) -> Json:
    return {
        "summary": markdown_of(call.handler),
        "payload": describe(call.accepts),
        "data": describe(call.returns),
        "errors": sorted(call.codes),
    }


def _heard(told: Announcement, describe: Describe) -> Json:
    arguments = [told.payload, *([told.event] if told.event else [])]
    return {"by": told.by, "arguments": [describe(schema) for schema in arguments]}


def page_of(extension: Json, schemas: Json) -> str:
    """Return the extension as Markdown.

    :param schemas: the schemas that it refers to, by name.
    """
    common = set.intersection(*(set(c["errors"]) for c in extension["sent"].values()))
    limits = (f"{what}: {value}" for what, value in extension["limits"].items())
    introduction = INTRODUCTION.format(
        refusing=_codes(extension["refused"]),
        common=_codes(sorted(common)),
        limits=", ".join(limits),
    )
    parts = [introduction, "## Events to send"]
    parts += [_sent_page(n, e, common, schemas) for n, e in extension["sent"].items()]
    parts += ["## Events to hear"]
    parts += [_heard_page(n, e, schemas) for n, e in extension["heard"].items()]
    return "\n\n".join(parts)


def _sent_page(name: str, call: Json, common: set[str], schemas: Json) -> str:
    own = [code for code in call["errors"] if code not in common]
    refused = f" Refused also with {_codes(own)}." if own else ""
    said = f"{call['summary']}\n\nData: {_name(call['data'])}.{refused}"
    return f"### `{name}`\n\n{said}\n\n{_table(call['payload'], schemas)}"


def _heard_page(name: str, told: Json, schemas: Json) -> str:
    payload, *event = told["arguments"]
    more = f"; and, as a second argument, {_name(event[0])}" if event else ""
    said = f"Heard by {told['by']}. Payload: {_name(payload)}{more}."
    return f"### `{name}`\n\n{said}\n\n{_table(payload, schemas)}"


def _table(reference: Json, schemas: Json) -> str:
    described = schemas[_key(reference)]
    required = described.get("required", ())
    rows = (
        f"| `{name}`{'' if name in required else '?'} | {_type(field)} "
        f"| {', '.join(_limits(field))} |"
        for name, field in described["properties"].items()
    )
    return "\n".join(["| field | type | limits |", "|---|---|---|", *rows])


def _type(field: Json) -> str:
    kinds = field.get("anyOf", [field])
    return " or ".join(
        _name(kind) if "$ref" in kind else _words(kind.get("type", "string"))
        for kind in kinds
    )


def _words(kind: str | list[str]) -> str:
    return kind if isinstance(kind, str) else " or ".join(kind)


def _limits(field: Json) -> Iterator[str]:
    for name in LIMITS:
        if name in field:
            value = field[name]
            shown = value if isinstance(value, str) else dumps(value)
            yield f"{name} `{shown}`".replace("|", "\\|")


def _codes(codes: list[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _key(reference: Json) -> str:
    return reference["$ref"].rpartition("/")[2]


def _name(reference: Json) -> str:
    return f"`{_key(reference)}`"
