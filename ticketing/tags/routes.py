"""Tags over HTTP."""

from typing import Any

from flask import request

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.auth import current_user
from ticketing.core.pages import Page
from ticketing.tags import queries, service
from ticketing.tags.schemas import (
    TagSchema,
    TagsQuery,
    TicketTagsEditSchema,
    TicketTagsSchema,
)
from ticketing.web.blueprint import Blueprint
from ticketing.web.schemas import Serialized

bp = Blueprint("tags", __name__, description="Labels by which admins sort tickets")


def _require_tagging(actor: Actor) -> None:
    service.require_tagging(actor, **(request.view_args or {}))


@bp.get("/tags", guard=policy.require_tags)
@bp.arguments(TagsQuery, location="query")
@bp.page(TagSchema)
def index(query: dict[str, Any]) -> Page[Serialized]:
    """List the tags that tickets have, ordered by name."""
    return queries.list_tags(**query)


@bp.put("/tickets/<id:ticket_id>/tags", guard=_require_tagging)
@bp.arguments(TicketTagsEditSchema)
@bp.response(200, TicketTagsSchema)
def edit(data: dict[str, Any], ticket_id: int) -> dict[str, list[str]]:
    """Set all tags of a ticket.

    This is not a change of the ticket itself: its ``ETag`` stays, and customers are not
    notified. A tag keeps the spelling in which it was first written on any ticket.
    """
    return service.set_tags(current_user(), ticket_id, **data)
