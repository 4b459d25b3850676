"""flask sla recompute, and the job that follows a change of policies"""

import pytest
from sqlalchemy import func, select, update

from ticketing.core.database import db
from ticketing.jobs.models import Job
from ticketing.service_levels.models import ServiceLevel
from ticketing.service_levels.recounting import recompute as recomputed
from ticketing.tickets.models import Ticket


@pytest.fixture
def run(app):
    """Run the command; return what it says."""

    def run():
        result = app.test_cli_runner().invoke(args=["sla", "recompute"])
        assert result.exit_code == 0, result.output
        return result.output

    return run


@pytest.fixture
def execute(app):
    """Execute statements behind the service's back."""

    def execute(*statements):
        with app.app_context():
            for statement in statements:
                db.session.execute(statement)
            db.session.commit()

    return execute


def test_stored_targets_equal_a_recount_from_the_log(
    clock, api, admin, add_policy, opened, run
):
    add_policy(first_response=60, resolution=240)
    urls = [opened() for _ in range(3)]
    api(admin).post(f"{urls[0]}/messages", json={"message": "Unplug it."})
    api(admin).patch(urls[1], json={"status": "closed"})

    output = run()

    assert "Counted 3 tickets: none differed." in output
    assert "100%" in output or "Counting tickets" in output


@pytest.mark.parametrize(
    "spoil",
    [
        update(ServiceLevel).values(shown="{}"),
        update(ServiceLevel).values(next_at=None),
        update(ServiceLevel).values(clocks="{}"),
        update(ServiceLevel).values(policy_version=2),
        update(Ticket).values(sla_paused=True),
        update(Ticket).values(due_at=func.now()),
        update(Ticket).values(sla_policy_id=None),
        ServiceLevel.__table__.delete(),
    ],
    ids=str,
)
def test_recompute_counts_and_corrects_tickets_whose_stored_targets_differ(
    app, clock, add_policy, opened, targets, run, execute, spoil
):
    add_policy(first_response=60)
    url, other = opened(), opened()
    before = targets(url)
    ticket_id = int(url.rpartition("/")[2])
    column = getattr(spoil.table.c, "ticket_id", spoil.table.c.get("id"))

    execute(spoil.where(column == ticket_id))
    first, second = run(), run()

    assert "1 differed and is mended" in first
    assert "none differed" in second
    assert targets(url) == before
    assert targets(other) == before


def test_closed_ticket_of_which_nothing_is_stored_names_no_policy_any_longer(
    api, admin, clock, add_policy, opened, run, execute
):
    add_policy(first_response=60)
    url = opened()
    api(admin).patch(url, json={"status": "closed"})

    execute(ServiceLevel.__table__.delete())

    assert "1 differed and is mended" in run()
    assert api(admin).get("/api/tickets?sla=met").json["data"] == []


def test_tickets_without_a_policy_are_not_touched(add_policy, opened, run, targets):
    add_policy(first_response=60, priority=["urgent"])
    url = opened()

    assert "Counted 1 tickets: none differed." in run()
    assert targets(url) is None


def test_ticket_that_was_deleted_meanwhile_is_left_out(app):
    with app.app_context():
        assert recomputed([10**9]) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda client, policy, calendar: client.patch(policy, json={"resolution": 7}),
        lambda client, policy, calendar: client.patch(policy, json={"active": False}),
        lambda client, policy, calendar: client.patch(policy, json={"position": 7}),
        lambda client, policy, calendar: client.delete(policy),
        lambda client, policy, calendar: client.patch(calendar, json={"holidays": []}),
        lambda client, policy, calendar: client.post(
            "/api/sla-policies", json={"name": "New"}
        ),
    ],
)
def test_each_change_of_policies_plans_jobs_that_recount_within_a_minute(
    app, clock, api, admin, add_calendar, add_policy, opened, work, recompute, change
):
    calendar = add_calendar().headers["Location"]
    number = int(calendar.rpartition("/")[2])
    policy = add_policy(resolution=60, calendar_id=number).headers["Location"]
    add_policy(name="Next", position=3, resolution=90)
    urls = [opened() for _ in range(3)]
    api(admin).patch(urls[0], json={"status": "resolved"})
    clock.go_on(minutes=2)
    work()

    change(api(admin), policy, calendar)

    with app.app_context():
        due = select(Job.due_at).where(Job.pool == "sla_recount")
        times = [at for at in db.session.scalars(due) if at]
    assert len(times) == 2
    clock.go_on(seconds=3)
    work()
    assert recompute() == []


def test_an_edit_of_a_policy_without_a_change_plans_no_recount(
    app, api, admin, add_policy
):
    policy = add_policy(resolution=60).headers["Location"]

    api(admin).patch(policy, json={"resolution": 60})

    with app.app_context():
        assert db.session.scalar(select(func.count(Job.id))) == 2


def test_a_changed_calendar_of_many_policies_plans_one_recount(
    app, api, admin, add_calendar, add_policy
):
    calendar = add_calendar()
    for _ in range(3):
        add_policy(calendar_id=calendar.json["id"])

    def planned():
        with app.app_context():
            return db.session.scalar(select(func.count(Job.id)))

    before = planned()
    api(admin).patch(calendar.headers["Location"], json={"holidays": []})

    assert planned() == before + 2


def test_a_changed_calendar_that_no_policy_uses_plans_no_recount(
    app, api, admin, add_calendar
):
    url = add_calendar().headers["Location"]
    api(admin).patch(url, json={"time_zone": "UTC"})
    api(admin).delete(url)

    with app.app_context():
        assert db.session.scalar(select(func.count(Job.id))) == 0
