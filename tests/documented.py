"""A client that takes no answer which the document of the API does not have."""

import re
from functools import cache
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_socketio import SocketIOTestClient
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

UNDOCUMENTED = ("/docs", "/openapi.json", "/static")


class DocumentedClient(FlaskClient):
    """Calls a route, and compares what it is answered with what is documented."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Return the response; its status, and the code of an error, are documented."""
        response = super().open(*args, **kwargs)
        rule = _rule_of(self.application, response)
        if rule and not rule.startswith(UNDOCUMENTED):
            method = response.request.method.lower().replace("head", "get")
            operation = document_of(self.application)["paths"][rule][method]
            assert str(response.status_code) in operation["responses"]
            if response.status_code >= 400 and response.data:
                reference = operation["responses"][str(response.status_code)]["$ref"]
                assert response.json["code"] in reference.split("/")[-1].split(".")
        return response


class DocumentedSocket(SocketIOTestClient):
    """Compares what it hears, and is acknowledged with, with what is documented."""

    def emit(self, event: str, *args: Any, **kwargs: Any) -> Any:
        """Send an event; the code of an error is documented."""
        answer = super().emit(event, *args, **kwargs)
        call = _live_document(self.app)["sent"].get(event)
        if call and answer and "error" in answer:
            assert answer["error"]["code"] in call["errors"]
        if call and answer and "data" in answer:
            _compare(self.app, call["data"], answer["data"])
        return answer

    def get_received(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """Return what was heard; each event has the arguments that are documented."""
        received = super().get_received(*args, **kwargs)
        for packet in received:
            references = _live_document(self.app)["heard"][packet["name"]]["arguments"]
            assert len(packet["args"]) == len(references)
            for reference, argument in zip(references, packet["args"], strict=True):
                _compare(self.app, reference, argument)
        return received


def _live_document(app: Flask) -> Any:
    return document_of(app)["x-socketio"]


def _compare(app: Flask, reference: dict[str, str], value: dict[str, Any]) -> None:
    """Compare the fields of an object with those that are documented."""
    name = reference["$ref"].rpartition("/")[2]
    schema = document_of(app)["components"]["schemas"][name]
    assert set(schema.get("required", ())) <= set(value) <= set(schema["properties"])


@cache
def document_of(app: Flask) -> Any:
    """Return the document of an application."""
    return FlaskClient(app, app.response_class).get("/openapi.json").json


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
