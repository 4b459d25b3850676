"""Check and store the files that people attach."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Protocol

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute

from ticketing.core import storage
from ticketing.core.database import db
from ticketing.core.errors import InvalidError, TooLargeError, UncertainError
from ticketing.core.extension_points import ExtensionPoint
from ticketing.core.offload import offload
from ticketing.core.settings import setting
from ticketing.core.text import t
from ticketing.tickets.content_types import REFUSED, content_type_of
from ticketing.tickets.models import Ticket

MAX_NAME_LENGTH = 255
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
MEBIBYTE = 1024 * 1024

# Functions by which other parts add the sizes of their files to a user's quota: each
# returns, for the id of the user, the SQL expression of their size in bytes.
SIZES = ExtensionPoint[Callable[[int], ColumnElement[int]]]("file_sizes")


class Upload(Protocol):
    """An uploaded file as the web framework provides it."""

    @property
    def filename(self) -> str | None:
        """The name that it was sent with."""

    @property
    def stream(self) -> IO[bytes]:
        """Its content, which is seekable."""


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
        """The name and digest, by which a file that is sent again is recognized."""
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


Attaching = AbstractContextManager[Received | None]


def receiving(upload: Upload | None) -> Attaching:
    """Store a ticket's attachment, if any, before the block; see ``keeping``."""
    if upload is None:
        return nullcontext()
    return keeping(upload, "attachment", Ticket.attachment_key)


@contextmanager
def keeping(
    upload: Upload, field: str, column: InstrumentedAttribute[Any]
) -> Iterator[Received]:
    """Store an upload before the block, and delete it afterwards if no row has it.

    :param field: the name of the field in errors.
    :param column: the column in which the block stores the key of the file.
    :raises TooLargeError: the file exceeds ``ATTACHMENT_BYTES``.
    :raises InvalidError: the file is empty, or its type is not allowed.
    :raises StorageFullError: the disk is full.
    """
    received = _receive(upload, field)
    try:
        yield received
    except UncertainError:
        raise  # the commit may have succeeded: prefer an orphan to a missing file
    except BaseException:
        storage.remove(received.file.key)
        raise
    if not _is_in(column, received.file.key):
        storage.remove(received.file.key)


def identity_of(upload: Upload) -> list[str]:
    """Return the ``Received.identity`` of an upload without storing it."""
    digest = offload(storage.digest_of, upload.stream)
    return [safe_name(upload.filename or ""), digest]


def require_quota(user_id: int, size: int, replaced_on: int = 0) -> None:
    """Check that a file fits into the quota of a user.

    The caller must hold the lock of the user's row, so that the second of two
    concurrent files counts the first.

    :param size: in bytes.
    :param replaced_on: the id of the ticket whose file it replaces, if any.
    :raises TooLargeError: all files of the user would exceed ``ATTACHMENT_QUOTA``.
    """
    others = Ticket.user_id == user_id, Ticket.id != replaced_on
    attached = select(func.coalesce(func.sum(Ticket.attachment_size), 0))
    used: ColumnElement[int] = attached.where(*others).scalar_subquery()
    for size_of_others in SIZES.contributions():
        used += size_of_others(user_id)
    quota = setting("ATTACHMENT_QUOTA")
    if db.session.scalars(select(used)).one() + size > quota:
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


def _receive(upload: Upload, field: str) -> Received:
    size, limit = upload.stream.seek(0, 2), setting("ATTACHMENT_BYTES")
    if not size:
        raise InvalidError({field: [t("Must not be empty.")]})
    if size > limit:
        mebibytes = limit // MEBIBYTE
        raise TooLargeError(t("The attachment exceeds {most} MiB.", most=mebibytes))
    file, kind = offload(_store, upload.stream, storage.root())
    if kind is None:
        storage.remove(file.key)
        raise InvalidError({field: [REFUSED]})
    return Received(safe_name(upload.filename or ""), kind, size, file)


def _store(
    stream: IO[bytes], directory: Path
) -> tuple[storage.StoredFile, str | None]:
    file = storage.save(stream, directory)
    path = storage.path_in(directory, file.key)
    try:
        return file, content_type_of(path)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _is_in(column: InstrumentedAttribute[Any], key: str) -> bool:
    return db.session.scalar(select(column).where(column == key)) is not None
