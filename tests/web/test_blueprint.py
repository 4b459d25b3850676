"""The HTTP API: its document, its errors, and who may call it."""

import re
from urllib.parse import urljoin

import pytest
from marshmallow import Schema

ERROR = {"message", "code"}
# An id that no row has.
NONE = str(10**17)


@pytest.fixture
def document(anyone):
    return anyone.get("/openapi.json").json


def operations(document):
    """Return (method, path, operation) of all that is documented."""
    return [
        (method.upper(), path, operation)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if method != "parameters"
    ]


def refs(value):
    if isinstance(value, dict):
        yield from (ref for key, ref in value.items() if key == "$ref")
        for child in value.values():
            yield from refs(child)
    elif isinstance(value, list):
        for child in value:
            yield from refs(child)


UNDOCUMENTED = ("/console", "/docs", "/openapi.json", "/metrics", "/static")
UNDOCUMENTED += ("/unsubscribe", "/api/inbound-mail")


def test_the_document_names_every_route(app, document):
    documented = {(method, path) for method, path, _ in operations(document)}
    served = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if not rule.rule.startswith(UNDOCUMENTED)
        and rule.rule != "/"
    }

    assert document["openapi"].startswith("3.1.")
    assert ("POST", "/api/tickets/{ticket_id}/comments") in documented
    assert documented >= served
    assert {path for _, path in documented - served} <= {"/metrics"}


def test_every_operation_is_described(document):
    for method, path, operation in operations(document):
        assert operation.get("summary"), (method, path)
        assert operation.get("tags"), (method, path)
        assert operation["responses"], (method, path)


def test_every_reference_leads_somewhere(document):
    found = set(refs(document))

    assert found
    for ref in found:
        node = document
        for name in ref.removeprefix("#/").split("/"):
            node = node[name]


def test_the_document_names_the_public_routes(document):
    bearer = document["components"]["securitySchemes"]["bearer"]
    public = {
        path
        for _, path, operation in operations(document)
        if operation.get("security") == []
    }

    assert (bearer["type"], bearer["scheme"]) == ("http", "bearer")
    assert document["security"] == [{"bearer": []}]
    assert public - {"/metrics"} == {
        "/healthz",
        "/readyz",
        "/api/config",
        "/api/register",
        "/api/login",
        "/api/password/forgot",
        "/api/password/reset",
        "/api/email/confirm",
    }


def test_every_route_but_the_public_ones_needs_a_token(anyone, document):
    for method, path, operation in operations(document):
        # Their refusals are others.
        if path in ("/metrics", "/broadcasting/auth"):
            continue
        response = anyone.open(re.sub(r"\{\w+\}", NONE, path), method=method)

        refused = (response.status_code, response.json.get("code")) == (
            401,
            "unauthenticated",
        )
        assert refused == (operation.get("security") != []), (method, path)


def test_the_document_describes_the_error(document):
    error = document["components"]["schemas"]["ApiError"]

    assert set(error["properties"]) == ERROR | {"errors", "events"}
    assert set(error["required"]) == ERROR


def test_the_docs_load_nothing_from_another_host(anyone):
    page = anyone.get("/docs", follow_redirects=True)
    assets = re.findall(r'(?:src|href)="([^"]+)"', page.text)

    assert (page.status_code, page.mimetype) == (200, "text/html")
    assert "/openapi.json" in page.text
    assert [a for a in assets if a.endswith(".js")]
    for asset in assets:
        assert "//" not in asset
        with anyone.get(urljoin("/docs/", asset)) as response:
            assert (response.status_code, asset) == (200, asset)
    assert "unpkg" not in page.text and "cdn" not in page.text.lower()


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("resource", ["comments", "tickets"])
@pytest.mark.parametrize(
    "number",
    ["0", "-1", "07", "+1", "1.0", "x", "%20", 2**63 - 1, 2**63, "9" * 5000, "%D9%A7"],
    ids=lambda number: str(number)[:20],
)
def test_an_impossible_id_is_not_found(api, admin, resource, number, method):
    response = api(admin).open(f"/api/{resource}/{number}", method=method)

    assert (response.status_code, response.json["code"]) == (404, "not_found")


