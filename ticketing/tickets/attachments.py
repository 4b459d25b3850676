"""The file of a ticket: received, checked, stored; gone when nothing refers to it."""

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
from ticketing.tickets.content_types import content_type_of
from ticketing.tickets.models import Ticket

NAME_LENGTH = 255
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
MEGABYTE = 1024 * 1024
# Younger files may belong to a request that has not yet committed.
PRUNED_AFTER = 3600.0  # seconds


class Upload(Protocol):
    """A file as the framework hands it over."""

    filename: str | None
    stream: IO[bytes]


@dataclass(frozen=True)
class Received:
    """A stored file that a ticket may refer to; ``size`` is in bytes."""

    name: str
    content_type: str
    size: int
    file: storage.StoredFile

    @property
    def identity(self) -> list[str]:
        """What two files have in common that are the same to their sender."""
        return [self.name, self.file.digest]

    def is_that_of(self, ticket: Ticket) -> bool:
        """Whether the ticket has the same file, under the same name, already."""
        return self.identity == [ticket.attachment_name, ticket.attachment_digest]

    def attach_to(self, ticket: Ticket) -> None:
        """Make it the ticket's file."""
        ticket.attachment_key = self.file.key
        ticket.attachment_name = self.name
        ticket.attachment_type = self.content_type
        ticket.attachment_size = self.size
        ticket.attachment_digest = self.file.digest


@contextmanager
def receiving(upload: Upload | None) -> Iterator[Received | None]:
    """Store an upload for the block; keep it only if a ticket has it afterwards.

    :raises TooLargeError: it exceeds the limit.
    :raises InvalidError: it is empty, or of no kind that may be attached.
    :raises StorageFullError: there is no room for it.
    """
    received = None if upload is None else _receive(upload)
    try:
        yield received
    except UncertainError:
        raise  # it may have been committed: an orphan is better than a missing file
    except BaseException:
        if received:
            storage.remove(received.file.key)
        raise
    if received and not _is_used(received.file.key):
        storage.remove(received.file.key)


def identity_of(upload: Upload) -> list[str]:
    """Return the ``identity`` that an upload would have once it is stored."""
    digest = offload(storage.digest_of, upload.stream)
    return [last_part(upload.filename or ""), digest]


def require_room(user_id: int, size: int, besides: int = 0) -> None:
    """Refuse a file that the quota of its ticket's user has no room for.

    Their turn is taken: of two files at once, the second counts the first.

    :param size: in bytes.
    :param besides: the id of the ticket whose file it replaces, if any.
    :raises TooLargeError: with the files of all their tickets, it would exceed
        ``ATTACHMENT_QUOTA``.
    """
    theirs = Ticket.user_id == user_id, Ticket.id != besides
    held = db.session.scalar(select(func.sum(Ticket.attachment_size)).where(*theirs))
    quota = setting("ATTACHMENT_QUOTA")
    if int(held or 0) + size > quota:
        raise TooLargeError(
            f"The attachments of one user may have {quota:,} bytes in all; "
            "remove others first."
        )


def detach_from(ticket: Ticket) -> None:
    """Leave the ticket without a file."""
    ticket.attachment_key = ticket.attachment_name = None
    ticket.attachment_type = ticket.attachment_size = None
    ticket.attachment_digest = None


def prune() -> int:
    """Delete the files to which no ticket refers; return how many."""
    old = set(storage.keys(older_than=PRUNED_AFTER))  # before, or a new one is missed
    orphans = old - set(db.session.scalars(select(Ticket.attachment_key)))
    for key in orphans:
        storage.remove(key)
    return len(orphans)


def last_part(name: str) -> str:
    """Return a file name without its path, and without what deceives or breaks."""
    part = re.split(r"[/\\]", UNPRINTABLE.sub("", name))[-1].strip().rstrip(". ")
    return _shorten(part) or "attachment"


def _shorten(name: str) -> str:
    stem, dot, extension = name.rpartition(".")
    if not stem or len(extension) > 20:
        return name[:NAME_LENGTH]
    return stem[: NAME_LENGTH - len(extension) - 1] + dot + extension


def _receive(upload: Upload) -> Received:
    size, limit = upload.stream.seek(0, 2), setting("ATTACHMENT_BYTES")
    if not size:
        raise InvalidError({"attachment": ["Must not be empty."]})
    if size > limit:
        raise TooLargeError(f"The attachment exceeds {limit // MEGABYTE} MiB.")
    file, kind = offload(_store, upload.stream, storage.root())
    return Received(last_part(upload.filename or ""), kind, size, file)


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
