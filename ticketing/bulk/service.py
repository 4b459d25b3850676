"""Use case of changing many tickets."""

from collections.abc import Mapping, Sequence
from typing import Any

from ticketing.accounts.models import Actor
from ticketing.core.errors import OUTAGES, TicketingError, describe
from ticketing.core.transaction import transaction
from ticketing.tags.service import change_tags
from ticketing.tickets.service import edit_ticket


def edit_tickets(
    actor: Actor, ids: Sequence[int], changes: Mapping[str, Any]
) -> dict[str, list[dict[str, Any]]]:
    """Change tickets, each in a transaction of its own.

    :param changes: as in a ``BulkChangesSchema``.
    :return: as in a ``BulkResultsSchema``.
    """
    return {"data": [_result(actor, ticket_id, changes) for ticket_id in ids]}


def _result(
    actor: Actor, ticket_id: int, changes: Mapping[str, Any]
) -> dict[str, Any]:
    try:
        _edit(actor, ticket_id, **changes)
    except (TicketingError, *OUTAGES) as error:  # go on with the others
        return {"id": ticket_id, "ok": False, "error": describe(error).to_dict()}
    return {"id": ticket_id, "ok": True}


@transaction()
def _edit(
    actor: Actor,
    ticket_id: int,
    tags_add: Sequence[str] = (),
    tags_remove: Sequence[str] = (),
    **changes: Any,
) -> None:
    if changes:
        edit_ticket(actor, ticket_id, **changes)
    if tags_add or tags_remove:
        change_tags(actor, ticket_id, tags_add, tags_remove)
