"""What tickets do when something happens elsewhere, or to their files."""

from ticketing.accounts.events import StandingChanged, StandingChanging
from ticketing.categories.service import counts_uses
from ticketing.core import storage
from ticketing.core.transaction import after_commit, during
from ticketing.tickets import access, service
from ticketing.tickets.events import FileDropped

counts_uses(access.count_in_category)


@during(StandingChanging)
def lock_assigned(changing: StandingChanging) -> None:
    """Lock what may have to be unassigned: tickets before users, as everyone does."""
    access.lock_assigned(changing.user_id)


@during(StandingChanged)
def unassign(changed: StandingChanged) -> None:
    """Leave to nobody what was assigned to someone who cannot answer it."""
    if not changed.may_be_assigned:
        service.unassign_all(changed.actor_id, changed.user_id)


@after_commit(FileDropped)
def delete_file(dropped: FileDropped) -> None:
    """Delete the file, now that its ticket has it no longer."""
    storage.remove(dropped.key)
