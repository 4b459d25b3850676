"""Document the Socket.IO events in the API's document, for people and for programs.

It is generated from the declarations in ``web.sockets``, so no event can be missing.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask

from ticketing.core.errors import (
    TicketingError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
)
from ticketing.web.json_schema import Json, markdown_of
from ticketing.web.openapi import INFO, api_of
from ticketing.web.schemas import Schema
from ticketing.web.sockets import (
    ANYWHERE,
    CLIENT_EVENTS,
    SERVER_EVENTS,
    ClientEvent,
    ServerEvent,
)

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
HTTP has it. Any may be refused with {common}. The fields of payloads and data are
listed under Schemas, at the end of the page. Errors are in the `locale` that the user
has chosen, else in the language that the handshake's `Accept-Language` prefers.

Limits: {limits}.
"""


def document(app: Flask, limits: Mapping[str, Any]) -> None:
    """Document every event, once all are declared.

    :param limits: a number or a rate, by what it limits.
    """
    api = api_of(app)
    describe = api.ma_plugin.converter.resolve_nested_schema
    extension = _extension(describe, limits)
    api.spec.options["x-socketio"] = extension
    api.spec.options["info"] = {"description": f"{INFO}\n{_page(extension)}"}


def _extension(describe: Describe, limits: Mapping[str, Any]) -> Json:
    """Return ``x-socketio``: events by name, with references to their schemas."""
    return {
        "path": "/socket.io",
        "auth": {"token": "what logging in answered"},
        "refused": [kind.code for kind in REFUSING],
        "limits": dict(limits),
        "sent": {name: _sent(event, describe) for name, event in CLIENT_EVENTS.items()},
        "heard": {
            name: _received(event, describe) for name, event in SERVER_EVENTS.items()
        },
    }


def _sent(event: ClientEvent, describe: Describe) -> Json:
    return {
        "summary": markdown_of(event.handler),
        "payload": describe(event.accepts),
        "data": describe(event.returns),
        "errors": sorted(event.codes),
    }


def _received(event: ServerEvent, describe: Describe) -> Json:
    arguments = [event.payload, *([event.header] if event.header else [])]
    return {"by": event.by, "arguments": [describe(schema) for schema in arguments]}


def _page(extension: Json) -> str:
    """Return the extension as Markdown."""
    common = sorted(kind.code for kind in ANYWHERE)
    limits = (f"{what}: {value}" for what, value in extension["limits"].items())
    page = INTRODUCTION.format(
        refusing=_codes(extension["refused"]),
        common=_codes(common),
        limits=", ".join(limits),
    )
    page += "\n## Events to send\n"
    for name, event in extension["sent"].items():
        page += f"\n### `{name}`\n\n{event['summary']}\n\n"
        page += f"Payload: {_name(event['payload'])}. Data: {_name(event['data'])}."
        own = [code for code in event["errors"] if code not in common]
        page += f" Refused also with {_codes(own)}.\n" if own else "\n"
    page += "\n## Events to receive\n"
    for name, event in extension["heard"].items():
        payload, *header = map(_name, event["arguments"])
        page += f"\n### `{name}`\n\nReceived by {event['by']}. Payload: {payload}"
        page += f"; second argument: {header[0]}.\n" if header else ".\n"
    return page


def _codes(codes: Iterable[str]) -> str:
    return ", ".join(f"`{code}`" for code in codes)


def _name(reference: Json) -> str:
    return f"`{reference['$ref'].rpartition('/')[2]}`"
