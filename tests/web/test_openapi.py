"""The OpenAPI document: complete, since it follows from what is declared."""

import json
import re

import pytest
from jsonschema_rs import Draft202012Validator


@pytest.fixture
def document(anyone):
    return anyone.get("/openapi.json").json


@pytest.fixture
def schemas(document):
    return document["components"]["schemas"]


@pytest.fixture
def operations(document):
    return {
        operation["operationId"]: operation
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
    }


def codes(operation, status):
    """Return the codes of the errors that an operation answers with a status."""
    reference = operation["responses"].get(str(status), {}).get("$ref", "")
    return reference.rpartition("/")[2]


def test_the_command_prints_it(app, document):
    printed = app.test_cli_runner().invoke(args=["openapi", "print"])

    assert printed.exit_code == 0
    assert json.loads(printed.output) == document


def test_a_call_lists_the_errors_it_can_be_answered_with(operations):
    sending = operations["chat.send"]

    assert codes(sending, 401) == "unauthenticated"
    assert codes(sending, 404) == "not_found"
    assert codes(sending, 409) == (
        "conversation_moved.idempotency_conflict.ticket_closed"
    )
    assert codes(sending, 413) == "too_large"
    assert codes(sending, 415) == "unsupported_media_type"
    assert codes(operations["tickets.edit"], 412) == "precondition_failed"
    assert codes(operations["tickets.add"], 507) == "insufficient_storage"
    assert codes(operations["accounts.login"], 429) == "too_many_requests"
    assert codes(operations["accounts.login"], 401) == "invalid_credentials"
    assert codes(operations["accounts.index"], 403) == "forbidden"
    assert codes(operations["health.alive"], 401) == ""


def test_no_answer_is_left_to_a_default(operations):
    assert not [n for n, each in operations.items() if "default" in each["responses"]]
    assert len(operations) > 30


def test_each_error_is_shown_by_an_example_with_its_headers(document):
    responses = document["components"]["responses"]

    assert "unauthenticated" in responses
    for name, response in responses.items():
        content = response["content"]["application/json"]
        allowed = content["schema"]["properties"]["code"]["enum"]
        shown = [example["value"]["code"] for example in content["examples"].values()]
        assert shown == allowed == name.split(".")
        assert "X-Request-ID" in response["headers"]
    assert "WWW-Authenticate" in responses["unauthenticated"]["headers"]
    assert "Retry-After" in responses["too_many_requests"]["headers"]
    assert "Retry-After" in responses["unavailable"]["headers"]


def test_what_was_created_links_to_what_can_be_done_with_it(operations):
    created = operations["tickets.add"]["responses"]["201"]

    assert set(created["links"]) == {
        *("tickets.show", "tickets.edit", "tickets.edit.put", "tickets.delete"),
        *("tickets.download", "comments.index", "comments.add", "timeline.index"),
        *("chat.index", "chat.send", "chat.read"),
    }
    assert created["links"]["chat.send"]["parameters"] == {
        "ticket_id": "$response.body#/id"
    }
    pattern = created["headers"]["Location"]["schema"]["pattern"]
    assert re.match(pattern, "/api/tickets/7")
    assert "x-where" not in created


def test_a_file_comes_in_a_form_only(operations, schemas):
    content = operations["tickets.add"]["requestBody"]["content"]

    assert {kind: c["schema"]["$ref"] for kind, c in content.items()} == {
        "application/json": "#/components/schemas/TicketOpen",
        "multipart/form-data": "#/components/schemas/TicketOpenForm",
    }
    in_json = schemas["TicketOpen"]["properties"]
    in_form = schemas["TicketOpenForm"]["properties"]
    assert in_json["attachment"]["type"] == "null"
    assert in_form["attachment"]["format"] == "binary"
    assert in_form["subject"] == in_json["subject"]


def test_limits_are_those_of_the_fields(schemas, app):
    opening, registration = schemas["TicketOpen"], schemas["Registration"]

    assert opening["properties"]["subject"]["maxLength"] == 255
    assert opening["properties"]["description"]["maxLength"] == 20_000
    assert opening["properties"]["category_id"]["minimum"] == 1
    password = registration["properties"]["password"]
    assert password["minLength"] == app.config["PASSWORD_MIN_LENGTH"]
    assert password["maxLength"] == 72
    assert registration["properties"]["email"]["format"] == "email"


def test_what_is_shown_is_there_unless_it_is_optional(schemas):
    user = schemas["User"]

    assert set(user["properties"]) - set(user["required"]) == {"active"}
    assert set(schemas["Category"]["required"]) >= {"id", "slug", "created_at"}


def test_every_example_is_one(document, schemas):
    examples = [
        (field | {"components": document["components"]}, example)
        for schema in schemas.values()
        for field in schema["properties"].values()
        for example in field.get("examples", [])
    ]

    assert "Printer on fire" in [example for _, example in examples]
    for field, example in examples:
        assert Draft202012Validator(field).is_valid(example), example
