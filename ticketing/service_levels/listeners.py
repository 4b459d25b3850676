"""React to deleted categories, changed policies, and entries in ticket logs."""

from ticketing.categories.events import CategoryDeleting
from ticketing.categories.service import CategoryInUseError
from ticketing.core.text import tn
from ticketing.core.transaction import after_commit, during
from ticketing.history.events import StreamGrew
from ticketing.history.models import Stream
from ticketing.service_levels import policies, service
from ticketing.service_levels.choosing import ACTIVE
from ticketing.service_levels.events import PoliciesChanged


@during(CategoryDeleting)
def keep_named_category(deleting: CategoryDeleting) -> None:
    """Prevent the deletion of a category that policies name.

    :raises CategoryInUseError: at least one policy names it.
    """
    count = policies.count_with_category(deleting.category_id)
    if count:
        raise CategoryInUseError(
            tn(
                "{count} policy is for this category; change it first.",
                "{count} policies are for this category; change them first.",
                count=count,
            )
        )


@during(StreamGrew)
def follow(grew: StreamGrew) -> None:
    """Update a ticket's clocks with its public stream, in the same transaction."""
    if grew.stream is Stream.PUBLIC:
        service.follow(grew)


@during(PoliciesChanged)
def plan_recount(changed: PoliciesChanged) -> None:
    """Enqueue the jobs that recount the tickets whose policy has changed."""
    service.plan_recount()


@after_commit(PoliciesChanged)
def forget_policies(changed: PoliciesChanged) -> None:
    """Make the next ticket reload the active policies."""
    ACTIVE.forget()
