"""React to deleted categories, changed policies, and what happens to tickets."""

from ticketing.categories.events import CategoryDeleting
from ticketing.categories.service import CategoryInUseError
from ticketing.core.text import tn
from ticketing.core.transaction import during
from ticketing.service_levels import policies


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
