"""React to changes of users, categories and attachments."""

from ticketing.accounts.events import RightsChanged, RightsChanging
from ticketing.categories.events import CategoryDeleting
from ticketing.categories.service import CategoryInUseError
from ticketing.core import storage
from ticketing.core.text import tn
from ticketing.core.transaction import after_commit, during
from ticketing.tickets import access, service
from ticketing.tickets.events import AttachmentRemoved


@during(CategoryDeleting)
def keep_used_category(deleting: CategoryDeleting) -> None:
    """Prevent the deletion of a category that tickets use.

    :raises CategoryInUseError: at least one ticket uses it.
    """
    count = access.count_in_category(deleting.category_id)
    if count:
        raise CategoryInUseError(
            tn(
                "{count} ticket uses this category; move it first.",
                "{count} tickets use this category; move them first.",
                count=count,
            )
        )


@during(RightsChanging)
def lock_assigned(changing: RightsChanging) -> None:
    """Lock the tickets of a user before the user, in the order of every use case."""
    access.lock_assigned(changing.user_id)


@during(RightsChanged)
def unassign(changed: RightsChanged) -> None:
    """Unassign the tickets of a user to whom none may be assigned any longer."""
    if not changed.may_be_assigned:
        service.unassign_all(changed.actor_id, changed.user_id)


@after_commit(AttachmentRemoved)
def delete_file(removed: AttachmentRemoved) -> None:
    """Delete the file of an attachment that was removed."""
    storage.remove(removed.key)
