"""Views over HTTP."""

from typing import Any

from ticketing import policy
from ticketing.core.auth import current_user
from ticketing.core.errors import TooManyError
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.views import service
from ticketing.views.schemas import (
    ViewAddSchema,
    ViewEditSchema,
    ViewSchema,
    ViewsQuery,
)
from ticketing.web.blueprint import Blueprint
from ticketing.web.schemas import Serialized

VIEW = "/views/<id:view_id>"

bp = Blueprint("views", __name__, description="Named lists of tickets")


@bp.get("/views")
@bp.arguments(ViewsQuery, location="query")
@bp.page(ViewSchema)
def index(query: dict[str, Any]) -> Page[Serialized]:
    """List views: built-in ones, then those that admins share, then one's own.

    Customers have built-in ones only.
    """
    return service.list_views(current_user(), **query)


@bp.post("/views", guard=policy.require_view_management, errors=[TooManyError])
@bp.arguments(ViewAddSchema)
@bp.created(ViewSchema, "/api/views/{0.id}")
def add(data: dict[str, Any]) -> Created[Serialized]:
    """Save a view; there may be 100 shared ones, and 100 of one's own."""
    return Created(service.add_view(current_user(), **data))


@bp.get(VIEW, guard=policy.require_view_management)
@bp.response(200, ViewSchema)
def show(view_id: int) -> Serialized:
    """Show a view that was saved."""
    return service.get_view(current_user(), view_id)


@bp.patch(VIEW, guard=policy.require_view_management, errors=[TooManyError])
@bp.arguments(ViewEditSchema)
@bp.response(200, ViewSchema)
def edit(data: dict[str, Any], view_id: int) -> Serialized:
    """Change a view of one's own, or a shared one."""
    return service.edit_view(current_user(), view_id, **data)


@bp.delete(VIEW, guard=policy.require_view_management)
@bp.response(204)
def delete(view_id: int) -> None:
    """Delete a view of one's own, or a shared one."""
    service.delete_view(current_user(), view_id)
