"""Ratings over HTTP."""

from typing import Any

from ticketing.core.auth import current_user
from ticketing.core.errors import ConflictError, ForbiddenError
from ticketing.ratings import service
from ticketing.ratings.schemas import RatingGiveSchema
from ticketing.tickets.schemas import RatingSchema
from ticketing.web.blueprint import Blueprint

bp = Blueprint("ratings", __name__, description="Ratings by customers")


@bp.put("/tickets/<id:ticket_id>/rating", errors=[ForbiddenError, ConflictError])
@bp.arguments(RatingGiveSchema)
@bp.response(200, RatingSchema)
def rate(data: dict[str, Any], ticket_id: int) -> dict[str, Any]:
    """Rate one's own ticket, while it is resolved or closed.

    Another rating replaces it. A ticket that is reopened keeps its rating.
    """
    return service.rate_ticket(current_user(), ticket_id, **data)
