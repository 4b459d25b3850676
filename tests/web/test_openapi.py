"""The OpenAPI document: complete, since it follows from what is declared."""

import builtins
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


@pytest.fixture
def codes(document, operations):
    """Return the codes of the errors that an operation answers with a status."""

    def codes(name, status):
        response = operations[name]["responses"].get(str(status), {})
        reference = response.get("$ref", "").rpartition("/")[2]
        return document["components"]["responses"].get(reference, {}).get("x-codes")

    return codes


def nodes(value):
    """Return every object of a document."""
    if isinstance(value, dict):
        yield value
    children = value.values() if isinstance(value, dict) else value
    for child in children if isinstance(value, dict | list) else ():
        yield from nodes(child)


def test_the_command_prints_the_document(app, document):
    printed = app.test_cli_runner().invoke(args=["openapi", "print"])

    assert printed.exit_code == 0
    assert json.loads(printed.output) == document


def test_a_call_lists_the_errors_it_can_be_answered_with(codes):
    assert codes("chat.send", 401) == ["unauthenticated"]
    assert codes("chat.send", 404) == ["not_found"]
    assert codes("chat.send", 409) == [
        *("conversation_moved", "idempotency_conflict", "ticket_closed"),
    ]
    assert codes("chat.send", 413) == ["too_large"]
    assert codes("chat.send", 415) == ["unsupported_media_type"]
    assert codes("tickets.edit", 412) == ["precondition_failed"]
    assert codes("tickets.add", 507) == ["insufficient_storage"]
    assert codes("accounts.login", 429) == ["too_many_requests"]
    assert codes("accounts.login", 401) == ["invalid_credentials"]
    assert codes("accounts.index", 403) == ["forbidden"]
    assert codes("health.alive", 401) is None


def test_no_response_is_documented_by_default(operations):
    assert not [n for n, each in operations.items() if "default" in each["responses"]]
    assert len(operations) > 30


def test_each_error_is_shown_by_an_example_with_its_headers(document):
    responses = document["components"]["responses"]

    assert "unauthenticated" in responses
    for response in responses.values():
        content = response["content"]["application/json"]
        shown = [example["value"]["code"] for example in content["examples"].values()]
        assert content["schema"] == {"$ref": "#/components/schemas/ApiError"}
        assert shown == response["x-codes"]
        assert all(f"`{code}`: " in response["description"] for code in shown)
        assert "X-Request-ID" in response["headers"]
    assert "WWW-Authenticate" in responses["unauthenticated"]["headers"]
    assert "Retry-After" in responses["too_many_requests"]["headers"]
    assert "Retry-After" in responses["unavailable"]["headers"]


def test_a_created_resource_links_to_the_operations_on_it(operations):
    created = operations["tickets.add"]["responses"]["201"]

    assert set(created["links"]) == {
        *("tickets.show", "tickets.edit", "tickets.edit.put", "tickets.delete"),
        *("tickets.download", "files.preview_attachment", "files.add"),
        *("comments.index", "comments.add", "history.index"),
        *("chat.index", "chat.send", "chat.read", "ratings.rate", "tags.edit"),
        "service_levels.explain",
    }
    assert created["links"]["chat.send"]["parameters"] == {
        "ticket_id": "$response.body#/id"
    }
    pattern = created["headers"]["Location"]["schema"]["pattern"]
    assert re.match(pattern, "/api/tickets/7")


def test_a_file_comes_in_a_form_only(operations, schemas):
    content = operations["tickets.add"]["requestBody"]["content"]

    assert {kind: c["schema"]["$ref"] for kind, c in content.items()} == {
        "application/json": "#/components/schemas/TicketOpen",
        "multipart/form-data": "#/components/schemas/TicketOpenForm",
    }
    in_json = schemas["TicketOpen"]["properties"]
    in_form = schemas["TicketOpenForm"]["properties"]
    assert in_json["attachment"]["type"] == ["string", "null"]
    assert in_form["attachment"]["format"] == "binary"
    assert in_form["subject"] == in_json["subject"]


