"""The targets of a ticket after each thing that happens to it"""

import pytest

ALL = {"first_response": 60, "next_response": 30, "resolution": 240}


def state(target):
    return target and (target["state"], target["due_at"], target["done_at"])


def at(text):
    """Return an instant of that Monday, by the clocks of UTC."""
    return f"2026-03-02T{text}:00.000000+00:00"


def test_ticket_without_a_policy_has_no_targets(opened, targets, api, admin):
    url = opened()

    assert targets(url) is None
    assert api(admin).get("/api/tickets").json["data"][0]["sla"] is None


def test_targets_begin_with_the_opening(clock, add_policy, opened, targets, api, admin):
    policy = add_policy(**ALL).json

    found = targets(opened())

    assert found == {
        "policy": {"id": policy["id"], "name": "All", "version": 1},
        "first_response": {"state": "running", "due_at": at("09:00"), "done_at": None},
        "next_response": None,
        "resolution": {"state": "running", "due_at": at("12:00"), "done_at": None},
        "due_at": at("09:00"),
    }
    assert api(admin).get("/api/tickets").json["data"][0]["sla"] == found


def test_target_without_a_goal_is_null(clock, add_policy, opened, targets):
    add_policy(resolution=60)

    found = targets(opened())

    assert found["first_response"] is None
    assert found["due_at"] == at("09:00")


@pytest.mark.parametrize("kind", ["messages", "comments"])
def test_first_answer_meets_a_target_and_pauses_another(
    clock, api, admin, add_policy, opened, targets, recompute, kind
):
    add_policy(**ALL)
    url = opened()
    clock.go_on(minutes=10)

    api(admin).post(f"{url}/{kind}", json={_text(kind): "Unplug it."})

    found = targets(url)
    assert state(found["first_response"])[::2] == ("met", at("08:10"))
    assert found["next_response"] is None
    assert state(found["resolution"]) == ("paused", None, None)
    assert found["due_at"] is None
    assert recompute() == []


def _text(kind):
    return {"messages": "message", "comments": "content"}[kind]


def test_an_internal_comment_meets_no_target(
    clock, api, admin, add_policy, opened, targets
):
    add_policy(**ALL)
    url = opened()
    before = targets(url)

    api(admin).post(f"{url}/comments", json={"content": "Arson?", "internal": True})

    assert targets(url) == before


def test_a_customers_reply_after_the_answer_begins_the_next_response(
    clock, api, customer, admin, add_policy, opened, targets, recompute
):
    add_policy(**ALL)
    url = opened()
    clock.go_on(minutes=10)
    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})
    clock.go_on(minutes=50)

    api(customer).post(f"{url}/messages", json={"message": "It is out."})
    clock.go_on(minutes=5)
    api(customer).post(f"{url}/messages", json={"message": "What now?"})

    found = targets(url)
    assert state(found["next_response"]) == ("running", at("09:30"), None)
    assert state(found["resolution"]) == ("running", at("12:50"), None)
    assert found["due_at"] == at("09:30")
    clock.go_on(minutes=5)
    api(admin).post(f"{url}/comments", json={"content": "Wait."})
    assert state(targets(url)["next_response"])[::2] == ("met", at("09:10"))
    assert recompute() == []


def test_without_a_pause_the_resolution_counts_on(
    clock, api, admin, add_policy, opened, targets
):
    add_policy(resolution=240, pause_on_customer=False)
    url = opened()

    api(admin).post(f"{url}/messages", json={"message": "Unplug it."})

    assert state(targets(url)["resolution"]) == ("running", at("12:00"), None)


@pytest.mark.parametrize("status", ["resolved", "closed"])
def test_resolution_is_the_end_of_all_targets(
    clock, api, admin, add_policy, opened, targets, recompute, status
):
    add_policy(**ALL)
    url = opened()
    clock.go_on(minutes=10)

    api(admin).patch(url, json={"status": status})

    found = targets(url)
    for target in ("first_response", "resolution"):
        assert state(found[target])[::2] == ("met", at("08:10"))
    assert found["due_at"] is None
    assert recompute() == []


def test_reopened_resolution_counts_on_and_no_response_begins(
    clock, api, admin, add_policy, opened, targets, recompute
):
    add_policy(**ALL)
    url = opened()
    clock.go_on(minutes=10)
    api(admin).patch(url, json={"status": "resolved"})
    clock.go_on(hours=2)

    api(admin).patch(url, json={"status": "open"})

    found = targets(url)
    assert found["next_response"] is None
    assert state(found["resolution"]) == ("running", at("14:00"), None)
    assert recompute() == []


def test_a_customers_reply_that_reopens_the_ticket_begins_the_next_response(
    clock, api, customer, admin, add_policy, opened, targets, recompute
):
    add_policy(**ALL)
    url = opened()
    api(admin).post(f"{url}/messages", json={"message": "Try now."})
    api(admin).patch(url, json={"status": "resolved"})
    clock.go_on(hours=2)

    api(customer).post(f"{url}/messages", json={"message": "No."})

    found = targets(url)
    assert found["next_response"]["state"] == "running"
    assert found["resolution"]["state"] == "running"
    assert recompute() == []


def test_deleted_answer_counts_and_the_ticket_waits_on_support_again(
    clock, api, admin, add_policy, opened, targets, recompute
):
    add_policy(**ALL)
    url = opened()
    clock.go_on(minutes=10)
    comment = api(admin).post(f"{url}/comments", json={"content": "Unplug it."})
    clock.go_on(minutes=10)

    api(admin).delete(f"/api/comments/{comment.json['id']}")

    found = targets(url)
    assert state(found["first_response"])[::2] == ("met", at("08:10"))
    assert state(found["resolution"]) == ("running", at("12:10"), None)
    assert recompute() == []


