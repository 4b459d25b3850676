"""Files, under names of our own, in one directory that no web server serves."""

import errno
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ticketing.core.errors import StorageFullError
from ticketing.core.settings import setting

CHUNK = 256 * 1024
FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class StoredFile:
    """A file on disk.

    :param key: its name there.
    :param digest: SHA-256 of what it holds, in hexadecimal.
    """

    key: str
    digest: str


def root() -> Path:
    """Return the directory of all files."""
    return Path(setting("UPLOAD_DIR"))


def path_of(key: str) -> Path:
    """Return where a file is, or would be."""
    return path_in(root(), key)


def path_in(directory: Path, key: str) -> Path:
    """Return where a file is below ``directory``."""
    return directory / key[:2] / key


def save(stream: IO[bytes], directory: Path) -> StoredFile:
    """Write a stream to a new file; what was written is on disk when it returns.

    :raises StorageFullError: there is no room for it; nothing is left of it.
    """
    key = uuid.uuid4().hex
    path = path_in(directory, key)
    try:
        with on_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            return StoredFile(key, _write(stream, path))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def on_disk() -> Iterator[None]:
    """Write something; the disk may be full.

    :raises StorageFullError: it is.
    """
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise StorageFullError from error
        raise


def digest_of(stream: IO[bytes]) -> str:
    """Return what ``save`` would return as the digest, writing nothing."""
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def remove(key: str) -> None:
    """Delete a file, if it is there."""
    path_of(key).unlink(missing_ok=True)


def keys(older_than: float) -> Iterator[str]:
    """Return the names of the files that are older.

    :param older_than: in seconds.
    """
    latest = time.time() - older_than
    for path in root().glob("??/*"):
        if path.stat().st_mtime <= latest:
            yield path.name


def _write(stream: IO[bytes], path: Path) -> str:
    digest = hashlib.sha256()
    stream.seek(0)
    with path.open("xb") as file:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
