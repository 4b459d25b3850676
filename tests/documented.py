"""Clients that accept no answer other than what the OpenAPI document describes."""

import re
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIOTestClient
from jsonschema_rs import Draft202012Validator
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

UNDOCUMENTED = ("/console", "/docs", "/openapi.json", "/static", "/unsubscribe")
UNDOCUMENTED += ("/api/inbound-mail",)
JSON = "application/json"


class DocumentedClient(FlaskClient):
    """Call a route, and compare the response with those that are documented."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Return the response, whose status, code and body are documented."""
        response = super().open(*args, **kwargs)
        rule = _rule_of(self.application, response)
        if rule not in (None, "/") and not rule.startswith(UNDOCUMENTED):
            method = response.request.method.lower().replace("head", "get")
            documented = _response_of(
                self.application, rule, method, response.status_code
            )
            # The validator takes no string with half a surrogate pair.
            if response.is_json and response.data and rb"\ud" not in response.data:
                schema = documented["content"][JSON]["schema"]
                compare(self.application, schema, response.json)
            if response.status_code >= 400 and response.data:
                assert response.json["code"] in documented["x-codes"]
        return response


class DocumentedSocket(SocketIOTestClient):
    """Compare what is received and acknowledged with what is documented."""

    def emit(self, event: str, *args: Any, **kwargs: Any) -> Any:
        """Send an event; its acknowledgement is documented."""
        answer = super().emit(event, *args, **kwargs)
        call = _live_document(self.app)["sent"].get(event)
        if call and answer and "error" in answer:
            assert answer["error"]["code"] in call["errors"]
        if call and answer and "data" in answer:
            compare(self.app, call["data"], answer["data"])
        return answer

    def get_received(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Return what was received; the arguments of each event are documented."""
        received = super().get_received(*args, **kwargs)
        for packet in received:
            schemas = _live_document(self.app)["heard"][packet["name"]]["arguments"]
            for schema, argument in zip(schemas, packet["args"], strict=True):
                compare(self.app, schema, argument)
        return received


def compare(app: Flask, schema: dict[str, Any], value: Any) -> None:
    """Compare a value with its schema: it has no field that is not documented.

    Clients must ignore unknown fields, so the document permits them; we must not have
    any.
    """
    _validator(app, schema["$ref"]).validate(value)


@cache
def document_of(app: Flask) -> Any:
    """Return the document of an application."""
    return FlaskClient(app, app.response_class).get("/openapi.json").json


@cache
def _validator(app: Flask, reference: str) -> Draft202012Validator:
    document = document_of(app)
    schemas = {
        name: _closed(schema)
        for name, schema in document["components"]["schemas"].items()
    }
    return Draft202012Validator(
        {"$ref": reference, "components": {"schemas": schemas}}, validate_formats=True
    )


def _closed(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema that permits no additional fields."""
    if schema.get("additionalProperties") is True:
        return schema | {"additionalProperties": False}
    return schema


def _live_document(app: Flask) -> Any:
    return document_of(app)["x-socketio"]


def _response_of(app: Flask, rule: str, method: str, status: int) -> dict[str, Any]:
    """Return the documented response."""
    document = document_of(app)
    responses = document["paths"][rule][method]["responses"]
    assert str(status) in responses
    response = responses[str(status)]
    name = response.get("$ref", "").rpartition("/")[2]
    return document["components"]["responses"][name] if name else response


def _rule_of(app: Flask, response: TestResponse) -> str | None:
    """Return the path of the route that answered, if any did, as documented."""
    request = response.request
    if request.method == "OPTIONS":
        return None
    try:
        adapter = app.url_map.bind("")
        found, _ = adapter.match(request.path, request.method, return_rule=True)
    except HTTPException:
        return None
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", found.rule)
