"""Entries without an actor: where a rule or a clock acted."""

import pytest

from ticketing.tickets.models import Priority, Status


@pytest.mark.parametrize("name", ["customer", "admin"])
def test_what_a_rule_does_is_replayed_without_an_actor(
    request, name, api, ticket, change_by_itself
):
    user = request.getfixturevalue(name)

    change_by_itself(priority=Priority.HIGH)

    url = f"/api/tickets/{ticket.id}/events"
    [entry] = api(user).get(url).json["data"]
    assert (entry["name"], entry["actor_id"]) == ("ticket.updated", None)
    assert entry["payload"]["changes"] == {"priority": ["medium", "high"]}


def test_what_a_rule_does_is_emitted_without_an_actor(
    live, listen, heard, customer, admin, change_by_itself
):
    sockets = [listen(customer), listen(admin), live(admin)]

    change_by_itself(status=Status.IN_PROGRESS)

    for socket in sockets:
        [entry] = heard(socket)
        assert (entry["name"], entry["actor_id"]) == ("ticket.updated", None)


def test_what_a_rule_does_is_no_reply_of_another_user(
    api, ticket, customer, change_by_itself
):
    change_by_itself(priority=Priority.HIGH)

    url = f"/api/tickets/{ticket.id}/messages"
    sent = api(customer).post(url, json={"message": "Hello?", "if_last_seq": 0})
    assert sent.status_code == 201


def test_a_rule_that_changes_nothing_leaves_no_entry(
    api, ticket, admin, change_by_itself
):
    change_by_itself(priority=Priority.MEDIUM)

    assert api(admin).get(f"/api/tickets/{ticket.id}/events").json["data"] == []


def test_reports_count_what_a_rule_has_resolved(api, ticket, admin, change_by_itself):
    change_by_itself(status=Status.RESOLVED)

    totals = api(admin).get("/api/reports/tickets").json["totals"]
    assert totals["resolved"] == 1