def test_a_file_that_is_required_cannot_come_in_json(operations, schemas):
    content = operations["files.add"]["requestBody"]["content"]

    assert [*content] == ["multipart/form-data"]
    assert schemas["FileAddForm"]["required"] == ["file"]


def test_header_of_some_errors_of_a_status_is_optional(operations, anyone):
    responses = anyone.get("/openapi.json").json["components"]["responses"]
    name = operations["files.preview"]["responses"]["404"]["$ref"].rpartition("/")[2]

    headers = responses[name]["headers"]
    assert headers["Retry-After"]["required"] is False
    assert responses[name]["x-codes"] == ["not_found", "preview_pending"]


def test_limits_are_those_of_the_fields(schemas, app):
    opening, registration = schemas["TicketOpen"], schemas["Registration"]

    assert opening["properties"]["subject"]["maxLength"] == 255
    assert opening["properties"]["description"]["maxLength"] == 20_000
    assert opening["properties"]["category_id"]["minimum"] == 1
    password = registration["properties"]["password"]
    assert password["minLength"] == app.config["PASSWORD_MIN_LENGTH"]
    assert password["maxLength"] == 72
    assert registration["properties"]["email"]["format"] == "email"


@pytest.mark.parametrize(
    "text", ["", " \n", "\x1e", "\x85", "\x07", "\u200b", "\ufeff\u3164"]
)
def test_the_pattern_of_a_text_takes_none_in_which_nothing_can_be_seen(schemas, text):
    subject = Draft202012Validator(schemas["TicketOpen"]["properties"]["subject"])

    assert not subject.is_valid(text)
    assert subject.is_valid(f"{text}é{text}")


def test_a_field_of_an_answer_is_required_unless_it_is_optional(schemas):
    user = schemas["User"]

    assert set(user["properties"]) - set(user["required"]) == {
        *("active", "available", "email_confirmed")
    }
    assert set(schemas["Category"]["required"]) >= {"id", "slug", "created_at"}


def test_every_example_is_valid(document, schemas):
    examples = [
        (field | {"components": document["components"]}, example)
        for schema in schemas.values()
        for field in schema.get("properties", {}).values()
        for example in field.get("examples", [])
    ]

    assert "Printer on fire" in [example for _, example in examples]
    for field, example in examples:
        assert Draft202012Validator(field).is_valid(example), example


def test_a_reference_in_a_response_stands_alone(document, operations):
    responses = [
        *document["components"]["responses"].values(),
        *(r for each in operations.values() for r in each["responses"].values()),
    ]
    references = [node for node in nodes(responses) if "$ref" in node]

    assert references
    assert [node for node in references if len(node) > 1] == []


def test_a_body_has_no_property_that_is_only_null(schemas):
    assert [node for node in nodes(schemas) if node.get("type") == "null"] == [
        kind
        for node in nodes(schemas)
        for kind in node.get("anyOf", [])
        if kind == {"type": "null"}
    ]


def test_answers_may_have_more_fields_and_requests_may_not(operations, schemas):
    def names(contents):
        """Return the schemas of contents, with those of which they consist."""
        found = {node["$ref"] for node in nodes(contents) if "$ref" in node}
        found = {reference.rpartition("/")[2] for reference in found}
        nested = [schemas[name] for name in found if name in schemas]
        return found | names(nested) if nested else found

    requests = [
        operation["requestBody"]["content"]
        for operation in operations.values()
        if "requestBody" in operation
    ]
    answers = [
        response["content"]
        for operation in operations.values()
        for response in operation["responses"].values()
        if "content" in response
    ]

    def additional(contents):
        return {
            name: schemas[name].get("additionalProperties")
            for name in names(contents)
            if "properties" in schemas[name]
        }

    assert {"TicketOpen", "CommentAdd"} <= set(additional(requests))
    assert {"Ticket", "PublicProfile", "MessagePage"} <= set(additional(answers))
    assert set(additional(requests).values()) == {False}
    assert set(additional(answers).values()) == {True}


