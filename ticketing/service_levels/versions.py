"""Versions of policies, which have all that counting by them takes."""

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from ticketing.core.database import db
from ticketing.service_levels.clocks import Goals, Target
from ticketing.service_levels.models import Calendar, Policy, PolicyVersion
from ticketing.service_levels.opening import ALWAYS_OPEN, opening_hours

COUNTED_BY = ("time_zone", "hours", "holidays")  # of a calendar
CACHED = 256  # versions
VERSION_COLUMNS = (
    *(PolicyVersion.policy_id, PolicyVersion.version),
    *(PolicyVersion.name, PolicyVersion.content),
)


def lock_configuration() -> None:
    """Lock all calendars and policies, always in the same order.

    They are few, and seldom change; each change may concern several.
    """
    for model in (Calendar, Policy):
        rows = select(model).order_by(model.id).with_for_update()
        db.session.scalars(rows.execution_options(populate_existing=True)).all()


def begin_version(policy: Policy) -> None:
    """Store a new or changed policy, and what it says now as a version of it.

    Who calls it publishes ``PoliciesChanged``.
    """
    policy.version = (policy.version or 0) + 1
    db.session.add(policy)
    db.session.flush()
    of = {"policy_id": policy.id, "version": policy.version, "name": policy.name}
    db.session.add(PolicyVersion(**of, content=json.dumps(_content_of(policy))))
    db.session.flush()


def policies_with(calendar_id: int) -> list[Policy]:
    """Return the policies that name a calendar, by id."""
    named = select(Policy).where(Policy.calendar_id == calendar_id)
    return [*db.session.scalars(named.order_by(Policy.id))]


@dataclass(frozen=True)
class Version:
    """A version of a policy, as counting needs it; see ``PolicyVersion``."""

    policy_id: int
    version: int
    name: str
    content: str

    @property
    def key(self) -> tuple[int, int]:
        """What it is known by."""
        return self.policy_id, self.version

    @property
    def goals(self) -> Goals:
        """What it asks for."""
        return goals_of(self.content)

    @property
    def calendar(self) -> Any:
        """What its calendar said, if it had one."""
        return json.loads(self.content)["calendar"]


def version_in(row: Any) -> Version:
    """Return the version in a row that has ``VERSION_COLUMNS``."""
    return Version(row.policy_id, row.version, row.name, row.content)


@lru_cache(CACHED)
def goals_of(content: str) -> Goals:
    """Return what a version asks for.

    It is kept, and with it what its opening hours have computed.

    :param content: of a ``PolicyVersion``.
    """
    said = json.loads(content)
    minutes = {target.value: said[target.value] for target in Target}
    return Goals(
        **{name: goal and timedelta(minutes=goal) for name, goal in minutes.items()},
        opening_hours=(
            opening_hours(**said["calendar"]) if said["calendar"] else ALWAYS_OPEN
        ),
        pause_on_customer=said["pause_on_customer"],
    )


def _content_of(policy: Policy) -> dict[str, Any]:
    goals = {target.value: getattr(policy, target.value) for target in Target}
    calendar = policy.calendar_id and db.session.get(Calendar, policy.calendar_id)
    hours = {name: getattr(calendar, name) for name in COUNTED_BY} if calendar else None
    return {**goals, "pause_on_customer": policy.pause_on_customer, "calendar": hours}
