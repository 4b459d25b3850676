"""Compare reports and the facts they count with the log, after random histories.

Days are those of a reader between two of whose days the history runs.
"""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from ticketing.core.database import db
from ticketing.tickets.models import Ticket

pytestmark = pytest.mark.slow

DONE = {"resolved", "closed"}
REPLIES = ("message.sent", "comment.added")
# Midnight does not exist on the first one; on the second and third, clocks change.
ZONES = [
    ("America/Santiago", date(2026, 9, 6)),
    ("America/Santiago", date(2026, 4, 5)),
    ("Pacific/Auckland", date(2026, 9, 28)),
    ("Asia/Kathmandu", date(2026, 1, 1)),
    ("America/Nuuk", date(2026, 10, 25)),
]
RULES = settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

# Seconds: most steps stay near midnight, five minutes before which it begins.
passing = st.sampled_from([1, 1, 60, 60, 300, 600, 1200, 7 * 3600, 20 * 3600])
which = st.integers(0, 9)
statuses = st.sampled_from(["open", "in_progress", "resolved", "resolved", "closed"])
steps = st.one_of(
    st.tuples(st.just("open"), st.sampled_from(["low", "high"])),
    st.tuples(st.just("reply"), st.sampled_from(["customer", "admin"])),
    st.tuples(st.just("comment"), st.sampled_from(["customer", "admin", "note"])),
    st.tuples(st.just("status"), statuses),
    st.tuples(st.just("status"), statuses),
    st.tuples(st.just("rate"), st.integers(1, 5)),
    st.tuples(st.just("priority"), st.sampled_from(["low", "high"])),
    st.tuples(st.just("assign"), st.booleans()),
    st.tuples(st.just("delete"), st.sampled_from(["comment", "ticket"])),
)
histories = st.lists(st.tuples(passing, which, steps), min_size=12, max_size=30)


class Desk:
    """Play a history over HTTP, and read the log of every ticket."""

    def __init__(self, api, customer, admin, category):
        self.api, self.customer, self.admin = api, customer, admin
        self.category, self.comments = category, {}
        self.urls = []

    def call(self, user, method, url, **body):
        client = self.api(user)  # a token of now
        response = client.open(f"/api{url}", method=method, json=body or None)
        assert response.status_code < 400 or response.status_code == 409
        return response.json if response.data else None

    def play(self, number, kind, value):
        if kind == "open" or not self.urls:
            body = {"subject": "-", "description": "-", "category_id": self.category.id}
            body["priority"] = value if kind == "open" else "low"
            ticket = self.call(self.customer, "POST", "/tickets", **body)
            self.urls.append(f"/tickets/{ticket['id']}")
            return
        getattr(self, kind)(self.urls[number % len(self.urls)], value)

    def reply(self, url, who):
        self.call(getattr(self, who), "POST", f"{url}/messages", message="-")

    def comment(self, url, who):
        user = self.customer if who == "customer" else self.admin
        body = {"content": "-", "internal": who == "note"}
        added = self.call(user, "POST", f"{url}/comments", **body)
        if "id" in added:
            self.comments[url] = added["id"]

    def status(self, url, status):
        self.call(self.admin, "PATCH", url, status=status)

    def rate(self, url, score):
        self.call(self.customer, "PUT", f"{url}/rating", score=score)

    def priority(self, url, priority):
        self.call(self.admin, "PATCH", url, priority=priority)

    def assign(self, url, to_admin):
        body = {"assigned_to": self.admin.id if to_admin else None}
        self.call(self.admin, "PATCH", url, **body)

    def delete(self, url, what):
        if what == "comment" and url in self.comments:
            self.call(self.admin, "DELETE", f"/comments/{self.comments.pop(url)}")
        elif what == "ticket":
            self.urls.remove(url)
            self.call(self.admin, "DELETE", url)

    def tickets(self):
        """Return the facts of each ticket, computed from its log."""
        return [
            logged(
                self.call(self.admin, "GET", url),
                self.call(self.admin, "GET", f"{url}/events?limit=100")["data"],
            )
            for url in self.urls
        ]