def test_ids_have_64_bits(document, schemas):
    ticket = schemas["Ticket"]["properties"]
    [in_path] = document["paths"]["/api/tickets/{ticket_id}"]["parameters"]

    assert ticket["id"] == {"type": "integer", "format": "int64"}
    assert ticket["assigned_to"]["format"] == "int64"
    assert in_path["schema"]["format"] == "int64"


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("Priority", ["low", "medium", "high", "urgent"]),
        ("Status", ["open", "in_progress", "resolved", "closed"]),
        ("Role", ["customer", "admin"]),
        ("Side", ["customer", "support"]),
    ],
)
def test_an_enumeration_is_described_once(document, schemas, name, values):
    described = [node for node in nodes(document) if node.get("enum") == values]

    assert described == [schemas[name]]


def test_the_type_of_next_is_that_of_the_cursor(schemas):
    def kind(name):
        return schemas[name]["properties"]["next"]["type"]

    assert kind("TicketPage") == kind("UserPage") == ["string", "null"]
    assert kind("CategoryPage") == ["string", "null"]
    assert kind("MessagePage") == kind("CommentPage") == ["integer", "null"]
    assert kind("EntryPage") == ["integer", "null"]


def test_a_download_is_a_file_of_any_type(operations):
    content = operations["tickets.download"]["responses"]["200"]["content"]

    assert content["application/octet-stream"]["schema"]["format"] == "binary"


def test_put_is_deprecated_beside_patch(document):
    paths = document["paths"].values()
    twins = [item for item in paths if {"put", "patch"} <= set(item)]

    assert len(twins) == 3
    for item in twins:
        assert item["put"]["deprecated"]
        assert "deprecated" not in item["patch"]
        assert item["put"]["operationId"] == item["patch"]["operationId"] + ".put"


def test_put_without_a_patch_is_not_deprecated(operations):
    assert "deprecated" not in operations["ratings.rate"]
    assert "deprecated" not in operations["tags.edit"]


def test_an_entry_is_told_by_its_name(document, schemas):
    mapping = schemas["Entry"]["discriminator"]["mapping"]

    assert schemas["Entry"]["discriminator"]["propertyName"] == "name"
    assert set(mapping) == {
        *("ticket.created", "ticket.updated", "message.sent", "message.read"),
        *("comment.added", "comment.edited", "comment.deleted", "ticket.tagged"),
        *("sla.warning", "sla.missed"),
        "rule.applied",
    }
    for name, reference in mapping.items():
        variant = schemas[reference.rpartition("/")[2]]
        assert variant["properties"]["name"]["const"] == name
        [payload, _] = document["x-socketio"]["heard"][name]["arguments"]
        assert variant["properties"]["payload"] == payload
    events = schemas["ApiError"]["properties"]["events"]
    assert events["items"] == {"$ref": "#/components/schemas/Entry"}


def test_no_schema_is_called_as_something_that_languages_have(schemas):
    taken = {"Error", "Event", "Empty", "Object", "String", "Type", "Date", "Optional"}

    assert set(schemas) & (taken | set(dir(builtins))) == set()


def test_the_document_says_where_it_is_served_and_how_it_will_change(document):
    assert [server["url"] for server in document["servers"]] == ["/"]
    assert "Ignore what you do not know" in document["info"]["description"]
    assert "``" not in json.dumps(document)


def test_an_export_is_what_it_is_and_a_download_for_generators(operations):
    answer = operations["people.export_me"]["responses"]["200"]

    types = {"application/octet-stream", "application/x-ndjson"}
    assert set(answer["content"]) == types
    assert answer["description"]
