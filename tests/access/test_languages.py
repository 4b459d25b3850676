"""Whatever is refused on any route, it is refused in the language of the request."""

from itertools import product

import pytest
from access.routes import API, CALLERS, WITH_BODY, refusals
from languages.pseudo import MarkingCatalog, is_marked, texts_of
from security.hostile import BODIES, ODD, WRONG

from ticketing.core import text

pytestmark = pytest.mark.slow  # many requests for each route

JSON = "application/json"
GERMAN = {"Accept-Language": "de"}


@pytest.fixture(autouse=True)
def _marking(monkeypatch):
    """Mark the texts of answers."""
    catalog = MarkingCatalog()
    monkeypatch.setattr(text, "_load", lambda language: catalog)


def assert_translated(response, where):
    """Check that each text of an error was looked up in the catalogs."""
    if response.status_code >= 400:
        unmarked = [t for t in texts_of(response.json) if not is_marked(t)]
        assert unmarked == [], where
        assert response.headers["Content-Language"] == "de", where


def without_body(route, ids):
    """Return the arguments of a call whose body is given as bytes."""
    body = ("data", "content_type")
    return {k: v for k, v in route.request(ids).items() if k not in body}


@pytest.mark.parametrize("caller", CALLERS)
def test_callers_who_may_not_are_told_so(client, ids, caller):
    http = client(caller)
    for route, expected in refusals(caller):
        response = http.open(**route.request(ids), headers=GERMAN)

        assert str(response.status_code) == expected[:3], route
        assert_translated(response, route)


def test_what_cannot_be_read(client, ids):
    http = client("admin")
    for route, (kind, (data, status)) in product(API, BODIES.items()):
        request = without_body(route, ids)

        response = http.open(**request, data=data, content_type=JSON, headers=GERMAN)

        where = f"{route}: {kind}"
        assert response.status_code == status, where
        assert_translated(response, where)


@pytest.mark.parametrize("route", WITH_BODY, ids=str)
def test_values_that_no_field_takes(client, ids, route):
    http = client("admin")
    for name in [*route.body, "nobody_knows"]:
        for kind, value in {**WRONG, **ODD}.items():
            request = route.request(ids, **{name: value})

            response = http.open(**request, headers=GERMAN)

            assert_translated(response, f"{name}: {kind}")


@pytest.mark.parametrize("route", [r for r in API if r.method == "GET"], ids=str)
def test_parameters_that_are_not_taken(client, anyone, ids, route):
    document = anyone.get("/openapi.json").json["paths"][route.path]["get"]
    parameters = document.get("parameters", [])
    names = [each["name"] for each in parameters if each.get("in") == "query"]
    for name in [*names, "nobody_knows"]:
        for value in ("", "-1", "0", "x", "9" * 30, "x" * 6_000, "%00", "%FF", "a&a=1"):
            path = route.url(ids).partition("?")[0]

            response = client("admin").get(
                f"{path}?{name}={value}", headers=GERMAN, buffered=True
            )

            assert_translated(response, f"{name}={value[:20]}")


@pytest.mark.parametrize("route", API, ids=str)
@pytest.mark.parametrize("name", ["Idempotency-Key", "If-Match", "Authorization"])
def test_headers_that_are_not_taken(client, ids, route, name):
    for value in ("", "x" * 8_000, '"', "*, *"):
        request = route.request(ids)

        response = client("admin").open(**request, headers={name: value, **GERMAN})

        assert_translated(response, value[:20])
