"""Customers are told nothing of service levels: not by a byte, a number or a time"""

import pytest
import time_machine
from access.routes import OURS
from sqlalchemy import func, select

from ticketing.core.database import db, utcnow
from ticketing.jobs.models import Job
from ticketing.service_levels.alarms import emit_due
from ticketing.webhooks import deliveries
from ticketing.webhooks.models import Webhook

CANARY = "kanarienvogel"
# Those that name what they are refused.
ASKING = ("sla=", "due_at", "/sla", "/calendars")
TOLD = (CANARY.encode(), b"sla", b"due_at", b"first_response", b"policy_id")


@pytest.fixture
def url(api, admin, ids):
    """Count the ticket by the policy, around the clock; return the ticket's URL."""
    policy = f"/api/sla-policies/{ids['policy_id']}"
    body = {"name": CANARY, "calendar_id": None}
    assert api(admin).patch(policy, json=body).status_code == 200
    url = f"/api/tickets/{ids['ticket_id']}"
    api(admin).patch(url, json={"priority": "urgent"})
    assert api(admin).get(url).json["sla"]["policy"]["name"] == CANARY
    return url


@pytest.fixture
def missed(app, api, admin, ids, url):
    """Let the ticket miss its targets; return the ids."""
    _pass_a_day(app)
    staff = api(admin).get(f"{url}/events?stream=staff").json["data"]
    assert [entry["name"] for entry in staff if entry["name"] == "sla.missed"]
    return ids


def _pass_a_day(app):
    with time_machine.travel(utcnow().timestamp() + 86_400, tick=True):
        with app.app_context():
            emit_due()


@pytest.mark.parametrize("caller", ["owner", "stranger"])
def test_no_answer_to_a_customer_tells_of_it(missed, client, caller):
    calls = [route for route in OURS if not any(a in route.rule for a in ASKING)]
    calls.sort(key=lambda route: (route.method == "DELETE", route.method != "GET"))

    for route in calls:
        response = client(caller).open(**route.request(missed))
        told = response.get_data() + str(response.headers).encode()
        assert not [word for word in TOLD if word in told], str(route)
        assert response.status_code != 500


def test_a_search_does_not_find_it(missed, client):
    found = client("owner").get(f"/api/tickets?q={CANARY}").json

    assert found["data"] == []


def test_what_is_missed_changes_nothing_that_a_customer_sees(
    app, api, admin, customer, ids, url, live
):
    urls = (url, f"{url}/events", "/api/tickets", "/api/messages/unread-count")
    urls += ("/api/views",)
    before = [api(customer).get(each).json for each in urls]
    tag = api(customer).get(url).headers["ETag"]
    socket = live(customer)
    socket.emit("join", {"ticket_id": ids["ticket_id"]}, callback=True)
    socket.get_received()

    _pass_a_day(app)

    entries = api(admin).get(f"{url}/events?stream=staff").json["data"]
    assert {entry["name"] for entry in entries} == {"sla.warning", "sla.missed"}
    assert [api(customer).get(each).json for each in urls] == before
    assert api(customer).get(url).headers["ETag"] == tag
    assert socket.get_received() == []


@pytest.mark.parametrize("internal", [False, True])
def test_only_webhooks_with_internal_are_sent_it(app, url, save, internal):
    fields = {"active": True, "secret": "whsec_", "internal": internal}
    webhook = save(Webhook(url="-", events=["*"], **fields))

    with app.app_context():
        deliveries.ACTIVE.forget()

    _pass_a_day(app)

    with app.app_context():
        sent = select(func.count(Job.id)).where(Job.pool == webhook.pool)
        assert db.session.scalar(sent) == 4 * internal  # of two targets, both