def test_the_largest_id_is_looked_up(api, admin):
    response = api(admin).delete(f"/api/comments/{10**18 - 1}")

    assert (response.status_code, response.json) == (
        404,
        {"message": "There is no such comment.", "code": "not_found"},
    )


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/nowhere",
        "/api",
        "/api/",
        "/api/nowhere",
        "//api//tickets",
        "/api//tickets",
        "/api/tickets/",
        "/api/tickets//comments",
        "/API/tickets",
        "/docs/nowhere.js",
        "/docs/../config.py",
        "/%00",
        "/<script>",
    ],
)
def test_an_unknown_path_is_answered_with_an_error_in_json(api, admin, path):
    response = api(admin).get(path)

    assert (response.status_code, response.mimetype) == (404, "application/json")
    assert set(response.json) == ERROR
    assert response.json["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/api/tickets", {"GET", "HEAD", "OPTIONS", "POST", "PATCH"}),
        (
            "POST",
            "/api/comments/1",
            {"GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"},
        ),
        ("GET", "/api/login", {"POST", "OPTIONS"}),
        ("POST", "/healthz", {"GET", "HEAD", "OPTIONS"}),
        ("TRACE", "/api/me", {"GET", "HEAD", "OPTIONS", "PATCH", "DELETE"}),
    ],
)
def test_a_wrong_method_is_told_the_allowed_ones(api, admin, method, path, allowed):
    response = api(admin).open(path, method=method)

    assert (response.status_code, response.json["code"]) == (405, "method_not_allowed")
    assert set(response.json) == ERROR
    assert set(response.headers["Allow"].split(", ")) == allowed


@pytest.mark.parametrize(
    "value", [None, "", "Bearer", "Bearer x", "Basic YTpi", "Bearer a.b.c", "x" * 8000]
)
def test_a_call_without_a_token_is_answered_with_the_scheme(anyone, value):
    given = {} if value is None else {"Authorization": value}

    response = anyone.get("/api/tickets", headers=given)

    assert (response.status_code, response.json["code"]) == (401, "unauthenticated")
    assert set(response.json) == ERROR
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.parametrize("place", ["query", "cookie", "body"])
def test_a_token_outside_the_header_is_ignored(app, customer, token, place):
    client, given = app.test_client(), token(customer)
    if place == "cookie":
        client.set_cookie("access_token_cookie", given)
    query = {"jwt": given, "token": given} if place == "query" else {}

    response = client.get(
        "/api/me",
        query_string=query,
        json={"access_token": given} if place == "body" else None,
    )

    assert response.status_code == 401


def test_a_call_beyond_the_limit_is_told_how_long_to_wait(app, anyone, monkeypatch):
    monkeypatch.setitem(app.config, "LOGIN_LIMIT", "1 per minute")
    login = {"email": "a@example.org", "password": "correct horse"}
    first = anyone.post("/api/login", json=login)

    response = anyone.post("/api/login", json=login)

    assert (first.status_code, response.status_code) == (401, 429)
    assert response.json["code"] == "too_many_requests"
    assert set(response.json) == ERROR
    assert 0 < int(response.headers["Retry-After"]) <= 60


@pytest.fixture
def fail(app, monkeypatch):
    """Let comments fail as nobody foresaw, outside of a test."""

    def crash(actor, comment_id):
        raise RuntimeError("SELECT secret FROM users")

    monkeypatch.setitem(app.config, "TESTING", False)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setattr("ticketing.comments.service.get_comment", crash)


def test_an_unforeseen_error_reveals_nothing(api, customer, comment, fail, caplog):
    response = api(customer).get(f"/api/comments/{comment.id}")

    assert (response.status_code, response.mimetype) == (500, "application/json")
    assert set(response.json) == ERROR
    assert response.json["code"] == "internal_error"
    assert "secret" not in response.text and "Traceback" not in response.text
    assert "SELECT secret" in caplog.text  # whoever runs it is told


def test_no_request_creates_a_schema(api, customer, ticket, monkeypatch):
    """``Parser.parse`` loads by the one instance; to create one copies its fields."""
    client, url, created = api(customer), f"/api/tickets/{ticket.id}/messages", []
    client.post(url, json={"message": "Hm."})
    create = Schema.__init__

    def note(schema, *args, **options):
        created.append(schema)
        create(schema, *args, **options)

    monkeypatch.setattr(Schema, "__init__", note)
    response = client.post(url, json={"message": "Hm?"})

    assert response.status_code == 201
    assert created == []


def test_a_failed_precondition_is_answered_with_an_error_in_json(api, customer, ticket):
    response = api(customer).patch(
        f"/api/tickets/{ticket.id}",
        json={"subject": "Fire!"},
        headers={"If-Match": '"stale"'},
    )

    assert (response.status_code, response.json["code"]) == (412, "precondition_failed")
    assert set(response.json) == ERROR


def test_a_conflict_is_answered_with_an_error_in_json(api, admin, category, ticket):
    response = api(admin).delete(f"/api/categories/{category.id}")

    assert (response.status_code, response.json["code"]) == (409, "category_in_use")
    assert set(response.json) == ERROR


def test_each_invalid_field_is_named(api, customer):
    response = api(customer).post("/api/tickets", json={"subject": "", "colour": "red"})

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    assert set(response.json) == ERROR | {"errors"}
    assert set(response.json["errors"]) == {
        "subject",
        "description",
        "priority",
        "category_id",
        "colour",
    }
    assert all(
        isinstance(text, str) and text
        for texts in response.json["errors"].values()
        for text in texts
    )


def test_an_error_has_no_body_for_head(api, customer):
    response = api(customer).head("/api/tickets/0")

    assert (response.status_code, response.data) == (404, b"")
