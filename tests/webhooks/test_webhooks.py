"""/webhooks: list, create, show, change, delete, give a new secret"""

from base64 import b64decode

import pytest

from ticketing.webhooks import service
from ticketing.webhooks.models import Webhook

URL = "/api/webhooks"
BODY = {"url": "https://8.8.8.8/hook", "events": ["message.sent", "ticket.deleted"]}


@pytest.fixture
def add(api, admin):
    """Create a webhook; return the answer."""
    return lambda **fields: api(admin).post(URL, json=BODY | fields)


def test_webhook_is_created_and_shown_without_its_secret(api, admin, add):
    response = add(url=" https://8.8.8.8/hook ")

    assert response.status_code == 201
    shown = dict(response.json)
    secret = shown.pop("secret")
    assert secret.startswith("whsec_")
    assert len(b64decode(secret.removeprefix("whsec_"))) == 32
    assert shown == {
        **{"id": shown["id"], "description": None, "internal": False, "active": True},
        **{"created_at": shown["created_at"], "updated_at": shown["created_at"]},
        **BODY,
    }
    assert response.headers["Location"] == f"{URL}/{shown['id']}"
    assert api(admin).get(response.headers["Location"]).json == shown
    assert api(admin).get(URL).json == {"data": [shown], "next": None}


def test_webhooks_are_listed_by_id(api, admin, add):
    ids = [add().json["id"] for _ in range(3)]

    first = api(admin).get(f"{URL}?limit=2").json
    second = api(admin).get(f"{URL}?cursor={first['next']}").json

    assert [webhook["id"] for webhook in first["data"] + second["data"]] == ids
    assert second["next"] is None


def test_webhook_can_be_changed_in_part(api, admin, add):
    created = add()
    url = created.headers["Location"]

    response = api(admin).patch(url, json={"description": "New", "events": ["*"]})

    shown = {**created.json, "description": "New", "events": ["*"]}
    del shown["secret"]
    assert response.status_code == 200
    assert response.json["updated_at"] > shown["updated_at"]
    assert response.json == {**shown, "updated_at": response.json["updated_at"]}
    assert api(admin).get(url).json == response.json


def test_webhook_can_be_deleted(api, admin, add):
    url = add().headers["Location"]

    assert api(admin).delete(url).status_code == 204
    assert api(admin).get(url).status_code == 404


def test_there_are_20_webhooks_at_most(app, api, admin, add, save):
    for _ in range(service.MAX_WEBHOOKS - 1):
        save(Webhook(**BODY, internal=False, active=True, secret="-"))
    last = add()

    beyond = add()

    assert last.status_code == 201
    assert (beyond.status_code, beyond.json["code"]) == (409, "too_many")
    api(admin).delete(last.headers["Location"])
    assert add().status_code == 201


def test_new_secret_is_shown_once(api, admin, add):
    created = add()
    url = created.headers["Location"]

    response = api(admin).post(f"{url}/rotate-secret")

    assert response.status_code == 200
    assert response.json["secret"].startswith("whsec_")
    assert response.json["secret"] != created.json["secret"]
    assert "secret" not in api(admin).get(url).json
    assert "secret" not in api(admin).patch(url, json={"active": False}).json


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "ftp://example.org/"),
        ("url", "https://user:pw@8.8.8.8/"),
        ("url", f"https://8.8.8.8/{'x' * 2000}"),
        ("url", None),
        ("events", []),
        ("events", None),
        ("events", "*"),
        ("events", ["*", "message.sent"]),
        ("events", ["message.lost"]),
        ("events", ["message.*"]),
        ("events", ["typing"]),
        ("internal", None),
        ("active", 1),
        ("description", "x" * 256),
    ],
)
def test_invalid_field_is_named(api, admin, add, field, value):
    url = add().headers["Location"]

    for response in (add(**{field: value}), api(admin).patch(url, json={field: value})):
        assert response.status_code == 422
        assert [name.partition(".")[0] for name in response.json["errors"]] == [field]


def test_unknown_event_is_answered_with_those_that_there_are(add):
    [[message]] = add(events=["message.lost"]).json["errors"].values()

    for name in ("message.sent", "ticket.deleted", "ticket.tagged", "sla.missed"):
        assert name in message


def test_equal_events_count_once(add):
    assert add(events=["message.sent"] * 3).json["events"] == ["message.sent"]


def test_event_of_the_staff_stream_needs_internal(api, admin, add):
    refused = add(events=["ticket.tagged"])
    allowed = add(events=["ticket.tagged"], internal=True)

    assert list(refused.json["errors"]) == ["events"]
    assert allowed.status_code == 201
    url = allowed.headers["Location"]
    assert api(admin).patch(url, json={"internal": False}).status_code == 422
    changed = api(admin).patch(url, json={"internal": False, "events": ["*"]})
    assert changed.status_code == 200
