"""Previews of images, which jobs draw and store beside the files."""

from pathlib import Path
from typing import Any

from sqlalchemy import select

from ticketing.core import storage
from ticketing.core.database import db
from ticketing.core.errors import NotFoundError
from ticketing.core.text import t
from ticketing.core.transaction import transaction
from ticketing.files.drawing import draw
from ticketing.files.models import File
from ticketing.jobs.service import NewJob, enqueue, is_waiting
from ticketing.tickets.models import PREVIEWED, Ticket

# The subject of a preview: ``file_id``, or the ``ticket_id`` of an attachment.
Subject = dict[str, int]


class PreviewPendingError(NotFoundError):
    """The preview does not exist yet."""

    code = "preview_pending"
    message = t("The preview is not made yet; ask again shortly.")
    headers = {"Retry-After": "1"}


def plan_preview(subject: Subject, content_type: str) -> None:
    """Enqueue the job that draws a preview, if the file is of a type that has one."""
    if content_type in PREVIEWED:
        enqueue(NewJob("preview", {**subject}, _lane(subject)))


def find_preview(subject: Subject, key: str, content_type: str) -> Path:
    """Return the preview of a file that the caller may see.

    If it does not exist and no job is waiting, as after files were moved, a job is
    enqueued.

    :param key: the key of the file.
    :raises PreviewPendingError: the preview does not exist yet.
    :raises NotFoundError: the file is of a type without preview, missing, or broken.
    """
    if content_type not in PREVIEWED:
        raise NotFoundError(t("Files of this kind have no preview."))
    preview = storage.preview_of(key)
    if not preview.is_file():
        if not storage.path_of(key).is_file():
            raise NotFoundError(t("The file is missing."))
        if not is_waiting(_lane(subject)):
            _plan_again(subject, content_type)
        raise PreviewPendingError
    if not preview.stat().st_size:
        raise NotFoundError(t("No preview can be made of this file."))
    return preview


def make_preview(subject: Subject) -> None:
    """Draw the preview of a file, unless it exists.

    :raises JobError: it failed for another reason than the image, or ran out of time.
    """
    found = _key_and_type(subject)
    db.session.close()  # drawing takes seconds, and would hold the connection
    if not found or found[0] is None or found[1] not in PREVIEWED:
        return
    source, preview = storage.path_of(found[0]), storage.preview_of(found[0])
    if preview.is_file() or not source.is_file():
        return
    draw(source, found[1], preview)
    if not source.is_file():  # it was deleted meanwhile
        preview.unlink(missing_ok=True)


@transaction()
def _plan_again(subject: Subject, content_type: str) -> None:
    plan_preview(subject, content_type)


def _key_and_type(subject: Subject) -> Any:
    if "file_id" in subject:
        columns = select(File.key, File.content_type)
        return db.session.execute(columns.where(File.id == subject["file_id"])).first()
    attached = select(Ticket.attachment_key, Ticket.attachment_type)
    of_ticket = attached.where(Ticket.id == subject["ticket_id"])
    return db.session.execute(of_ticket).first()


def _lane(subject: Subject) -> str:
    [(name, number)] = subject.items()
    return f"preview.{name}.{number}"
