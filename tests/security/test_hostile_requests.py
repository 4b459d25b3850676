"""Inputs that break servers, on every route: each is answered as the contract says."""

import re
from urllib.parse import quote

import pytest

from security.hostile import BODIES, ODD, WRONG, assert_answered

JSON = "application/json"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "CONNECT"]
OTHER_TYPES = [
    *("text/plain", "application/xml", "application/x-www-form-urlencoded", ""),
    *("a/b;;=", "application/json5", "multipart/mixed; boundary=B"),
]
HEADERS = ["", " ", "x" * 8_000, "\xff\xfe" * 8, '"', "W/", "*, *", "a,b" * 50]
IMPOSSIBLE = [
    *("0", "-1", "+1", "01", "1.0", "1e3", "%31%00", "%EF%BC%91", "me", "null", "1;2"),
    *(str(2**63), str(2**64), "9" * 5_000, "%FF", "%ED%A0%80", "1%0a"),
    *("..%2f1", "1%2f..", "[1]", "{}", "'", "%25"),
]
OPEN = ("/healthz", "/readyz", "/metrics")  # they read nothing of a request
ROUTES = [
    "POST /api/register",
    "POST /api/login",
    "POST /api/refresh",
    "POST /api/logout",
    "GET /api/me",
    "PATCH /api/me",
    "GET /api/users",
    "GET /api/users/{user_id}",
    "PATCH /api/users/{user_id}",
    "GET /api/categories",
    "POST /api/categories",
    "GET /api/categories/{category_id}",
    "PUT /api/categories/{category_id}",
    "PATCH /api/categories/{category_id}",
    "DELETE /api/categories/{category_id}",
    "GET /api/tickets",
    "POST /api/tickets",
    "GET /api/tickets/{ticket_id}",
    "PUT /api/tickets/{ticket_id}",
    "PATCH /api/tickets/{ticket_id}",
    "DELETE /api/tickets/{ticket_id}",
    "GET /api/tickets/{ticket_id}/attachment",
    "GET /api/tickets/{ticket_id}/events",
    "GET /api/tickets/{ticket_id}/comments",
    "POST /api/tickets/{ticket_id}/comments",
    "GET /api/comments/{comment_id}",
    "PUT /api/comments/{comment_id}",
    "PATCH /api/comments/{comment_id}",
    "DELETE /api/comments/{comment_id}",
    "GET /api/tickets/{ticket_id}/messages",
    "POST /api/tickets/{ticket_id}/messages",
    "GET /api/messages/{message_id}",
    "POST /api/tickets/{ticket_id}/messages/read",
    "GET /api/messages/unread-count",
]
BODILESS = [route for route in ROUTES if route.startswith(("GET", "DELETE"))]
READING = [
    route
    for route in ROUTES
    if route not in BODILESS and not route.endswith(("refresh", "logout"))
]
WITH_IDS = [route for route in ROUTES if "{" in route]


@pytest.fixture
def valid():
    """What each field may be."""
    return {
        "name": "Nora",
        "email": "nora@example.org",
        "password": "correct horse",
        "password_confirmation": "correct horse",
        "current_password": "correct horse",
        "description": "It burns.",
        "subject": "Printer on fire",
        "priority": "low",
        "content": "Hm.",
        "message": "Hm.",
        "up_to": 1,
    }


@pytest.fixture
def ids(ticket, comment, customer, make_message, save, category):
    """Something of each kind that there is."""
    return {
        "ticket_id": ticket.id,
        "comment_id": comment.id,
        "message_id": make_message(customer).id,
        "user_id": customer.id,
        "category_id": category.id,
    }


@pytest.fixture
def client(api, admin):
    """Who may do most, so that little is refused before it is read."""
    return api(admin)


@pytest.fixture
def document(anyone):
    """Return what is documented of a route."""
    paths = anyone.get("/openapi.json").json["paths"]

    def document(route):
        method, path = route.split()
        return {**paths[path], **paths[path][method.lower()]}

    return document


