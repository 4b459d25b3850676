"""The choice of an assignee among several admins."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ticketing.accounts.models import Role
from ticketing.rules.staff import Staff
from ticketing.tickets.models import Status

ALL = {"assign": {"among": "all"}}


@pytest.fixture
def team(make_user):
    """Three admins; the first one is not available."""
    away = make_user("Zoe", Role.ADMIN, available=False)
    return [away, make_user("Ann", Role.ADMIN), make_user("Ben", Role.ADMIN)]


@pytest.fixture
def away(api, admin):
    """Make the admin who manages rules unavailable."""
    api(admin).patch("/api/me", json={"available": False})


@pytest.fixture
def assigned(open_ticket, work, show):
    """Open a ticket, let rules assign it, and return to whom."""

    def assigned(**fields):
        ticket = open_ticket(**fields)
        work()
        return show(ticket)["assigned_to"]

    return assigned


def test_the_admin_with_the_fewest_open_and_in_progress_tickets_is_assigned(
    away, team, add_rule, make_ticket, customer, assigned
):
    _, ann, ben = team
    for status in (Status.OPEN, Status.IN_PROGRESS):
        make_ticket(customer, assigned_to=ann.id, status=status)
    for status in (Status.OPEN, Status.RESOLVED, Status.CLOSED):
        make_ticket(customer, assigned_to=ben.id, status=status)
    add_rule(actions=ALL)

    assert [assigned() for _ in range(2)] == [ben.id, ann.id]


def test_of_equally_busy_admins_the_one_assigned_longest_ago_is_assigned(
    away, team, add_rule, open_ticket, edit, api, admin, assigned, work
):
    _, ann, ben = team
    for user in (ben, ann):
        ticket = open_ticket()
        edit(admin, ticket, assigned_to=user.id)
        edit(admin, ticket, status="closed")
    add_rule(actions=ALL)

    assert [assigned() for _ in range(4)] == [ben.id, ann.id, ben.id, ann.id]


def test_of_equally_busy_admins_one_never_assigned_a_ticket_comes_first(
    away, team, add_rule, open_ticket, edit, admin, assigned
):
    _, ann, ben = team
    ticket = open_ticket()
    edit(admin, ticket, assigned_to=ann.id)
    edit(admin, ticket, status="resolved")
    add_rule(actions=ALL)

    assert assigned() == ben.id


def test_only_the_admins_that_a_rule_names_are_assigned(
    team, add_rule, admin, make_ticket, customer, assigned
):
    zoe, ann, ben = team
    make_ticket(customer, assigned_to=ben.id)
    add_rule(actions={"assign": {"among": [zoe.id, ben.id]}})

    assert assigned() == ben.id


def test_an_admin_who_is_available_again_is_assigned_again(
    away, team, add_rule, api, assigned
):
    zoe, ann, ben = team
    add_rule(actions=ALL)
    before = [assigned() for _ in range(2)]

    api(zoe).patch("/api/me", json={"available": True})

    assert before == [ann.id, ben.id]
    assert assigned() == zoe.id


def test_customers_are_never_assigned(
    away, add_rule, open_ticket, work, applied, admin
):
    add_rule(actions=ALL)

    ticket = open_ticket()
    work()

    [done] = applied(ticket)
    assert done["did"] == {"failed": {"assign": "nobody_available"}}


def test_a_second_rule_of_a_round_counts_what_the_first_one_assigned(
    away, team, add_rule, assigned, applied, open_ticket, work
):
    _, ann, ben = team
    add_rule(actions=ALL, position=1)
    add_rule(actions=ALL, position=2)
    add_rule(actions=ALL, position=3)

    ticket = open_ticket()
    work()

    assert [each["did"]["assigned_to"] for each in applied(ticket)] == [
        *([None, ann.id], [ann.id, ben.id], [ben.id, ann.id]),
    ]


def test_tickets_are_assigned_in_rotation(away, team, add_rule, assigned):
    _, ann, ben = team
    add_rule(actions=ALL)

    assert [assigned() for _ in range(4)] == [ann.id, ben.id] * 2


def test_a_ticket_counts_for_its_present_assignee(
    away, team, add_rule, open_ticket, edit, admin, work, show
):
    _, ann, ben = team
    ticket, other = open_ticket(), open_ticket()
    edit(admin, ticket, assigned_to=ann.id)
    edit(admin, other, assigned_to=ben.id)
    edit(admin, other, status="closed")
    add_rule("ticket.updated", actions=ALL)

    edit(admin, ticket, subject="-")
    work()

    assert show(ticket)["assigned_to"] == ben.id


def test_a_second_rule_of_a_round_knows_the_assignee_of_the_first(
    away, team, add_rule, open_ticket, work, applied
):
    _, ann, ben = team
    add_rule(actions={**ALL, "status": "resolved"}, position=1)
    add_rule(actions=ALL, position=2)

    ticket = open_ticket()
    work()

    assert [each["did"]["assigned_to"] for each in applied(ticket)] == [
        *([None, ann.id], [ann.id, ben.id]),
    ]


def test_a_round_that_waits_for_a_lock_does_not_block_others():
    both = Barrier(2, timeout=5)

    def load():
        both.wait()
        return []

    with ThreadPoolExecutor(2) as pool:
        chosen = list(pool.map(lambda _: Staff(load).choose(None, None), range(2)))

    assert chosen == [None, None]
