"""The file of a ticket: received, checked, stored; gone when nothing refers to it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import select

from ticketing.core import storage
from ticketing.core.database import db
from ticketing.core.errors import InvalidError, TooLargeError, UncertainError
from ticketing.core.offload import offload
from ticketing.core.settings import setting
from ticketing.tickets.content_types import content_type_of
from ticketing.tickets.models import Ticket

NAME_LENGTH = 255
UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
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

    def is_that_of(self, ticket: Ticket) -> bool:
        """Whether the ticket has the same file, under the same name, already."""
        held = (ticket.attachment_digest, ticket.attachment_name)
        return held == (self.file.digest, self.name)

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
