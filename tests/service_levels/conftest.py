"""What tests of service levels stand on: an office, and policies."""

from collections.abc import Callable

import pytest

OFFICE = {
    "name": "Office",
    "time_zone": "Europe/Berlin",
    "hours": {
        "mon": [["09:00", "12:30"], ["13:00", "17:00"]],
        "fri": [["10:00", "24:00"]],
    },
    "holidays": ["2026-12-25"],
}


@pytest.fixture
def add_calendar(api, admin) -> Callable:
    """Create a calendar; return the answer."""
    return lambda **fields: api(admin).post("/api/calendars", json=OFFICE | fields)


@pytest.fixture
def add_policy(api, admin) -> Callable:
    """Create a policy for all tickets; return the answer."""

    def add_policy(**fields):
        return api(admin).post("/api/sla-policies", json={"name": "All"} | fields)

    return add_policy
