"""Use cases of files."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.accounts.service import lock_for_change
from ticketing.core import storage
from ticketing.core.database import db, utcnow
from ticketing.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from ticketing.core.idempotency import Created
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction
from ticketing.files import images
from ticketing.files.models import File, described
from ticketing.tickets.access import find_ticket, lock_ticket, require_open
from ticketing.tickets.attachments import Received, Upload, keeping, require_quota
from ticketing.tickets.events import AttachmentRemoved
from ticketing.tickets.models import Ticket
from ticketing.tickets.service import Attachment, get_attachment
from ticketing.web.schemas import Serialized

MAX_UNUSED = 10  # of a user on a ticket
KEPT_UNUSED = timedelta(hours=24)
NO_FILE = t("There is no such file.")
SENT = t("This file was sent. It goes with what it was sent with.")


class TooManyFilesError(ConflictError):
    """The user has too many unused files on the ticket."""

    code = "too_many_files"
    message = t("Too many files of yours on this ticket are unsent; send them first.")


def add_file(actor: Actor, ticket_id: int, upload: Upload) -> Created[Serialized]:
    """Add a file to a ticket, for a comment or message that is still to be written.

    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises TicketClosedError: the ticket is closed, and ``actor`` is not an admin.
    :raises TooManyFilesError: ``actor`` has ``MAX_UNUSED`` on this ticket already.
    :raises InvalidError: the file is empty, or its type is not allowed.
    :raises TooLargeError: the file exceeds the limit, or the quota of ``actor``.
    :raises StorageFullError: the disk is full.
    """
    ticket = find_ticket(actor, ticket_id)
    require_open(actor, ticket)  # before the file is stored
    _require_few(actor, ticket.id)
    with keeping(upload, "file", File.key) as received:
        file = _add(actor, ticket.id, received)
    return Created(Serialized(described(file.summary)))


def get_file(actor: Actor, file_id: int) -> Attachment:
    """Return a file to send.

    :raises NotFoundError: ``actor`` can see no such file.
    """
    file = find_file(actor, file_id)
    path = storage.path_of(file.key)
    if not path.is_file():
        raise NotFoundError(t("The file is missing."))
    return Attachment(path, file.name, file.content_type)


def get_preview(actor: Actor, file_id: int) -> Path:
    """Return the preview of a file.

    :raises NotFoundError: ``actor`` can see no such file, or it has no preview.
    :raises PreviewPendingError: the preview does not exist yet.
    """
    file = find_file(actor, file_id)
    return images.find_preview({"file_id": file_id}, file.key, file.content_type)


def get_attachment_preview(actor: Actor, ticket_id: int) -> Path:
    """Return the preview of a ticket's attachment.

    :raises NotFoundError: ``actor`` can see no such ticket, or it has no attachment, or
        that has no preview.
    :raises PreviewPendingError: the preview does not exist yet.
    """
    file = get_attachment(actor, ticket_id)
    subject = {"ticket_id": ticket_id}
    return images.find_preview(subject, file.path.name, file.content_type)


def find_file(actor: Actor, file_id: int) -> Any:
    """Return the key, name and media type of a file.

    :raises NotFoundError: ``actor`` can see no such file.
    """
    found = db.session.execute(
        select(File.key, File.name, File.content_type)
        .join(File.ticket)
        .where(
            File.id == file_id,
            policy.visible_to(actor),
            policy.files_visible_to(actor),
        )
    ).first()
    if found is None:
        raise NotFoundError(NO_FILE)
    return found


@transaction()
def delete_file(actor: Actor, file_id: int) -> None:
    """Delete a file that no comment or message uses.

    :raises NotFoundError: ``actor`` can see no such file.
    :raises ForbiddenError: a comment or message uses it.
    """
    find_file(actor, file_id)
    unused = select(File.id).where(File.id == file_id, policy.is_unused_file_of(actor))
    if db.session.scalar(unused.with_for_update()) is None:
        raise ForbiddenError(SENT)
    delete_files(File.id == file_id)


def store_file(actor: Actor, ticket: Ticket, received: Received) -> File:
    """Add a received file to a locked ticket, in the current transaction.

    :raises TooLargeError: the file exceeds the quota of ``actor``.
    """
    lock_for_change(actor.id)
    require_quota(actor.id, received.size)
    now = utcnow()
    file = File(
        ticket_id=ticket.id,
        user_id=actor.id,
        key=received.file.key,
        name=received.name,
        content_type=received.content_type,
        size=received.size,
        created_at=now,
        expires_at=now + KEPT_UNUSED,
    )
    db.session.add(file)
    db.session.flush()
    images.plan_preview({"file_id": file.id}, file.content_type)
    return file


def lock_files(actor: Actor, ticket: Ticket, file_ids: Sequence[int]) -> list[File]:
    """Lock and return unused files that ``actor`` has added to a ticket, in order.

    Without ids, no statement is executed.

    :raises InvalidError: one of them is not such a file.
    """
    if not file_ids:
        return []
    unused = select(File).where(
        File.id.in_(file_ids),
        File.ticket_id == ticket.id,
        policy.is_unused_file_of(actor),
    )
    found = {file.id: file for file in db.session.scalars(unused.with_for_update())}
    if found.keys() != {*file_ids}:
        wrong = t("Must be files that you have added to this ticket, and not used yet.")
        raise InvalidError({"file_ids": [wrong]})
    return [found[file_id] for file_id in file_ids]


def summaries(files: Sequence[File]) -> list[dict[str, Any]] | None:
    """Return ``HasFiles.attached`` for the files of a comment or message."""
    return [file.summary for file in files] or None


def use(files: Sequence[File], **by: Any) -> None:
    """Mark locked files as used by a comment or message.

    :param by: ``comment_id`` and ``internal``, or ``message_id``.
    """
    for file in files:
        file.expires_at = None
        for name, value in by.items():
            setattr(file, name, value)
    if files:
        db.session.flush()


def delete_files(*which: ColumnElement[bool]) -> None:
    """Delete files: their rows in this transaction, their content after its commit."""
    # Locked, or one that is sent just now would keep its row and lose its content.
    for key in db.session.scalars(select(File.key).where(*which).with_for_update()):
        publish(AttachmentRemoved(key))
    unloaded = {"synchronize_session": False}
    db.session.execute(delete(File).where(*which), execution_options=unloaded)


@transaction()
def _add(actor: Actor, ticket_id: int, received: Received) -> File:
    ticket = lock_ticket(actor, ticket_id)
    require_open(actor, ticket)
    lock_for_change(actor.id)
    _require_few(actor, ticket.id)
    return store_file(actor, ticket, received)


def _require_few(actor: Actor, ticket_id: int) -> None:
    unused = select(func.count(File.id)).where(
        File.ticket_id == ticket_id, policy.is_unused_file_of(actor)
    )
    if db.session.scalars(unused).one() >= MAX_UNUSED:
        raise TooManyFilesError
