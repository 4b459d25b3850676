"""GET /healthz and GET /readyz"""

import pytest
from sqlalchemy import create_engine

from ticketing.core.database import db

NOBODY_LISTENS = "127.0.0.1:1"


@pytest.fixture
def no_database(app, monkeypatch):
    """Let the database refuse every connection."""
    engine = create_engine(f"mysql+pymysql://root@{NOBODY_LISTENS}/none")
    with app.app_context():
        engines = db.engines
    monkeypatch.setitem(engines, None, engine)


@pytest.fixture
def no_redis(app, monkeypatch):
    """Configure a Redis that does not answer."""
    monkeypatch.setitem(app.config, "REDIS_URL", f"redis://{NOBODY_LISTENS}/0")


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_healthz_and_readyz_answer_ok(anyone, path):
    response = anyone.get(path)

    assert (response.status_code, response.json) == (200, {"status": "ok"})


def test_healthz_answers_ok_without_database_and_redis(anyone, no_database, no_redis):
    response = anyone.get("/healthz")

    assert (response.status_code, response.json) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        (["no_database"], "database"),
        (["no_redis"], "redis"),
        (["no_database", "no_redis"], "database, redis"),
    ],
)
def test_readyz_names_the_service_that_is_down(anyone, request, missing, named):
    for name in missing:
        request.getfixturevalue(name)

    response = anyone.get("/readyz")

    assert response.status_code == 503
    assert response.json == {
        "message": f"No answer from: {named}.",
        "code": "unavailable",
    }
    assert int(response.headers["Retry-After"]) > 0


def test_readyz_answers_ok_again_after_an_outage(anyone, monkeypatch, request):
    with monkeypatch.context() as outage:
        outage.setattr("ticketing.ops.health._database_answers", lambda: False)
        during = anyone.get("/readyz").status_code

    assert (during, anyone.get("/readyz").status_code) == (503, 200)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/login", {"email": "a@example.org", "password": "x" * 8}),
        ("GET", "/api/tickets", None),
    ],
)
def test_requests_answer_503_without_a_database(
    api, customer, request, method, path, body
):
    client = api(customer)
    request.getfixturevalue("no_database")

    response = client.open(path, method=method, json=body)

    assert (response.status_code, response.json["code"]) == (503, "unavailable")
    assert int(response.headers["Retry-After"]) > 0
    assert "127.0.0.1" not in response.text and "pymysql" not in response.text
