"""GET, POST, PATCH, DELETE /api/rules"""

import pytest

from ticketing.core.database import db
from ticketing.rules.models import Rule, Trigger
from ticketing.rules.service import MAX_RULES

URL = "/api/rules"
RULE = {"name": "Rule", "on": "ticket.opened", "actions": {"status": "closed"}}
IDLE = {"on": "idle", "conditions": {"idle_minutes": 30}}


@pytest.fixture
def create(api, admin):
    """Create a rule; return the answer."""
    return lambda **fields: api(admin).post(URL, json={**RULE, **fields})


@pytest.fixture
def edit(api, admin):
    """Change a rule; return the answer."""
    return lambda rule, **changes: api(admin).patch(f"{URL}/{rule['id']}", json=changes)


def wrong(response):
    """Return which fields were refused."""
    assert (response.status_code, response.json["code"]) == (422, "invalid")
    return set(response.json["errors"])


def test_by_default_a_rule_is_active_and_first_and_has_no_conditions(api, admin):
    response = api(admin).post(URL, json=RULE)

    rule = response.json
    assert response.status_code == 201
    assert response.headers["Location"] == f"{URL}/{rule['id']}"
    times = {name: rule[name] for name in ("created_at", "updated_at")}
    assert rule == {
        **RULE,
        **times,
        "id": rule["id"],
        "active": True,
        "position": 0,
        "conditions": {},
        "stop": False,
    }
    assert api(admin).get(f"{URL}/{rule['id']}").json == rule


def test_every_field_of_a_rule_is_stored(create, api, admin, category, colleague):
    rule = {
        "name": "All of it",
        "active": False,
        "position": 7,
        "on": "sla.missed",
        "conditions": {
            "status": ["open", "in_progress"],
            "priority": ["high"],
            "category_id": [category.id],
            "target": ["first_response", "resolution"],
            "waiting_on": ["support"],
            "assigned": False,
            "words": ["refund", '"money back"', "手机"],
        },
        "actions": {
            "assign": {"among": [admin.id, colleague.id]},
            "priority": "raise",
            "status": "in_progress",
            "notify": [colleague.id],
        },
        "stop": True,
    }

    response = create(**rule)

    assert response.status_code == 201
    shown = api(admin).get(response.headers["Location"]).json
    assert {name: shown[name] for name in rule} == rule


def test_rules_are_listed_by_position_then_by_id(create, api, admin):
    ids = [create(position=position).json["id"] for position in (5, 0, 5, 2)]

    pages, url = [], f"{URL}?limit=3"
    while url:
        page = api(admin).get(url)
        pages.append([rule["id"] for rule in page.json["data"]])
        cursor = page.json["next"]
        url = cursor and f"{URL}?limit=3&cursor={cursor}"

    assert pages == [[ids[1], ids[3], ids[0]], [ids[2]]]


def test_a_field_of_a_rule_that_is_not_sent_stays(create, edit):
    rule = create(position=3, conditions={"assigned": True}).json

    changed = edit(rule, actions={"notify": "admins"}).json

    assert changed["actions"] == {"notify": "admins"}
    assert changed["updated_at"] > rule["updated_at"]
    kept = ("name", "active", "position", "on", "conditions", "stop", "created_at")
    assert {n: changed[n] for n in kept} == {n: rule[n] for n in kept}


def test_an_edit_of_a_rule_without_a_change_keeps_updated_at(create, edit):
    rule = create().json

    assert edit(rule, **RULE).json == rule


def test_a_deleted_rule_is_gone(create, api, admin):
    url = create().headers["Location"]

    assert api(admin).delete(url).status_code == 204
    assert api(admin).get(url).status_code == 404


