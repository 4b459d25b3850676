"""Reactions of tickets to changes of users, categories and files."""

from ticketing.accounts.events import RightsChanged, RightsChanging
from ticketing.categories.events import CategoryDeleting
from ticketing.categories.service import CategoryInUseError
from ticketing.core import storage
from ticketing.core.transaction import after_commit, during
from ticketing.tickets import access, service
from ticketing.tickets.events import FileDropped


@during(CategoryDeleting)
def keep_used_category(deleting: CategoryDeleting) -> None:
    """Keep a category that tickets use.

    :raises CategoryInUseError: some do.
    """
    count = access.count_in_category(deleting.category_id)
    if count:
        tickets = "1 ticket uses" if count == 1 else f"{count} tickets use"
        raise CategoryInUseError(f"{tickets} this category; move them first.")


@during(RightsChanging)
def lock_assigned(changing: RightsChanging) -> None:
    """Lock the user's tickets before the user: every use case locks in this order."""
    access.lock_assigned(changing.user_id)


@during(RightsChanged)
def unassign(changed: RightsChanged) -> None:
    """Unassign the tickets of a user who can no longer answer them."""
    if not changed.may_be_assigned:
        service.unassign_all(changed.actor_id, changed.user_id)


@after_commit(FileDropped)
def delete_file(dropped: FileDropped) -> None:
    """Delete a file that no ticket has any longer."""
    storage.remove(dropped.key)
