"""The history of a ticket over HTTP."""

from typing import Any

from marshmallow import fields

from ticketing.core.auth import current_user
from ticketing.core.errors import ForbiddenError
from ticketing.core.pages import Page
from ticketing.history import service
from ticketing.history.schemas import EntrySchema, ReplayQuery
from ticketing.web.blueprint import Blueprint
from ticketing.web.schemas import Serialized

bp = Blueprint("history", __name__, description="The history of a ticket")


@bp.get("/tickets/<id:ticket_id>/events", errors=[ForbiddenError])
@bp.arguments(ReplayQuery, location="query")
@bp.page(EntrySchema, fields.Integer)
def index(query: dict[str, Any], ticket_id: int) -> Page[Serialized]:
    """List the entries of one stream of a ticket's log, in the order of ``seq``.

    Only admins may read the staff stream.
    """
    return service.list_entries(current_user(), ticket_id, **query)
