"""Measure lists by targets: python -m benchmarks.service_levels --tickets N

DATABASE_URL names an empty MariaDB database, which is filled with tickets of which one
in sixteen is not resolved, and all have a policy. With several values of N, each in a
database of its own, the times tell whether they grow with the tickets.
"""

import argparse
import os
import statistics
import time
from collections.abc import Iterator

from sqlalchemy import Connection, create_engine, text

import config
from benchmarks.fill import CATEGORIES, DRAW, DRAWS, MAX_MESSAGES, USERS, Size, migrate
from ticketing import create_app
from ticketing.accounts import tokens
from ticketing.accounts.models import User
from ticketing.core.database import db
from ticketing.core.transaction import transaction

CALLS = 40  # of each list
QUERIES = [
    "",
    *(f"sla={state}" for state in ("running", "paused", "met", "missed", "overdue")),
    *(f"sla={state}&sort=created_at" for state in ("running", "paused", "overdue")),
    "sort=due_at",
    "status=open&sort=due_at",
    "status=open,in_progress&sort=due_at",
    "status=open,in_progress&sla=overdue&sort=due_at",
    "assigned_to=me&status=open,in_progress&sort=due_at",
    "sla=missed&sort=due_at",
    "sla=missed&sort=-last_activity_at",
    "sla=met&sort=-last_activity_at",
    "sla=running&sort=-priority",
]

# Of what is not resolved, half runs, a quarter is late, a quarter waits for customers;
# of what is, a fifth was missed.
TICKETS = """
INSERT INTO tickets
  (id, user_id, category_id, assigned_to, subject, description, priority, status,
   waiting_on, last_seq, last_staff_seq, last_activity_at, created_at, updated_at,
   waiting_since, person_acted_at, sla_policy_id, due_at, sla_runs_until,
   sla_misses_at, sla_paused, sla_met)
SELECT id, user_id, category_id, agent_id, CONCAT('Printer ', id, ' on fire'),
  REPEAT('It burns, and nobody knows why. ', 8), priority, status, 'support',
  1, 0, created_at, created_at, created_at, created_at, created_at, 1,
  COALESCE(due_at, IF(is_done, '9999-12-31', '9999-01-01')), due_at,
  COALESCE(due_at, IF(is_done AND luck < 0.2, created_at + INTERVAL 1 HOUR, NULL)),
  NOT is_done AND due_at IS NULL, luck >= 0.2
FROM (
  SELECT drawn.*, CASE
    WHEN is_done OR luck >= 0.75 THEN NULL
    WHEN luck >= 0.5 THEN UTC_TIMESTAMP(6) - INTERVAL (id % 400000) SECOND
    ELSE UTC_TIMESTAMP(6) + INTERVAL 1 HOUR + INTERVAL (id % 200000) SECOND
  END AS due_at
  FROM (
    SELECT draws.*, status IN ('resolved', 'closed') AS is_done, RAND(9) AS luck
    FROM draws
  ) AS drawn
) AS counted
"""
SHOWN = """
{"policy": {"id": 1, "name": "All", "version": 1}, "first_response": null,
 "next_response": null, "due_at": "2026-03-02T10:00:00.000000+00:00", "resolution":
 {"state": "running", "due_at": "2026-03-02T10:00:00.000000+00:00", "done_at": null}}
"""
LEVELS = """
INSERT INTO ticket_service_levels
  (ticket_id, policy_id, policy_version, clocks, shown, checked_until, next_at)
SELECT id, 1, 1, '{}', :shown, created_at, NULL FROM tickets
"""


def fill(url: str, size: Size) -> None:
    """Fill an empty database."""
    migrate(url)
    engine = create_engine(url)
    with engine.begin() as connection:
        _fill(connection, size)
    engine.dispose()


def _fill(connection: Connection, size: Size) -> None:
    for check in ("foreign_key_checks", "unique_checks"):
        connection.execute(text(f"SET SESSION {check} = 0"))
    users = {"agents": size.agents, "password": "-"}
    every_user = USERS.format(users=size.agents + size.customers)
    connection.execute(text(every_user), users)
    connection.execute(text(CATEGORIES))
    connection.execute(text(DRAWS))
    drawn = {
        "agents": size.agents,
        "customers": size.customers,
        "tickets": size.tickets,
        "mean": 0,
        "most": MAX_MESSAGES,
    }
    connection.execute(text(DRAW.format(tickets=size.tickets)), drawn)
    connection.execute(text(TICKETS))
    connection.execute(text(LEVELS), {"shown": SHOWN})
    connection.execute(text("DROP TABLE draws"))
    connection.execute(text("ANALYZE TABLE tickets, ticket_service_levels, users"))


def measure(url: str) -> Iterator[tuple[str, float]]:
    """Return the p50 of each list, in ms."""
    app = create_app(config.from_environ({"DATABASE_URL": url, **_SETTINGS}))
    issue = transaction()(tokens.issue)
    with app.app_context():
        admin = db.session.get_one(User, 1)
        token = issue(admin)["token"]
    client, headers = app.test_client(), {"Authorization": f"Bearer {token}"}
    for query in QUERIES:
        times = []
        for _ in range(CALLS):
            begun = time.perf_counter()
            response = client.get(f"/api/tickets?{query}", headers=headers)
            times.append((time.perf_counter() - begun) * 1000)
            assert response.status_code == 200, response.text
        yield query, statistics.median(times)


_SETTINGS = {"TICKETING_ENV": "testing", "SOCKETIO_ASYNC_MODE": "threading"}


def main() -> None:
    """Fill the database of ``DATABASE_URL``, and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service_levels")
    parser.add_argument("--tickets", type=int, required=True)
    tickets = parser.parse_args().tickets
    url = os.environ["DATABASE_URL"]
    fill(url, Size(tickets, 0))
    for query, median in measure(url):
        print(f"{median:8.1f} ms  GET /tickets?{query}")


if __name__ == "__main__":
    main()