def logged(ticket, entries):
    """Return a ticket with its facts, computed by plain loops."""
    opened = datetime.fromisoformat(ticket["created_at"])
    facts = {"priority": ticket["priority"], "assignee": ticket["assignee"]}
    facts |= {"opened": opened, "answered": None, "done": None, "reopened": None}
    facts["rated"] = None
    for entry in entries:
        now = datetime.fromisoformat(entry["created_at"])
        changes = entry["payload"].get("changes", {})
        if entry["name"] in REPLIES and entry["actor_id"] != ticket["user_id"]:
            facts["answered"] = facts["answered"] or now
        if "status" in changes:
            old, new = changes["status"]
            if old not in DONE and new in DONE:
                facts["done"] = now
            if old in DONE and new not in DONE:
                facts["done"], facts["reopened"] = None, now
        if "rating" in changes:
            rating = changes["rating"][1]
            facts["rated"] = datetime.fromisoformat(rating["created_at"])
            facts["score"] = rating["score"]
    return facts


def nearest_rank(tickets, until):
    seconds = sorted((t[until] - t["opened"]) // timedelta(seconds=1) for t in tickets)
    if not seconds:
        return {"median": None, "p90": None, "count": 0}
    count = len(seconds)
    median = next(s for n, s in enumerate(seconds, 1) if n * 2 >= count)
    p90 = next(s for n, s in enumerate(seconds, 1) if n * 10 >= count * 9)
    return {"median": median, "p90": p90, "count": count}


def expected(tickets, zone, first, last):
    """Return the figures of the days from one to another."""

    def on(name):
        found = [t for t in tickets if t[name]]
        return [t for t in found if first <= t[name].astimezone(zone).date() <= last]

    def until(name):
        found = [t for t in tickets if t[name]]
        return sum(t[name].astimezone(zone).date() <= last for t in found)

    scores = [t["score"] for t in on("rated")]
    answered = [t for t in on("opened") if t["answered"]]
    return {
        "opened": len(on("opened")),
        "resolved": len(on("done")),
        "reopened": len(on("reopened")),
        "backlog": until("opened") - until("done"),
        "first_response_seconds": nearest_rank(answered, "answered"),
        "resolution_seconds": nearest_rank(on("done"), "done"),
        "sla": {"met": 0, "missed": 0},
        "rating": {
            "average": sum(scores) / len(scores) if scores else None,
            "count": len(scores),
        },
    }


@pytest.mark.parametrize(("name", "day"), ZONES)
def test_a_report_equals_figures_computed_from_the_log(
    app, api, admin, customer, category, name, day
):
    zone = ZoneInfo(name)
    midnight = datetime.combine(day, datetime.min.time(), zone).astimezone(UTC)
    first, last = day - timedelta(days=1), day + timedelta(days=1)
    query = f"/reports/tickets?from={first}&to={last}&time_zone={name}"

    @RULES
    @given(histories)
    def check(history):
        desk = Desk(api, customer, admin, category)
        with time_machine.travel(midnight - timedelta(minutes=5), tick=False) as clock:
            for passed, number, (kind, value) in history:
                clock.shift(passed)
                desk.play(number, kind, value)
            tickets = desk.tickets()
            report = desk.call(admin, "GET", query)
            by_priority = desk.call(admin, "GET", f"{query}&by=priority")
        verified = app.test_cli_runner().invoke(args=["reports", "verify"])
        with app.app_context():
            db.session.execute(Ticket.__table__.delete())
            db.session.commit()

        assert report["totals"] == expected(tickets, zone, first, last)
        assert by_priority["totals"] == report["totals"]
        for row in report["data"]:
            of = date.fromisoformat(row.pop("date"))
            assert row == expected(tickets, zone, of, of)
        for row in by_priority["data"]:
            of = row.pop("priority")
            chosen = [t for t in tickets if t["priority"] == of]
            assert row == expected(chosen, zone, first, last)
        assert verified.exit_code == 0, verified.output

    check()
