"""/sla-policies: list, create, show, change, delete"""

import pytest
from sqlalchemy import select

from ticketing.core.database import db
from ticketing.service_levels.models import Policy, PolicyVersion
from ticketing.service_levels.policies import MAX_POLICIES

URL = "/api/sla-policies"
DEFAULTS = {
    **{"active": True, "position": 0, "priority": None, "category_id": None},
    **{"first_response": None, "next_response": None, "resolution": None},
    **{"calendar_id": None, "pause_on_customer": True, "version": 1},
}


def test_policy_is_created_listed_and_shown(
    api, admin, category, add_calendar, add_policy
):
    body = {
        **{"name": "Urgent ones", "active": False, "position": 7},
        **{"priority": ["urgent", "high"], "category_id": [category.id]},
        **{"first_response": 1, "next_response": 60, "resolution": 525_600},
        **{"calendar_id": add_calendar().json["id"], "pause_on_customer": False},
    }

    response = add_policy(**body)

    assert response.status_code == 201
    shown = response.json
    assert shown == {**body, "id": shown["id"], "version": 1}
    assert response.headers["Location"] == f"{URL}/{shown['id']}"
    assert api(admin).get(response.headers["Location"]).json == shown
    assert api(admin).get(URL).json == {"data": [shown], "next": None}


def test_every_field_of_a_policy_but_its_name_has_a_default(add_policy):
    shown = add_policy().json

    assert shown == {**DEFAULTS, "id": shown["id"], "name": "All"}


def test_policies_are_listed_by_position_then_by_id_in_pages(api, admin, add_policy):
    positions = [3, 1, 3, 0]
    ids = [add_policy(position=position).json["id"] for position in positions]

    first = api(admin).get(f"{URL}?limit=3").json
    second = api(admin).get(f"{URL}?cursor={first['next']}").json

    listed = [policy["id"] for policy in first["data"] + second["data"]]
    assert listed == [ids[3], ids[1], ids[0], ids[2]]
    assert second["next"] is None


def test_only_an_edit_that_changes_a_policy_makes_a_version(api, admin, add_policy):
    url = add_policy(first_response=60).headers["Location"]

    same = api(admin).patch(url, json={"first_response": 60, "name": "All"}).json
    changed = api(admin).patch(url, json={"first_response": None}).json

    assert same["version"] == 1
    assert changed == {**same, "first_response": None, "version": 2}


def test_versions_of_a_policy_outlive_its_deletion(
    app, api, admin, add_calendar, add_policy
):
    calendar = add_calendar()
    policy = add_policy(calendar_id=calendar.json["id"], resolution=60)
    api(admin).patch(calendar.headers["Location"], json={"time_zone": "UTC"})

    api(admin).delete(policy.headers["Location"])

    with app.app_context():
        versions = db.session.scalars(select(PolicyVersion)).all()
        contents = [version.content for version in versions]
    assert [version.version for version in versions] == [1, 2]
    assert '"Europe/Berlin"' in contents[0]
    assert '"UTC"' in contents[1]
    assert api(admin).get(policy.headers["Location"]).status_code == 404


def test_there_are_100_policies_at_most(api, admin, add_policy, save):
    fields = {"active": True, "position": 0, "pause_on_customer": True}
    for _ in range(MAX_POLICIES - 1):
        save(Policy(name="-", **fields))
    last = add_policy()

    beyond = add_policy()

    assert last.status_code == 201
    assert (beyond.status_code, beyond.json["code"]) == (409, "too_many")
    api(admin).delete(last.headers["Location"])
    assert add_policy().status_code == 201


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("name", "x" * 101),
        ("active", None),
        ("position", -1),
        ("position", 10**7),
        ("position", None),
        ("priority", []),
        ("priority", "high"),
        ("priority", ["highest"]),
        ("priority", ["high", "high"]),
        ("category_id", []),
        ("category_id", [10**17]),
        ("category_id", [0]),
        ("first_response", 0),
        ("next_response", 525_601),
        ("resolution", 1.5),
        ("resolution", "60"),
        ("calendar_id", 10**17),
        ("pause_on_customer", None),
        ("version", 2),
    ],
)
def test_an_invalid_field_of_a_policy_is_named(api, admin, add_policy, field, value):
    url = add_policy().headers["Location"]

    answers = add_policy(**{field: value}), api(admin).patch(url, json={field: value})

    for response in answers:
        assert response.status_code == 422
        assert [name.partition(".")[0] for name in response.json["errors"]] == [field]


def test_a_policy_with_one_category_twice_is_refused(add_policy, category):
    response = add_policy(category_id=[category.id] * 2)

    assert list(response.json["errors"]) == ["category_id"]


@pytest.mark.parametrize("active", [True, False])
def test_category_that_a_policy_names_is_in_use(
    api, admin, category, add_policy, active
):
    policy = add_policy(category_id=[category.id], active=active)
    url = f"/api/categories/{category.id}"

    refused = api(admin).delete(url)
    api(admin).patch(policy.headers["Location"], json={"category_id": None})
    allowed = api(admin).delete(url)

    assert (refused.status_code, refused.json["code"]) == (409, "category_in_use")
    assert "1 policy" in refused.json["message"]
    assert allowed.status_code == 204
