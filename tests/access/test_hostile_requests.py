"""Inputs that break servers, on every route: each is answered as the contract says."""

import re
from itertools import product
from urllib.parse import quote

import pytest
from access.routes import API, WITH_BODY, WITH_ID
from security.hostile import BODIES, ODD, WRONG, assert_answered

pytestmark = pytest.mark.slow  # many for each route

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


@pytest.fixture
def http(client):
    """An admin's client, so that little is refused before it is read."""
    return client("admin")


@pytest.fixture
def nothing_changes(http, ids, rows):
    """Check, once the test has ended, that every row is as ``ids`` left it."""
    before = rows()
    yield
    assert rows() == before


@pytest.fixture
def document(anyone):
    """Return what the OpenAPI document says of a route."""
    paths = anyone.get("/openapi.json").json["paths"]

    def document(route):
        return {**paths[route.path], **paths[route.path][route.method.lower()]}

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
    """Return the status of an answer to a field that is wrong."""
    if kind == "beyond a float":  # JSON has no infinity: written as such, it is none
        return 400
    if "100,000" in kind and name == "password" and route.path.endswith("login"):
        return 401  # any text may be a password, and this one is wrong
    return 422


def without_body(route, ids):
    """Return the arguments of a call whose body is given as bytes."""
    body = ("data", "content_type")
    return {k: v for k, v in route.request(ids).items() if k not in body}


def test_every_documented_route_is_attacked(anyone):
    documented = {
        (method.upper(), path)
        for path, methods in anyone.get("/openapi.json").json["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete"}
    }

    assert {(route.method, route.path) for route in API} == {
        (method, path) for method, path in documented if path.startswith("/api/")
    }


@pytest.mark.usefixtures("nothing_changes")
def test_text_in_a_path_that_cannot_be_an_id_is_not_found(http, ids):
    for route, text in product(WITH_ID, IMPOSSIBLE):
        path = re.sub(r"\{\w+\}", lambda _: text, route.path)
        request = {**route.request(ids), "path": path}

        response = http.open(**request)

        where = f"{route}: {path[:200]}"
        assert_answered(response, where)
        assert response.status_code == 404, where


@pytest.mark.usefixtures("nothing_changes")
def test_malformed_json_is_refused_even_where_no_body_is_read(http, ids):
    for route, (kind, (data, status)) in product(API, BODIES.items()):
        request = without_body(route, ids)

        response = http.open(**request, data=data, content_type=JSON)

        where = f"{route}: {kind}"
        assert_answered(response, where)
        assert response.status_code == status, where


@pytest.mark.usefixtures("nothing_changes")
def test_body_of_another_media_type_is_refused(http, ids):
    for route, kind in product(WITH_BODY, OTHER_TYPES):
        request = without_body(route, ids)

        response = http.open(**request, data=b"{}", content_type=kind)

        where = f"{route}: {kind}"
        assert_answered(response, where)
        assert response.status_code == 415, where


@pytest.mark.usefixtures("nothing_changes")
def test_value_that_no_field_takes_is_refused_naming_the_field(http, fields, ids):
    for route in WITH_BODY:
        names = fields(route)
        assert names, route
        for name, (kind, value) in product(names, WRONG.items()):
            if name == "ids" and value == [1]:
                continue  # the one field that takes it
            # The current password is looked at where something needs it.
            other = {"email": "nora@example.org"} if name == "current_password" else {}

            response = http.open(**route.request(ids, **other, **{name: value}))

            where = f"{route}: {name}: {kind}"
            assert_answered(response, where)
            assert response.status_code == status_of(name, kind, route), where
            if response.status_code == 422 and "password" not in name:
                named = [field.partition(".")[0] for field in response.json["errors"]]
                assert name in named, where


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_odd_value_of_a_field_causes_no_server_error(http, fields, ids, route):
    for name in fields(route):
        for kind, value in ODD.items():
            response = http.open(**route.request(ids, **{name: value}))

            assert_answered(response, f"{name}: {kind}")


