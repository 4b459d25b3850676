"""Canned responses over HTTP."""

from typing import Any

from ticketing import policy
from ticketing.canned_responses import service
from ticketing.canned_responses.models import CannedResponse
from ticketing.canned_responses.schemas import (
    CannedResponseAddSchema,
    CannedResponseEditSchema,
    CannedResponseSchema,
    CannedResponsesQuery,
    FilledSchema,
    FillQuery,
)
from ticketing.core.auth import current_user
from ticketing.core.errors import TooManyError
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.web.blueprint import Blueprint
from ticketing.web.schemas import Serialized

ALL = "/canned-responses"
ONE = f"{ALL}/<id:response_id>"
ADMINS = policy.require_canned_responses

bp = Blueprint("canned_responses", __name__, description="Texts to reply with")


@bp.get(ALL, guard=ADMINS)
@bp.arguments(CannedResponsesQuery, location="query")
@bp.page(CannedResponseSchema)
def index(query: dict[str, Any]) -> Page[Serialized]:
    """List shared canned responses and one's own, ordered by id."""
    return service.list_canned_responses(current_user(), **query)


@bp.post(ALL, guard=ADMINS, errors=[TooManyError])
@bp.arguments(CannedResponseAddSchema)
@bp.created(CannedResponseSchema, "/api/canned-responses/{0.id}")
def add(data: dict[str, Any]) -> Created[CannedResponse]:
    """Create a canned response.

    There may be 1,000 shared ones, and 1,000 of each admin's own.
    """
    return Created(service.add_canned_response(current_user(), **data))


@bp.get(ONE, guard=ADMINS)
@bp.response(200, CannedResponseSchema)
def show(response_id: int) -> CannedResponse:
    """Show a canned response."""
    return service.get_canned_response(current_user(), response_id)


@bp.get(f"{ONE}/text", guard=ADMINS)
@bp.arguments(FillQuery, location="query")
@bp.response(200, FilledSchema)
def fill(query: dict[str, int], response_id: int) -> dict[str, str]:
    """Fill in the placeholders of a canned response for a ticket.

    Values are not filled in again: a placeholder within a name or a subject stays as it
    is. The agent is the caller.
    """
    return service.fill_canned_response(current_user(), response_id, **query)


@bp.patch(ONE, guard=ADMINS, errors=[TooManyError])
@bp.arguments(CannedResponseEditSchema)
@bp.response(200, CannedResponseSchema)
def edit(data: dict[str, Any], response_id: int) -> CannedResponse:
    """Change a canned response of one's own, or a shared one."""
    return service.edit_canned_response(current_user(), response_id, **data)


@bp.delete(ONE, guard=ADMINS)
@bp.response(204)
def delete(response_id: int) -> None:
    """Delete a canned response of one's own, or a shared one."""
    service.delete_canned_response(current_user(), response_id)
