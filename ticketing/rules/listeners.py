"""React to events of tickets, categories and rules."""

from ticketing.categories.events import CategoryDeleting
from ticketing.categories.service import CategoryInUseError
from ticketing.core.text import tn
from ticketing.core.transaction import after_commit, during
from ticketing.history.events import StreamGrew
from ticketing.rules import rounds, service, staff
from ticketing.rules.events import RulesChanged
from ticketing.tickets.events import TicketUpdated


@during(StreamGrew)
def enqueue_round(grew: StreamGrew) -> None:
    """Enqueue a round of rules, if an entry is an occasion for one."""
    rounds.enqueue_round(grew)


@during(TicketUpdated)
def note_assignment(updated: TicketUpdated) -> None:
    """Store the time at which the new assignee of a ticket was assigned it."""
    _, assignee = updated.payload["changes"].get("assigned_to", (None, None))
    if assignee is not None:
        staff.note_assignment(assignee)


@during(CategoryDeleting)
def keep_named_category(deleting: CategoryDeleting) -> None:
    """Prevent the deletion of a category that rules name.

    :raises CategoryInUseError: at least one rule names it.
    """
    count = service.count_with_category(deleting.category_id)
    if count:
        raise CategoryInUseError(
            tn(
                "{count} rule is for this category; change it first.",
                "{count} rules are for this category; change them first.",
                count=count,
            )
        )


@after_commit(RulesChanged)
def forget_triggers(changed: RulesChanged) -> None:
    """Make the next entry reload the triggers of active rules."""
    rounds.TRIGGERS.forget()
