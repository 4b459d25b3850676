"""Copy files from the storage of the Laravel system, and none from outside of it."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from ticketing.core import storage
from ticketing.core.settings import setting
from ticketing.tickets.attachments import safe_name
from ticketing.tickets.content_types import content_type_of

NOT_FOLLOWED = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class RefusedFileError(Exception):
    """A file is refused; the message says why."""


def store_copy(directory: Path, path: str) -> dict[str, Any]:
    """Store a copy of a file; return the columns of a ticket that it is attached to.

    :param path: as the ticket has it, relative to the directory.
    :raises RefusedFileError: it is not a file below the directory, or one that may not
        be attached.
    :raises StorageFullError: the disk is full.
    """
    with _opened(directory, path) as stream:
        size = os.fstat(stream.fileno()).st_size
        if not 0 < size <= setting("ATTACHMENT_BYTES"):
            raise RefusedFileError("empty, or too large")
        file = storage.save(stream, storage.root())
    kind = content_type_of(storage.path_of(file.key))
    if kind is None:
        storage.remove(file.key)
        raise RefusedFileError("of a type that may not be attached")
    return {
        "attachment": file.key,
        "attachment_name": safe_name(path),
        "attachment_type": kind,
        "attachment_size": size,
        "attachment_digest": file.digest,
    }


@contextmanager
def _opened(directory: Path, path: str) -> Iterator[IO[bytes]]:
    """Open a file, following no link on the way, whatever is changed meanwhile."""
    parts = path.split("/")
    if {"", ".", ".."} & set(parts):
        raise RefusedFileError("outside of the storage, or no path")
    try:
        descriptor = _open(directory, parts)
    except FileNotFoundError as error:
        raise RefusedFileError("missing") from error
    except OSError as error:
        raise RefusedFileError("a link, or not readable") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise RefusedFileError("not a file")
    with open(descriptor, "rb") as stream:
        yield stream


def _open(directory: Path, parts: Sequence[str]) -> int:
    """Return the descriptor of a path, opened one directory after another."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    for place, part in enumerate(parts, 1):
        kind = os.O_DIRECTORY if place < len(parts) else 0
        try:
            inner = os.open(part, NOT_FOLLOWED | kind, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = inner
    return descriptor
