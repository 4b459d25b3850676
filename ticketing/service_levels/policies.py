"""Use cases of policies."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from ticketing import policy as rights
from ticketing.accounts.models import Actor
from ticketing.core.database import db
from ticketing.core.errors import InvalidError, NotFoundError, TooManyError
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction
from ticketing.service_levels.events import PoliciesChanged
from ticketing.service_levels.models import Calendar, Policy
from ticketing.service_levels.schemas import PolicySchema
from ticketing.service_levels.versions import begin_version, lock_configuration
from ticketing.tickets.changes import lock_category
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import RowSerializer

MAX_POLICIES = 100

POLICIES = RowSerializer(PolicySchema, Policy)
BY_POSITION = Feed(
    select(*POLICIES.columns),
    Order("position", Policy.position, Policy.id),
    POLICIES.serialize,
)


def list_policies(**page: Any) -> Page[Serialized]:
    """Return a page of policies, ordered by position, then by id."""
    return BY_POSITION.page(**page)


def get_policy(policy_id: int) -> Policy:
    """Return a policy.

    :raises NotFoundError: there is no such policy.
    """
    policy = db.session.get(Policy, policy_id)
    if policy is None:
        raise NotFoundError(t("There is no such policy."))
    return policy


@transaction()
def add_policy(actor: Actor, **fields: Any) -> Policy:
    """Create a policy.

    :param fields: as in a ``PolicyAddSchema``.
    :raises ForbiddenError: ``actor`` may not manage service levels.
    :raises TooManyError: there are ``MAX_POLICIES``.
    :raises InvalidError: there is no such category or calendar.
    """
    rights.require_service_levels(actor)
    lock_configuration()
    if db.session.scalars(select(func.count(Policy.id))).one() >= MAX_POLICIES:
        too_many = t("There are {limit} policies already; delete one first.")
        raise TooManyError(too_many.format(limit=MAX_POLICIES))
    _require_named(fields)
    policy = Policy(**fields)
    begin_version(policy)
    publish(PoliciesChanged())
    return policy


@transaction()
def edit_policy(actor: Actor, policy_id: int, **changes: Any) -> Policy:
    """Change a policy; resolved and closed tickets keep the version that they had.

    :param changes: as in a ``PolicyEditSchema``.
    :raises ForbiddenError: ``actor`` may not manage service levels.
    :raises NotFoundError: there is no such policy.
    :raises InvalidError: there is no such category or calendar.
    """
    policy = _lock_policy(actor, policy_id)
    changed = {k: v for k, v in changes.items() if getattr(policy, k) != v}
    if not changed:
        return policy
    _require_named(changed)
    for name, value in changed.items():
        setattr(policy, name, value)
    begin_version(policy)
    publish(PoliciesChanged())
    return policy


@transaction()
def delete_policy(actor: Actor, policy_id: int) -> None:
    """Delete a policy; resolved and closed tickets keep the version that they had.

    :raises ForbiddenError: ``actor`` may not manage service levels.
    :raises NotFoundError: there is no such policy.
    """
    db.session.delete(_lock_policy(actor, policy_id))
    publish(PoliciesChanged())


def count_with_category(category_id: int) -> int:
    """Return the number of policies, active or not, that name a category."""
    named = db.session.scalars(select(Policy.category_id))
    return sum(category_id in (ids or ()) for ids in named)


def _lock_policy(actor: Actor, policy_id: int) -> Policy:
    rights.require_service_levels(actor)
    lock_configuration()
    return get_policy(policy_id)


def _require_named(fields: Mapping[str, Any]) -> None:
    """Check that the categories and the calendar of a policy exist, and lock them.

    :raises InvalidError: there is no such category or calendar.
    """
    for category_id in sorted(fields.get("category_id") or ()):
        lock_category(category_id)
    calendar_id = fields.get("calendar_id")
    if calendar_id and not db.session.get(Calendar, calendar_id):
        raise InvalidError({"calendar_id": [t("There is no such calendar.")]})
