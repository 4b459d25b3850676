"""Changes to many tickets over HTTP."""

from typing import Any

from ticketing import policy
from ticketing.bulk import service
from ticketing.bulk.schemas import BulkEditSchema, BulkResultsSchema
from ticketing.core.auth import current_user
from ticketing.web.blueprint import Blueprint

bp = Blueprint("bulk", __name__, description="Changes to many tickets by one call")


@bp.patch("/tickets", guard=policy.require_bulk_changes)
@bp.arguments(BulkEditSchema)
@bp.response(200, BulkResultsSchema)
def edit(data: dict[str, Any]) -> dict[str, Any]:
    """Change up to 100 tickets.

    Each ticket is changed in a transaction of its own, wholly or not at all. The
    response has a result for each.
    """
    return service.edit_tickets(current_user(), **data)
