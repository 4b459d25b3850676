"""Choose the policy of a ticket."""

from typing import NamedTuple

from sqlalchemy import select

from ticketing.core.cached import Cached
from ticketing.core.hot import fetch_all
from ticketing.service_levels.models import Policy, PolicyVersion
from ticketing.service_levels.versions import VERSION_COLUMNS, Version, version_in
from ticketing.tickets.models import Priority

ACTIVE_POLICIES = (
    select(*VERSION_COLUMNS, Policy.priority, Policy.category_id)
    .join(
        PolicyVersion,
        (PolicyVersion.policy_id == Policy.id)
        & (PolicyVersion.version == Policy.version),
    )
    .where(Policy.active)
    .order_by(Policy.position, Policy.id)
)


class Active(NamedTuple):
    """The current version of an active policy, and the tickets that it fits."""

    version: Version
    priorities: list[str] | None
    category_ids: list[int] | None

    def fits(self, priority: Priority, category_id: int) -> bool:
        """Return whether the policy fits a ticket."""
        has_priority = self.priorities is None or priority in self.priorities
        has_category = self.category_ids is None or category_id in self.category_ids
        return has_priority and has_category


def _load() -> list[Active]:
    return [
        Active(version_in(row), row.priority, row.category_id)
        for row in fetch_all(ACTIVE_POLICIES, {})
    ]


ACTIVE = Cached("active_sla_policies", _load)


def choose(priority: Priority, category_id: int) -> Version | None:
    """Return the version of the first policy that fits such a ticket, if any does."""
    fitting = (each for each in ACTIVE.get() if each.fits(priority, category_id))
    first = next(fitting, None)
    return first and first.version
