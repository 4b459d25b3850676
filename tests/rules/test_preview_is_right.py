"""Previews of random rules equal what the rules then do."""

import random

import pytest

from ticketing.accounts.models import Role

pytestmark = pytest.mark.slow

STATUSES = ["open", "in_progress", "resolved", "closed"]
PRIORITIES = ["low", "medium", "high", "urgent"]
FIELDS = ["status", "priority", "assigned_to"]
WORDS = ["printer", "fire", '"on fire"', "scanner", "print*"]


@pytest.fixture
def team(admin, make_user):
    """Several admins; one is not available."""
    away = make_user("Zoe", Role.ADMIN, available=False)
    return [admin, away, *(make_user(name, Role.ADMIN) for name in ("Ann", "Ben"))]


def some(chance, values):
    return chance.sample(values, chance.randint(1, 2))


def random_rule(chance, ids):
    """Return the conditions and actions of a rule that often applies."""
    conditions = {
        "status": some(chance, STATUSES),
        "priority": some(chance, PRIORITIES),
        "waiting_on": some(chance, ["support", "customer"]),
        "assigned": chance.random() < 0.5,
        "words": some(chance, WORDS),
    }
    assigns = [{"among": "all"}, {"among": some(chance, ids)}, {"to": ids[0]}]
    actions = {
        "assign": chance.choice(assigns),
        "priority": chance.choice([*PRIORITIES, "raise"]),
        "status": chance.choice(STATUSES),
        "notify": chance.choice(["assignee", "admins", some(chance, ids)]),
    }
    return {
        "conditions": dict(some(chance, [*conditions.items()])[: chance.randint(0, 1)]),
        "actions": dict(some(chance, [*actions.items()])),
        "position": chance.randint(0, 3),
        "stop": chance.random() < 0.1,
    }


@pytest.mark.parametrize("seed", range(15))
def test_the_preview_of_random_rules_equals_what_they_do(
    api, admin, team, add_rule, open_ticket, edit, work, applied, show, seed
):
    chance, ids = random.Random(seed), [user.id for user in team]
    tickets = [open_ticket(priority=chance.choice(PRIORITIES)) for _ in range(4)]
    for ticket in tickets:
        assigned_to = chance.choice([None, *ids])
        edit(admin, ticket, status=chance.choice(STATUSES), assigned_to=assigned_to)
    edit(admin, tickets[0], status="closed", assigned_to=ids[-1])
    api(admin).patch(f"/api/users/{ids[-1]}", json={"active": False})
    for _ in range(8):
        add_rule("ticket.updated", **random_rule(chance, ids[:-1]))

    for ticket in tickets:
        body = {"ticket_id": ticket["id"], "on": "ticket.updated"}
        edit(admin, ticket, subject="Printer still on fire")
        found = api(admin).post("/api/rules/preview", json=body).json["data"]
        before = show(ticket)
        work()

        does = [each for each in found if each["applies"] and each["would"]]
        foretold = [(each["rule_id"], each["would"], each["why"]) for each in does]
        done = [(each["rule_id"], each["did"], each["why"]) for each in applied(ticket)]
        now = {field: before[field] for field in FIELDS}
        for would in (each["would"] for each in does):
            now |= {field: would[field][1] for field in FIELDS if field in would}
        assert foretold == done
        assert {field: show(ticket)[field] for field in FIELDS} == now
