"""Tickets over HTTP."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from flask import Response

from ticketing.core.auth import current_user
from ticketing.core.errors import ForbiddenError, TooManyRequestsError
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.tickets import access, queries, service
from ticketing.tickets.models import etag_of
from ticketing.tickets.schemas import (
    TicketEditSchema,
    TicketOpenSchema,
    TicketSchema,
    TicketsQuery,
)
from ticketing.web.blueprint import Blueprint
from ticketing.web.downloads import send_download
from ticketing.web.limits import per_user
from ticketing.web.schemas import IdempotencyHeader, IfMatchHeader, Serialized

MAX_CONCURRENT_SEARCHES = 2  # of a user

bp = Blueprint("tickets", __name__, description="Requests of customers to support")

TicketWithETag = tuple[Serialized, dict[str, str]]
ETAG = {"ETag": "ETag"}


@bp.get(
    "/tickets",
    errors=[ForbiddenError, TooManyRequestsError, queries.SearchTimeoutError],
)
@bp.arguments(TicketsQuery, location="query")
@per_user("SEARCH_LIMIT", MAX_CONCURRENT_SEARCHES, only_with="q")
@bp.page(TicketSchema)
def index(query: dict[str, Any]) -> Page[Serialized]:
    """List tickets: customers their own, admins all."""
    return queries.list_tickets(current_user(), **query)


@bp.post("/tickets")
@bp.arguments(IdempotencyHeader, location="headers")
@bp.arguments(TicketOpenSchema)
@bp.created(TicketSchema, "/api/tickets/{0.id}")
def add(header: dict[str, Any], data: dict[str, Any]) -> Created[Serialized]:
    """Open a ticket; with an attachment, send multipart/form-data."""
    return service.open_ticket(current_user(), **header, **data)


@bp.get("/tickets/<id:ticket_id>")
@bp.response(200, TicketSchema, headers=ETAG)
def show(ticket_id: int) -> TicketWithETag:
    """Show a ticket."""
    return _with_etag(queries.get_ticket(current_user(), ticket_id))


@bp.route(
    "/tickets/<id:ticket_id>",
    methods=["PUT", "PATCH"],
    errors=[ForbiddenError, access.TicketClosedError],
)
@bp.arguments(IfMatchHeader, location="headers")
@bp.arguments(TicketEditSchema)
@bp.response(200, TicketSchema, headers=ETAG)
def edit(
    header: dict[str, Collection[str] | None], data: dict[str, Any], ticket_id: int
) -> TicketWithETag:
    """Change a ticket; a field that is not sent stays as it is."""
    return _with_etag(service.edit_ticket(current_user(), ticket_id, **header, **data))


@bp.delete("/tickets/<id:ticket_id>")
@bp.arguments(IfMatchHeader, location="headers")
@bp.response(204)
def delete(header: dict[str, Collection[str] | None], ticket_id: int) -> None:
    """Delete a ticket with its comments, messages, history and attachment."""
    service.delete_ticket(current_user(), ticket_id, **header)


@bp.get("/tickets/<id:ticket_id>/attachment")
@bp.download()
def download(ticket_id: int) -> Response:
    """Download a ticket's attachment."""
    file = service.get_attachment(current_user(), ticket_id)
    return send_download(file.path, file.name, file.content_type)


def _with_etag(ticket: Serialized) -> TicketWithETag:
    updated_at = datetime.fromisoformat(ticket["updated_at"])
    return ticket, {"ETag": f'"{etag_of(ticket.id, updated_at)}"'}