def test_deleting_one_of_two_answers_moves_nothing(
    clock, api, admin, add_policy, opened, targets, recompute
):
    add_policy(**ALL)
    url = opened()
    comment = api(admin).post(f"{url}/comments", json={"content": "Unplug it."})
    api(admin).post(f"{url}/messages", json={"message": "Did you?"})

    api(admin).delete(f"/api/comments/{comment.json['id']}")

    assert targets(url)["resolution"]["state"] == "paused"
    assert recompute() == []


def test_a_target_is_missed_at_the_instant_of_its_goal_and_stays_missed(
    clock, api, admin, add_policy, opened, targets, recompute
):
    add_policy(**ALL)
    url = opened()
    clock.go_on(hours=1)

    late = targets(url)
    clock.go_on(minutes=1)
    api(admin).post(f"{url}/messages", json={"message": "Sorry."})

    assert state(late["first_response"]) == ("missed", at("09:00"), None)
    assert late["due_at"] == at("09:00")
    done = targets(url)
    assert state(done["first_response"]) == ("missed", at("09:00"), at("09:01"))
    assert done["due_at"] is None
    assert recompute() == []


def test_only_the_time_inside_the_calendar_counts(
    clock, add_calendar, add_policy, opened, targets
):
    hours = {"mon": [["09:00", "09:30"]], "tue": [["12:00", "24:00"]]}
    calendar = add_calendar(hours=hours, time_zone="Europe/Berlin").json
    add_policy(first_response=60, calendar_id=calendar["id"])

    found = targets(opened())

    assert found["due_at"] == "2026-03-03T11:30:00.000000+00:00"


def test_due_at_later_than_five_years_is_null(
    clock, add_calendar, add_policy, opened, targets
):
    calendar = add_calendar(hours={"mon": [["09:00", "09:01"]]}).json
    add_policy(resolution=525_600, calendar_id=calendar["id"])

    found = targets(opened())

    assert state(found["resolution"]) == ("running", None, None)
    assert found["due_at"] is None


@pytest.mark.parametrize(
    ("fits", "fields"),
    [
        (True, {}),
        (True, {"priority": ["low", "high"]}),
        (False, {"priority": ["low"]}),
        (False, {"active": False}),
    ],
)
def test_a_policy_applies_to_the_tickets_that_it_fits(
    add_policy, opened, targets, fits, fields
):
    add_policy(first_response=60, **fields)

    assert bool(targets(opened())) == fits


def test_the_first_policy_by_position_that_fits_a_ticket_applies(
    api, admin, category, add_policy, opened, targets
):
    other = api(admin).post("/api/categories", json={"name": "Other"}).json["id"]
    add_policy(name="other", position=0, category_id=[other])
    add_policy(name="third", position=2)
    add_policy(name="first", position=1, category_id=[other, category.id])
    add_policy(name="second", position=1)

    assert targets(opened())["policy"]["name"] == "first"
    assert targets(opened(category_id=other))["policy"]["name"] == "other"


def test_change_of_priority_counts_by_another_policy_from_the_opening(
    clock, api, admin, add_policy, opened, targets, alarms, recompute
):
    add_policy(name="slow", first_response=120)
    add_policy(name="quick", position=0, priority=["urgent"], first_response=30)
    url = opened()
    _move_behind(api, admin, "slow")
    clock.go_on(hours=1)

    api(admin).patch(url, json={"priority": "urgent"})

    found = targets(url)
    assert found["policy"]["name"] == "quick"
    assert state(found["first_response"]) == ("missed", at("08:30"), None)
    assert alarms(url) == []  # the change has put it into the past
    assert recompute() == []


def _move_behind(api, admin, name):
    for policy in api(admin).get("/api/sla-policies").json["data"]:
        if policy["name"] == name:
            url = f"/api/sla-policies/{policy['id']}"
            assert api(admin).patch(url, json={"position": 9}).status_code == 200


def test_ticket_that_no_policy_fits_any_longer_has_no_targets(
    clock, api, admin, add_policy, opened, targets, recompute
):
    add_policy(priority=["high"], first_response=60)
    url = opened()

    api(admin).patch(url, json={"priority": "low"})

    assert targets(url) is None
    assert api(admin).get("/api/tickets?sla=running").json["data"] == []
    assert recompute() == []


def test_resolved_ticket_keeps_its_policy_whatever_changes(
    clock, api, admin, add_policy, opened, targets, recompute, recount
):
    policy = add_policy(priority=["high"], first_response=60)
    url = opened()
    api(admin).patch(url, json={"status": "resolved"})
    before = targets(url)

    api(admin).patch(url, json={"priority": "low"})
    api(admin).patch(policy.headers["Location"], json={"first_response": 1})
    recount()

    assert targets(url) == before
    assert recompute() == []
    api(admin).delete(policy.headers["Location"])
    recount()
    assert targets(url) == before
    api(admin).patch(url, json={"status": "open"})
    assert targets(url) is None
    assert recompute() == []


def test_targets_are_in_no_payload_of_the_log(clock, api, admin, add_policy, opened):
    add_policy(**ALL)
    url = opened()
    api(admin).patch(url, json={"priority": "urgent"})

    entries = api(admin).get(f"{url}/events").json["data"]

    assert [entry["name"] for entry in entries] == ["ticket.created", "ticket.updated"]
    assert not any("sla" in entry["payload"] for entry in entries)


def test_entity_tag_does_not_change_with_targets(
    clock, api, admin, add_policy, opened, recount
):
    url = opened()
    before = api(admin).get(url)
    add_policy(**ALL)

    recount()

    after = api(admin).get(url)
    assert after.headers["ETag"] == before.headers["ETag"]
    assert after.json["updated_at"] == before.json["updated_at"]
    assert after.json["sla"]
