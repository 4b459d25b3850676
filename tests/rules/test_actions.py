"""The actions of rules, their entries in the log, and who sees these."""

import pytest

from ticketing.webhooks.models import Webhook

NOBODY = "nobody_available"


@pytest.fixture
def deactivate(api, admin):
    """Deactivate a colleague, or make them a customer."""

    def deactivate(user, **changes):
        body = changes or {"active": False}
        assert api(admin).patch(f"/api/users/{user.id}", json=body).status_code == 200

    return deactivate


def test_an_applied_rule_is_a_staff_entry_followed_by_a_public_change(
    add_rule, open_ticket, work, entries, category, colleague
):
    conditions = {"category_id": [category.id], "priority": ["low"], "assigned": False}
    conditions["words"] = ["printer", "scanner"]
    actions = {"assign": {"to": colleague.id}, "priority": "raise"}
    actions |= {"status": "in_progress", "notify": "assignee"}
    rule = add_rule(conditions=conditions, actions=actions, name="Printers")
    ticket = open_ticket(priority="low")

    work()

    [applied] = entries(ticket, "staff")
    assert (applied["name"], applied["actor_id"]) == ("rule.applied", None)
    assert applied["payload"] == {
        "rule_id": rule["id"],
        "name": "Printers",
        "on": "ticket.opened",
        "did": {
            "assigned_to": [None, colleague.id],
            "priority": ["low", "medium"],
            "status": ["open", "in_progress"],
            "notified": [colleague.id],
        },
        "why": [
            {"condition": "priority", "value": "low"},
            {"condition": "category_id", "value": category.id},
            {"condition": "assigned", "value": False},
            {"condition": "words", "value": ["printer"]},
        ],
    }
    _, updated = entries(ticket)
    assert (updated["name"], updated["actor_id"]) == ("ticket.updated", None)
    assert updated["payload"]["changes"] == {
        "assigned_to": [None, colleague.id],
        "priority": ["low", "medium"],
        "status": ["open", "in_progress"],
    }
    assert updated["payload"]["assignee"]["name"] == colleague.name
    assert updated["created_at"] >= applied["created_at"]


def test_staff_sockets_receive_both_entries_of_a_rule_and_the_customer_only_the_change(
    add_rule, ticket, listen, heard, edit, admin, customer, work
):
    add_rule("ticket.updated", actions={"priority": "urgent"})
    sockets = [listen(customer), listen(admin)]
    edit(customer, {"id": ticket.id}, subject="-")
    for socket in sockets:
        heard(socket)

    work()

    by_customer, by_admin = map(heard, sockets)
    assert [e["name"] for e in by_customer] == ["ticket.updated"]
    assert [e["name"] for e in by_admin] == ["rule.applied", "ticket.updated"]
    assert by_admin[0]["internal"] and by_admin[0]["payload"]["why"] == []
    [updated] = by_customer
    assert set(updated["payload"]["changes"]) == {"priority"}
    assert "rule" not in str(updated).lower()


def test_a_rule_that_only_notifies_is_invisible_to_the_customer(
    add_rule, open_ticket, listen, api, customer, work, applied
):
    add_rule(actions={"notify": "admins"})
    ticket = open_ticket()
    url = f"/api/tickets/{ticket['id']}"
    before = api(customer).get(url)

    work()

    after = api(customer).get(url)
    assert len(applied(ticket)) == 1
    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])
    assert len(api(customer).get(f"{url}/events").json["data"]) == 1


def test_a_rule_that_changes_nothing_is_not_recorded(
    add_rule, open_ticket, work, entries
):
    add_rule(actions={"priority": "low", "status": "open"})

    ticket = open_ticket(priority="low")
    work()

    assert entries(ticket, "staff") == []
    assert len(entries(ticket)) == 1


@pytest.mark.parametrize(
    ("before", "wanted", "after"),
    [
        *(("low", "raise", "medium"), ("medium", "raise", "high")),
        *(("high", "raise", "urgent"), ("urgent", "raise", "urgent")),
        ("urgent", "low", "low"),
    ],
)
def test_a_priority_is_set_or_raised(
    add_rule, open_ticket, work, show, before, wanted, after
):
    add_rule(actions={"priority": wanted})

    ticket = open_ticket(priority=before)
    work()

    assert show(ticket)["priority"] == after


def test_a_status_is_set_whatever_it_was(
    add_rule, open_ticket, edit, admin, work, show
):
    add_rule("ticket.updated", {"status": ["closed"]}, {"status": "open"})
    ticket = open_ticket()

    edit(admin, ticket, status="closed")
    work()

    assert show(ticket)["status"] == "open"


