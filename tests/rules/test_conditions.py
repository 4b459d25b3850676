"""The conditions of rules, and the reasons that are recorded."""

import pytest

from ticketing.rules.conditions import Facts, Occasion, examine
from ticketing.rules.models import Trigger
from ticketing.service_levels.clocks import Target
from ticketing.tickets.models import Priority, Side, Status, ticket_text

FACTS = {
    "occasion": Occasion(Trigger.MISSED, Target.RESOLUTION),
    "status": Status.OPEN,
    "priority": Priority.HIGH,
    "category_id": 3,
    "waiting_on": Side.SUPPORT,
    "assigned_to": None,
    "text": ticket_text("Rückzahlung für v1.2", "My money\nback, please. 手机坏了"),
    "idle_minutes": 30,
}
IDLE = {"occasion": Occasion(Trigger.IDLE)}


@pytest.mark.parametrize(
    ("condition", "wanted", "value", "is_met"),
    [
        ("status", ["open"], "open", True),
        ("status", ["closed", "open"], "open", True),
        ("status", ["closed"], "open", False),
        ("priority", ["high", "urgent"], "high", True),
        ("priority", ["low"], "high", False),
        ("category_id", [1, 3], 3, True),
        ("category_id", [1], 3, False),
        ("target", ["resolution"], "resolution", True),
        ("target", ["first_response"], "resolution", False),
        ("waiting_on", ["support"], "support", True),
        ("waiting_on", ["customer"], "support", False),
        ("assigned", False, False, True),
        ("assigned", True, False, False),
        ("words", ["ruckzahlung"], ["ruckzahlung"], True),
        ("words", ["RÜCKZAHLUNG", "invoice"], ["RÜCKZAHLUNG"], True),
        ("words", ["zahlung"], [], False),
        ("words", ["rück*"], ["rück*"], True),
        ("words", ["v1.2"], ["v1.2"], True),
        ("words", ["v1.3"], [], False),
        ("words", ['"money back"'], ['"money back"'], True),
        ("words", ['"back money"'], [], False),
        ("words", ["back money"], ["back money"], True),
        ("words", ["back refund"], [], False),
        ("words", ['"v1.2 my"'], ['"v1.2 my"'], True),
        ("words", ['"mon* ba*"'], ['"mon* ba*"'], True),
        ("words", ["手机"], ["手机"], True),
        ("words", ["机手"], [], False),
        ("idle_minutes", 30, 30, True),
        ("idle_minutes", 31, 30, False),
    ],
)
def test_each_condition_is_met_or_not_and_returns_the_value_of_the_ticket(
    condition, wanted, value, is_met
):
    found, why = examine({condition: wanted}, Facts(**FACTS))

    assert (found, why) == (is_met, [{"condition": condition, "value": value}])


def test_all_conditions_must_be_met_and_are_returned_in_a_fixed_order():
    conditions = {"words": ["v1.2"], "assigned": False, "status": ["open"]}

    both = examine(conditions, Facts(**FACTS))
    one = examine({**conditions, "assigned": True}, Facts(**FACTS))

    why = [
        {"condition": "status", "value": "open"},
        {"condition": "assigned", "value": False},
        {"condition": "words", "value": ["v1.2"]},
    ]
    assert both == (True, why)
    assert one == (False, why)


def test_without_conditions_every_ticket_fits():
    assert examine({}, Facts(**FACTS)) == (True, [])


def test_conditions_of_a_rule_for_idle_are_not_met_by_a_closed_ticket():
    closed = Facts(**{**FACTS, **IDLE, "status": Status.CLOSED})

    found, why = examine({"idle_minutes": 5}, closed)

    assert not found
    assert {"condition": "status", "value": "closed"} in why


def test_the_status_of_a_closed_ticket_is_not_given_twice():
    closed = Facts(**{**FACTS, **IDLE, "status": Status.CLOSED})

    found = examine({"status": ["closed"]}, closed)

    assert found == (False, [{"condition": "status", "value": "closed"}])


def test_a_condition_on_targets_is_not_met_without_a_target():
    facts = Facts(**{**FACTS, "occasion": Occasion(Trigger.MISSED)})

    found = examine({"target": ["resolution"]}, facts)

    assert found == (False, [{"condition": "target", "value": None}])


def test_a_rule_for_one_target_does_not_apply_to_misses_of_others(
    add_rule, open_ticket, alarm, work, applied
):
    add_rule("sla.missed", {"target": ["resolution"]}, {"priority": "raise"})
    ticket = open_ticket()

    alarm(ticket, target="first_response")
    alarm(ticket, target="resolution")
    work()

    [done] = applied(ticket)
    assert done["why"] == [{"condition": "target", "value": "resolution"}]


def test_words_are_searched_for_only_in_the_subject_and_the_description(
    add_rule, open_ticket, say, customer, work, applied
):
    add_rule("customer.replied", {"words": ["refund"]}, {"priority": "raise"})
    plain = open_ticket(subject="Hello")
    tickets = [plain, open_ticket(subject="Refund!"), open_ticket(description="réfund")]

    for ticket in tickets:
        say(customer, ticket, "a refund")
    work()

    assert [len(applied(ticket)) for ticket in tickets] == [0, 1, 1]
