"""Use cases of ratings."""

from typing import Any

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import later_than
from ticketing.core.errors import ConflictError
from ticketing.core.text import t
from ticketing.core.transaction import transaction
from ticketing.tickets.access import lock_ticket_to_edit
from ticketing.tickets.changes import apply_changes
from ticketing.tickets.models import Status


@transaction()
def rate_ticket(
    actor: Actor, ticket_id: int, score: int, comment: str | None
) -> dict[str, Any]:
    """Rate a ticket that is resolved or closed; replace an earlier rating.

    The same rating again changes nothing. A ticket that is reopened keeps its rating.

    :param score: 1 to 5.
    :return: the rating as ``RatingSchema`` describes it.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` is not its customer.
    :raises ConflictError: the ticket is neither resolved nor closed.
    """
    ticket = lock_ticket_to_edit(actor, ticket_id)
    policy.require(policy.may_rate(actor, ticket))
    if ticket.status not in (Status.RESOLVED, Status.CLOSED):
        raise ConflictError(t("Only a resolved or closed ticket can be rated."))
    before = ticket.rating
    if before and (before["score"], before["comment"]) == (score, comment):
        return before
    now = later_than(ticket.updated_at)
    rating = {"score": score, "comment": comment, "created_at": now}
    apply_changes(actor, ticket, {"rating": rating})
    return rating