@pytest.fixture
def fields(anyone, document):
    """Return the names of the fields of a route's body."""
    schemas = anyone.get("/openapi.json").json["components"]["schemas"]

    def fields(route):
        content = document(route)["requestBody"]["content"][JSON]["schema"]
        schema = schemas[content["$ref"].rpartition("/")[2]]
        return [n for n, f in schema["properties"].items() if not f.get("readOnly")]

    return fields


def status_of(name, kind, route):
    """Return what a field that is wrong is answered with."""
    if kind == "beyond a float":  # JSON has no infinity: written as such, it is none
        return 400
    if "100,000" in kind and name == "password" and route.endswith("login"):
        return 401  # whatever is no password is wrong
    return 422


def at(route, ids):
    method, path = route.split()
    return {"method": method, "path": path.format(**ids)}


def test_every_route_is_attacked(anyone):
    documented = {
        f"{method.upper()} {path}"
        for path, methods in anyone.get("/openapi.json").json["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }

    assert documented - {f"GET {path}" for path in OPEN} == set(ROUTES)


@pytest.mark.parametrize("route", WITH_IDS)
def test_what_can_be_no_id_is_not_found(client, route):
    for number in IMPOSSIBLE:
        path = re.sub(r"\{\w+\}", number, route.split()[1])
        body = {} if route in BODILESS else {"json": {}}

        response = client.open(path, method=route.split()[0], **body)

        assert_answered(response, path[:200])
        assert response.status_code == 404, path[:200]


@pytest.mark.parametrize("route", ROUTES)
def test_a_body_is_read_strictly_even_where_none_is_asked_for(client, ids, route):
    for kind, (data, status) in BODIES.items():
        response = client.open(**at(route, ids), data=data, content_type=JSON)

        assert_answered(response, kind)
        assert response.status_code == status, kind


@pytest.mark.parametrize("route", READING)
def test_a_body_of_another_type_is_refused(client, ids, route):
    for kind in OTHER_TYPES:
        response = client.open(**at(route, ids), data=b"{}", content_type=kind)

        assert_answered(response, kind)
        assert response.status_code == 415, kind


@pytest.mark.parametrize("route", READING)
def test_no_field_takes_what_is_wrong(client, fields, ids, route, valid):
    names = fields(route)
    assert names
    for name in names:
        sound = {n: {**valid, **ids}[n] for n in names if n in {**valid, **ids}}
        for kind, value in WRONG.items():
            body = {**sound, name: value}

            response = client.open(**at(route, ids), json=body)

            where = f"{name}: {kind}"
            assert_answered(response, where)
            assert response.status_code == status_of(name, kind, route), where
            if response.status_code == 422 and "password" not in name:
                told = [field.partition(".")[0] for field in response.json["errors"]]
                assert name in told, where


@pytest.mark.parametrize("route", READING)
def test_no_field_breaks_by_what_is_odd(client, api, admin, fields, ids, route, valid):
    names = fields(route)
    for name in names:
        sound = {n: {**valid, **ids}[n] for n in names if n in {**valid, **ids}}
        for kind, value in ODD.items():
            response = client.open(**at(route, ids), json={**sound, name: value})

            assert_answered(response, f"{name}: {kind}")


@pytest.mark.parametrize("route", [r for r in ROUTES if r.startswith("GET")])
def test_no_parameter_breaks_by_anything(client, document, ids, route):
    known = [p["name"] for p in document(route).get("parameters", []) if "name" in p]
    values = [*WRONG.values(), *ODD.values()]
    texts = [quote(str(v)[:6_000], errors="surrogatepass") for v in values]
    texts += ["%FF", "%ED%A0%80", "%00", "%", "%zz", "1&{0}=2", "=", "[]=1"]
    for name in [*known, "nobody_knows", "%FF", ""]:
        for text in texts:
            query = f"{name}={text.format(name) if '{0}' in text else text}"

            response = client.open(
                f"{route.split()[1].format(**ids)}?{query}", buffered=True
            )

            assert_answered(response, query[:200])
            assert response.status_code in {200, 404, 422}, query[:200]


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match", "Authorization"])
def test_no_header_breaks_anything(client, ids, route, name):
    body = {} if route in BODILESS else {"json": {"message": "Hm."}}
    for value in HEADERS:
        headers = {name: value}

        response = client.open(**at(route, ids), headers=headers, buffered=True, **body)

        assert_answered(response, value[:20])


@pytest.mark.parametrize("path", sorted({route.split()[1] for route in ROUTES}))
def test_other_methods_are_named_with_those_that_do(client, document, ids, path):
    allowed = {route.split()[0] for route in ROUTES if route.split()[1] == path}
    for method in set(METHODS) - allowed:
        response = client.open(path.format(**ids), method=method, json={})

        assert_answered(response, method)
        assert response.status_code == 405
        assert allowed <= set(response.headers["Allow"].split(", "))


@pytest.mark.parametrize(
    "path",
    ["", "//", "/api", "/api//tickets", "/api/tickets/", "/api/%00", "/%FF", "/x"],
)
def test_no_other_path_breaks_anything(client, path):
    response = client.get(path or "/", buffered=True)

    assert_answered(response, path)
    assert response.status_code == 404


class TestForms:
    """multipart/form-data, where a ticket takes a file."""

    @pytest.fixture(params=["POST /api/tickets", "PATCH /api/tickets/{ticket_id}"])
    def send(self, request, client, ids):
        def send(data, boundary="B"):
            content_type = f"multipart/form-data; boundary={boundary}"
            return client.open(
                **at(request.param, ids), data=data, content_type=content_type
            )

        return send

    @pytest.mark.parametrize(("count", "status"), [(999, 422), (1_001, 413)])
    @pytest.mark.parametrize("more", ["", '; filename="a"'])
    def test_a_thousand_parts(self, send, count, more, status):
        part = f'--B\r\nContent-Disposition: form-data; name="x"{more}\r\n\r\na\r\n'

        response = send((part * count + "--B--\r\n").encode())

        assert_answered(response)
        assert response.status_code == status

    @pytest.mark.parametrize("name", ["subject", "attachment", "category_id", "x"])
    @pytest.mark.parametrize("more", ["", '; filename=""', "; filename*=utf-8''%ff%00"])
    def test_a_part_of_anything(self, send, name, more):
        head = f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'
        for value in (b"\0", b"\xff", b"x" * 100_000, b"9" * 5_000, b"", b"[]", b"-1"):
            response = send(head.encode() + value + b"\r\n--B--\r\n")

            assert_answered(response, value[:20])
            assert response.status_code in {200, 400, 422}, value[:20]

    @pytest.mark.parametrize(
        "head",
        [
            b"Content-Disposition: form-data",
            b"Content-Disposition: attachment; name=subject",
            b"Content-Type: text/plain; charset=utf-7\r\n"
            b"Content-Disposition: form-data; name=subject",
            b"Content-Disposition: form-data; name=" + b"x" * 70_000,
            b"X: " + b"x" * 1_100_000,
            b"no header at all",
            b"\xff\xfe: \0",
        ],
        ids=lambda head: str(head[:24]),
    )
    def test_a_part_that_is_none(self, send, head):
        response = send(b"--B\r\n" + head + b"\r\n\r\nx\r\n--B--\r\n")

        assert_answered(response)
        assert response.status_code in {200, 400, 413, 422}

    @pytest.mark.parametrize(
        "boundary", ["", '""', "\xff", "x" * 1_000, "B; boundary=C"]
    )
    def test_a_boundary_that_is_none(self, send, boundary):
        response = send(b"--B\r\n\r\n--B--\r\n", boundary)

        assert_answered(response)
        assert response.status_code in {400, 422}