def test_there_are_at_most_100_rules(app, create):
    with app.app_context():
        for _ in range(MAX_RULES - 1):
            on = Trigger.OPENED
            rule = {"conditions": {}, "actions": {}, "stop": False, "position": 0}
            db.session.add(Rule(name="-", active=False, on=on, **rule))
        db.session.commit()

    last, more = create(), create()

    assert last.status_code == 201
    assert (more.status_code, more.json["code"]) == (409, "too_many")
    assert "100" in more.json["message"]


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"position": -1}, "position"),
        ({"active": "yes"}, "active"),
        ({"on": "ticket.closed"}, "on"),
        ({"stop": 1}, "stop"),
        ({"colour": "red"}, "colour"),
        ({"conditions": None}, "conditions"),
        ({"conditions": {"colour": ["red"]}}, "conditions.colour"),
        ({"conditions": {"status": []}}, "conditions.status"),
        ({"conditions": {"status": "open"}}, "conditions.status"),
        ({"conditions": {"status": None}}, "conditions.status"),
        ({"conditions": {"status": ["done"]}}, "conditions.status.0"),
        ({"conditions": {"priority": []}}, "conditions.priority"),
        ({"conditions": {"priority": ["raise"]}}, "conditions.priority.0"),
        ({"conditions": {"category_id": []}}, "conditions.category_id"),
        ({"conditions": {"category_id": [10**9]}}, "conditions.category_id"),
        ({"conditions": {"category_id": ["1"]}}, "conditions.category_id.0"),
        ({"conditions": {"waiting_on": []}}, "conditions.waiting_on"),
        ({"conditions": {"waiting_on": ["me"]}}, "conditions.waiting_on.0"),
        ({"conditions": {"assigned": [True]}}, "conditions.assigned"),
        ({"conditions": {"assigned": None}}, "conditions.assigned"),
        ({"conditions": {"words": []}}, "conditions.words"),
        ({"conditions": {"words": "refund"}}, "conditions.words"),
        ({"conditions": {"words": ["refund", ""]}}, "conditions.words.1"),
        ({"conditions": {"words": ["?!", "手"]}}, "conditions.words.0"),
        ({"conditions": {"target": ["resolution"]}}, "conditions.target"),
        ({"conditions": {"idle_minutes": 30}}, "conditions.idle_minutes"),
        ({"on": "idle"}, "conditions.idle_minutes"),
        ({"on": "idle", "conditions": {"idle_minutes": 0}}, "conditions.idle_minutes"),
        (
            {"on": "sla.missed", "conditions": {"target": []}},
            "conditions.target",
        ),
        ({"actions": None}, "actions"),
        ({"actions": {}}, "actions"),
        ({"actions": {"close": True}}, "actions.close"),
        ({"actions": {"assign": {}}}, "actions.assign.to"),
        ({"actions": {"assign": {"to": 1, "among": "all"}}}, "actions.assign.to"),
        ({"actions": {"assign": {"to": None}}}, "actions.assign.to"),
        ({"actions": {"assign": {"to": 10**9}}}, "actions.assign.to"),
        ({"actions": {"assign": {"among": []}}}, "actions.assign.among"),
        ({"actions": {"assign": {"among": "admins"}}}, "actions.assign.among"),
        ({"actions": {"assign": {"among": [10**9]}}}, "actions.assign.among"),
        ({"actions": {"assign": {"team": 1}}}, "actions.assign.team"),
        ({"actions": {"priority": "lower"}}, "actions.priority"),
        ({"actions": {"status": "done"}}, "actions.status"),
        ({"actions": {"notify": []}}, "actions.notify"),
        ({"actions": {"notify": "all"}}, "actions.notify"),
        ({"actions": {"notify": [0]}}, "actions.notify.0"),
        ({"actions": {"notify": [10**9]}}, "actions.notify"),
    ],
)
def test_an_invalid_rule_is_refused_naming_the_field(create, edit, fields, refused):
    rule = create().json
    errors = wrong(create(**fields))

    assert refused in errors
    assert wrong(edit(rule, **fields)) == errors


@pytest.mark.parametrize("missing", ["name", "on", "actions"])
def test_a_rule_requires_a_name_a_trigger_and_actions(api, admin, missing):
    body = {name: value for name, value in RULE.items() if name != missing}

    assert wrong(api(admin).post(URL, json=body)) == {missing}


def test_a_rule_cannot_name_customers_or_inactive_admins(
    create, api, admin, customer, colleague
):
    api(admin).patch(f"/api/users/{colleague.id}", json={"active": False})

    for user in (customer, colleague):
        among = {"assign": {"among": [admin.id, user.id]}}
        assert wrong(create(actions=among)) == {"actions.assign.among"}
        to = {"assign": {"to": user.id}, "notify": [user.id]}
        assert wrong(create(actions=to)) == {"actions.assign.to", "actions.notify"}


def test_a_changed_field_of_a_rule_must_fit_the_others(create, edit):
    idle, other = create(**IDLE).json, create().json

    assert wrong(edit(idle, on="ticket.opened")) == {"conditions.idle_minutes"}
    assert wrong(edit(idle, conditions={})) == {"conditions.idle_minutes"}
    assert wrong(edit(other, on="idle")) == {"conditions.idle_minutes"}
    assert edit(other, **IDLE).status_code == 200


def test_equal_values_in_a_list_of_a_rule_are_stored_once(create):
    conditions = {"status": ["open", "open"], "words": ["a", "b", "a"]}

    kept = create(conditions=conditions).json["conditions"]

    assert kept == {"status": ["open"], "words": ["a", "b"]}


@pytest.mark.parametrize("active", [True, False])
def test_a_category_that_a_rule_names_cannot_be_deleted(
    create, edit, api, admin, category, active
):
    url = f"/api/categories/{category.id}"
    naming = {"conditions": {"category_id": [category.id]}, "active": active}
    rule = create(**naming).json
    create(**naming)

    refused = api(admin).delete(url)

    assert (refused.status_code, refused.json["code"]) == (409, "category_in_use")
    assert "2 rules" in refused.json["message"]
    for each in api(admin).get(URL).json["data"]:
        edit(each, conditions={})
    assert rule["conditions"] == naming["conditions"]
    assert api(admin).delete(url).status_code == 204


def test_customers_may_not_manage_rules_and_their_request_is_not_read(api, customer):
    response = api(customer).post(URL, json={"colour": "red"})

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