def test_an_assignee_is_replaced_unless_a_condition_prevents_it(
    add_rule, open_ticket, edit, admin, colleague, work, show, applied
):
    to = {"assign": {"to": colleague.id}}
    guarded = {"assigned": False, "priority": ["low"]}
    add_rule("ticket.updated", guarded, to)
    add_rule("ticket.updated", {"priority": ["high"]}, to)
    kept, replaced = open_ticket(priority="low"), open_ticket(priority="high")

    for ticket in (kept, replaced):
        edit(admin, ticket, assigned_to=admin.id)
    work()

    assert show(kept)["assigned_to"] == admin.id
    assert show(replaced)["assigned_to"] == colleague.id
    assert applied(replaced)[0]["did"] == {"assigned_to": [admin.id, colleague.id]}


@pytest.mark.parametrize("who", ["inactive", "customer", "away"])
@pytest.mark.parametrize("form", ["to", "among"])
def test_an_action_fails_if_nobody_is_available_and_the_others_are_taken(
    add_rule, open_ticket, api, colleague, deactivate, work, applied, show, who, form
):
    named = colleague.id if form == "to" else [colleague.id]
    add_rule(actions={"assign": {form: named}, "priority": "urgent"})
    if who == "away":
        api(colleague).patch("/api/me", json={"available": False})
    else:
        deactivate(colleague, **({"role": who} if who == "customer" else {}))

    ticket = open_ticket(priority="low")
    work()

    [done] = applied(ticket)
    assert done["did"] == {
        "priority": ["low", "urgent"],
        "failed": {"assign": NOBODY},
    }
    assert show(ticket)["assigned_to"] is None


def test_a_failed_assignment_keeps_the_assignee(
    add_rule, open_ticket, edit, admin, colleague, deactivate, work, applied, entries
):
    add_rule("ticket.updated", actions={"assign": {"to": colleague.id}})
    deactivate(colleague)
    ticket = open_ticket()

    edit(admin, ticket, assigned_to=admin.id)
    work()

    assert applied(ticket)[0]["did"] == {"failed": {"assign": NOBODY}}
    assert len(entries(ticket)) == 2


@pytest.mark.parametrize(
    ("notify", "assigned", "names"),
    [
        *(("admins", True, "Ada Bob"), ("admins", False, "Ada Bob")),
        *(("assignee", True, "Bob"), ("assignee", False, "Ada Bob")),
        *(("some", True, "Ada"), ("some", False, "Ada")),
    ],
)
def test_the_assignee_the_admins_or_some_of_them_are_notified(
    add_rule, ticket, edit, admin, colleague, work, applied, notify, assigned, names
):
    ticket, people = {"id": ticket.id}, {"Ada": admin.id, "Bob": colleague.id}
    to = [admin.id] if notify == "some" else notify
    add_rule("ticket.updated", actions={"notify": to})

    edit(admin, ticket, assigned_to=colleague.id if assigned else None, priority="high")
    work()

    assert applied(ticket)[0]["did"]["notified"] == [people[n] for n in names.split()]


def test_a_rule_notifies_the_assignee_that_it_has_just_assigned(
    add_rule, open_ticket, colleague, work, applied
):
    add_rule(actions={"assign": {"to": colleague.id}, "notify": "assignee"})

    ticket = open_ticket()
    work()

    assert applied(ticket)[0]["did"]["notified"] == [colleague.id]


def test_only_active_admins_are_notified(
    add_rule, open_ticket, admin, colleague, deactivate, work, applied
):
    add_rule(actions={"notify": [admin.id, colleague.id]}, position=1)
    add_rule(actions={"notify": [colleague.id]}, position=2)
    deactivate(colleague)

    ticket = open_ticket()
    work()

    assert [each["did"] for each in applied(ticket)] == [
        {"notified": [admin.id]},
        {"failed": {"notify": NOBODY}},
    ]


def test_deactivating_an_admin_unassigns_the_tickets_that_rules_assigned(
    add_rule, open_ticket, colleague, deactivate, work, show
):
    add_rule(actions={"assign": {"to": colleague.id}})
    ticket = open_ticket()
    work()
    assigned = show(ticket)["assigned_to"]

    deactivate(colleague)

    assert (assigned, show(ticket)["assigned_to"]) == (colleague.id, None)


@pytest.mark.parametrize("internal", [True, False])
def test_only_webhooks_for_internal_events_are_sent_rule_applied(
    add_rule, api, admin, edit, ticket, customer, save, work, internal
):
    hook = Webhook(url="http://127.0.0.1:1/", events=["*"], secret="whsec_Zm9v")
    hook.internal, hook.active = internal, True
    save(hook)
    add_rule("ticket.updated", actions={"priority": "urgent"})

    edit(customer, {"id": ticket.id}, subject="-")
    work()

    url = f"/api/webhooks/{hook.id}/deliveries"
    names = [each["type"] for each in api(admin).get(url).json["data"]]
    of_rule = ["ticket.updated", *["rule.applied"] * internal]
    assert names == [*of_rule, "ticket.updated"]
