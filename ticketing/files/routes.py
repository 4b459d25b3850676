"""Files over HTTP."""

from typing import Any

from flask import Response

from ticketing.core.auth import current_user
from ticketing.core.errors import ForbiddenError
from ticketing.core.idempotency import Created
from ticketing.files import service
from ticketing.files.images import PreviewPendingError
from ticketing.files.schemas import AttachedFileSchema, FileAddSchema
from ticketing.tickets.access import TicketClosedError
from ticketing.web.blueprint import Blueprint
from ticketing.web.downloads import send_download, send_image
from ticketing.web.schemas import Serialized

bp = Blueprint("files", __name__, description="Files of comments and messages")


@bp.post(
    "/tickets/<id:ticket_id>/files",
    errors=[TicketClosedError, service.TooManyFilesError],
)
@bp.arguments(FileAddSchema)
@bp.created(AttachedFileSchema, "/api/files/{0.id}")
def add(data: dict[str, Any], ticket_id: int) -> Created[Serialized]:
    """Add a file to a ticket, for a comment or message that names it.

    Until then, only the user who added it can see it. It is deleted after 24 hours, if
    none names it.
    """
    return service.add_file(current_user(), ticket_id, data["file"])


@bp.get("/files/<id:file_id>")
@bp.download()
def download(file_id: int) -> Response:
    """Download a file."""
    file = service.get_file(current_user(), file_id)
    return send_download(file.path, file.name, file.content_type)


@bp.delete("/files/<id:file_id>", errors=[ForbiddenError])
@bp.response(204)
def delete(file_id: int) -> None:
    """Delete a file that no comment or message uses yet."""
    service.delete_file(current_user(), file_id)


@bp.get("/files/<id:file_id>/preview", errors=[PreviewPendingError])
@bp.download()
def preview(file_id: int) -> Response:
    """Show the preview of an image, as WebP."""
    return send_image(service.get_preview(current_user(), file_id))


@bp.get(
    "/tickets/<id:ticket_id>/attachment/preview", errors=[PreviewPendingError]
)
@bp.download()
def preview_attachment(ticket_id: int) -> Response:
    """Show the preview of a ticket's attachment, if that is an image, as WebP."""
    return send_image(service.get_attachment_preview(current_user(), ticket_id))
