"""Check and store the attachments of tickets, and delete files that no ticket uses."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import func, select

from ticketing.core import storage
from ticketing.core.database import db
from ticketing.core.errors import InvalidError, TooLargeError, UncertainError
from ticketing.core.offload import offload
from ticketing.core.settings import setting
from ticketing.core.text import t
from ticketing.tickets.content_types import content_type_of
from ticketing.tickets.models import Ticket

MAX_NAME_LENGTH = 255
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
MEBIBYTE = 1024 * 1024
# A newer file may belong to a request that has not committed yet.
PRUNE_AFTER_S = 3600.0


class Upload(Protocol):
    """An uploaded file as the web framework provides it."""

    filename: str | None
    stream: IO[bytes]


@dataclass(frozen=True)
class Received:
    """An upload that was accepted and stored.

    :param name: the file's name without its path.
    :param content_type: the media type, detected from the content.
    :param size: in bytes.
    """

    name: str
    content_type: str
    size: int
    file: storage.StoredFile

    @property
    def identity(self) -> list[str]:
        """The name and digest, which are equal if the same file is sent again."""
        return [self.name, self.file.digest]

    def is_attached_to(self, ticket: Ticket) -> bool:
        """Return whether this file, under this name, is the ticket's attachment."""
        return self.identity == [ticket.attachment_name, ticket.attachment_digest]

    def attach_to(self, ticket: Ticket) -> None:
        """Make this file the ticket's attachment."""
        ticket.attachment_key = self.file.key
        ticket.attachment_name = self.name
        ticket.attachment_type = self.content_type
        ticket.attachment_size = self.size
        ticket.attachment_digest = self.file.digest


@contextmanager
def receiving(upload: Upload | None) -> Iterator[Received | None]:
    """Store an upload before the block, and delete it afterwards if no ticket uses it.

    :raises TooLargeError: the file exceeds ``ATTACHMENT_BYTES``.
    :raises InvalidError: the file is empty, or its type is not allowed.
    :raises StorageFullError: the disk is full.
    """
    received = None if upload is None else _receive(upload)
    try:
        yield received
    except UncertainError:
        raise  # the commit may have succeeded: prefer an orphan to a missing file
    except BaseException:
        if received:
            storage.remove(received.file.key)
        raise
    if received and not _is_used(received.file.key):
        storage.remove(received.file.key)


def identity_of(upload: Upload) -> list[str]:
    """Return the ``Received.identity`` of an upload without storing it."""
    digest = offload(storage.digest_of, upload.stream)
    return [safe_name(upload.filename or ""), digest]


def require_quota(user_id: int, size: int, replaced_on: int = 0) -> None:
    """Check that a file fits into the quota of its ticket's user.

    The caller must hold the lock of the user's row, so that the second of two
    concurrent files counts the first.

    :param size: in bytes.
    :param replaced_on: the id of the ticket whose file is to be replaced, if any.
    :raises TooLargeError: all files of the user would exceed ``ATTACHMENT_QUOTA``.
    """
    others = Ticket.user_id == user_id, Ticket.id != replaced_on
    used = db.session.scalar(select(func.sum(Ticket.attachment_size)).where(*others))
    quota = setting("ATTACHMENT_QUOTA")
    if int(used or 0) + size > quota:
        raise TooLargeError(
            t(
                "The attachments of one user may have {quota} bytes in all; remove "
                "others first.",
                quota=quota,
            )
        )


def detach_from(ticket: Ticket) -> None:
    """Remove the attachment from a ticket."""
    ticket.attachment_key = ticket.attachment_name = None
    ticket.attachment_type = ticket.attachment_size = None
    ticket.attachment_digest = None


def prune() -> int:
    """Delete the files that no ticket uses; return their number."""
    # List the files first: a file that is committed in between would seem unused.
    old = set(storage.keys(older_than_s=PRUNE_AFTER_S))
    orphans = old - set(db.session.scalars(select(Ticket.attachment_key)))
    for key in orphans:
        storage.remove(key)
    return len(orphans)


def safe_name(name: str) -> str:
    """Return a file name without path, control characters and bidi marks.

    A long name is shortened before its extension.
    """
    part = re.split(r"[/\\]", UNPRINTABLE.sub("", name))[-1].strip().rstrip(". ")
    return _shorten(part) or "attachment"


def _shorten(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 20:
        return name[:MAX_NAME_LENGTH]
    return stem[: MAX_NAME_LENGTH - len(extension) - 1] + dot + extension


def _receive(upload: Upload) -> Received:
    size, limit = upload.stream.seek(0, 2), setting("ATTACHMENT_BYTES")
    if not size:
        raise InvalidError({"attachment": [t("Must not be empty.")]})
    if size > limit:
        most = limit // MEBIBYTE
        raise TooLargeError(t("The attachment exceeds {most} MiB.", most=most))
    file, kind = offload(_store, upload.stream, storage.root())
    return Received(safe_name(upload.filename or ""), kind, size, file)


def _store(stream: IO[bytes], directory: Path) -> tuple[storage.StoredFile, str]:
    file = storage.save(stream, directory)
    path = storage.path_in(directory, file.key)
    try:
        return file, content_type_of(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _is_used(key: str) -> bool:
    found = select(Ticket.id).where(Ticket.attachment_key == key)
    return db.session.scalar(found) is not None