@pytest.mark.parametrize("route", [r for r in API if r.method == "GET"], ids=str)
def test_hostile_query_parameter_causes_no_server_error(http, document, ids, route):
    known = [p["name"] for p in document(route).get("parameters", []) if "name" in p]
    values = [*WRONG.values(), *ODD.values()]
    texts = [quote(str(v)[:6_000], errors="surrogatepass") for v in values]
    texts += ["%FF", "%ED%A0%80", "%00", "%", "%zz", "1&{0}=2", "=", "[]=1"]
    for name in [*known, "nobody_knows", "%FF", ""]:
        for text in texts:
            query = f"{name}={text.format(name) if '{0}' in text else text}"

            path = route.url(ids).partition("?")[0]
            response = http.get(f"{path}?{query}", buffered=True)

            assert_answered(response, query[:200])
            assert response.status_code in {200, 404, 422}, query[:200]


@pytest.mark.parametrize("route", API, ids=str)
@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match", "Authorization"])
def test_hostile_header_causes_no_server_error(http, ids, route, name):
    for value in HEADERS:
        response = http.open(**route.request(ids), headers={name: value})

        assert_answered(response, value[:20])


@pytest.mark.usefixtures("nothing_changes")
def test_other_methods_are_refused_naming_those_allowed(http, ids):
    for route, method in product(API, METHODS):
        allowed = {each.method for each in API if each.path == route.path}
        if method in allowed:
            continue

        response = http.open(route.url(ids), method=method, json={})

        where = f"{method} {route.path}"
        assert_answered(response, where)
        assert response.status_code == 405, where
        assert allowed <= set(response.headers["Allow"].split(", ")), where


@pytest.mark.parametrize(
    "path",
    ["", "//", "/api", "/api//tickets", "/api/tickets/", "/api/%00", "/%FF", "/x"],
)
def test_path_without_a_route_is_not_found(http, path):
    response = http.get(path or "/", buffered=True)

    assert_answered(response, path)
    assert response.status_code == 404


class TestForms:
    """multipart/form-data, where a ticket takes a file."""

    @pytest.fixture(params=["POST", "PATCH"])
    def send(self, request, http, ids):
        own = f"/{ids['ticket_id']}" if request.param == "PATCH" else ""

        def send(data, boundary="B"):
            content_type = f"multipart/form-data; boundary={boundary}"
            return http.open(
                f"/api/tickets{own}",
                method=request.param,
                data=data,
                content_type=content_type,
            )

        return send

    @pytest.mark.parametrize(("count", "status"), [(999, 422), (1_001, 413)])
    @pytest.mark.parametrize("more", ["", '; filename="a"'])
    def test_form_has_a_thousand_parts_at_most(self, send, count, more, status):
        part = f'--B\r\nContent-Disposition: form-data; name="x"{more}\r\n\r\na\r\n'

        response = send((part * count + "--B--\r\n").encode())

        assert_answered(response)
        assert response.status_code == status

    @pytest.mark.parametrize("name", ["subject", "attachment", "category_id", "x"])
    @pytest.mark.parametrize("more", ["", '; filename=""', "; filename*=utf-8''%ff%00"])
    def test_hostile_part_of_a_form_causes_no_server_error(self, send, name, more):
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
    def test_malformed_part_of_a_form_causes_no_server_error(self, send, head):
        response = send(b"--B\r\n" + head + b"\r\n\r\nx\r\n--B--\r\n")

        assert_answered(response)
        assert response.status_code in {200, 400, 413, 422}

    @pytest.mark.parametrize(
        "boundary", ["", '""', "\xff", "x" * 1_000, "B; boundary=C"]
    )
    def test_form_without_a_valid_boundary_is_refused(self, send, boundary):
        response = send(b"--B\r\n\r\n--B--\r\n", boundary)

        assert_answered(response)
        assert response.status_code in {400, 422}
