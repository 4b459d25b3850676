"""Complete the operations that flask-smorest documents.

It adds the errors of each one, by status, a form where a file may be sent, and an id.
"""

from itertools import groupby
from typing import Any

from apispec import APISpec

from ticketing.core.errors import InvalidError, TicketingError
from ticketing.core.idempotency import IdempotencyConflictError
from ticketing.web.fields import MISSING, File
from ticketing.web.json_schema import Json, markdown, markdown_of
from ticketing.web.openapi import HEADERS, LANGUAGE, REQUEST_ID, Api, Errors
from ticketing.web.parser import FORM, JSON
from ticketing.web.schemas import shared


def complete_operation(
    doc: Json, info: Json, *, api: Api, method: str, **kwargs: Any
) -> Json:
    """Add responses, a form and an id to an operation; flask-smorest calls it."""
    _add_form(doc, api)
    info["docstring"] = {k: markdown(v) for k, v in info["docstring"].items()}
    responses = _successes(doc, info["errors"]) | _refusals(api.spec, info["errors"])
    operation = {**doc, "operationId": info["name"], "responses": responses}
    if method == "put" and info["has_patch"]:  # PATCH has the plain name
        operation["operationId"] += ".put"
        operation |= {"deprecated": True, "description": "PATCH does the same."}
    return operation


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
