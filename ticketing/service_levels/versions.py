"""Versions of policies, which contain everything that counting by them needs."""

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
    """Store a new or changed policy, and its present content as a new version.

    The caller publishes ``PoliciesChanged``.
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
        """The id of the policy, and the number of the version."""
        return self.policy_id, self.version

    @property
    def goals(self) -> Goals:
        """The goals of the version."""
        return goals_of(self.content)

    @property
    def calendar(self) -> Any:
        """The calendar as this version has it; ``None`` without one."""
        return json.loads(self.content)["calendar"]


def version_in(row: Any) -> Version:
    """Return the version in a row that has ``VERSION_COLUMNS``."""
    return Version(row.policy_id, row.version, row.name, row.content)


@lru_cache(CACHED)
def goals_of(content: str) -> Goals:
    """Return the goals of a version.

    They are cached, and with them the results that their opening hours have computed.

    :param content: that of a ``PolicyVersion``.
    """
    loaded = json.loads(content)
    minutes = {target.value: loaded[target.value] for target in Target}
    return Goals(
        **{name: goal and timedelta(minutes=goal) for name, goal in minutes.items()},
        opening_hours=(
            opening_hours(**loaded["calendar"]) if loaded["calendar"] else ALWAYS_OPEN
        ),
        pause_on_customer=loaded["pause_on_customer"],
    )


def _content_of(policy: Policy) -> dict[str, Any]:
    goals = {target.value: getattr(policy, target.value) for target in Target}
    calendar = policy.calendar_id and db.session.get(Calendar, policy.calendar_id)
    hours = {name: getattr(calendar, name) for name in COUNTED_BY} if calendar else None
    return {**goals, "pause_on_customer": policy.pause_on_customer, "calendar": hours}
