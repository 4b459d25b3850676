"""Store files in one directory, outside any web root, under random names.

Beside a file there may be its preview, and a part of one that is being written.
"""

import errno
import hashlib
import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ticketing.core.errors import StorageFullError
from ticketing.core.settings import setting

CHUNK_BYTES = 256 * 1024
PREVIEW, PART = ".webp", ".part"
DISK_FULL = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True)
class StoredFile:
    """A file on disk.

    :param key: the random name under which it is stored.
    :param digest: the SHA-256 digest of its content, in hexadecimal.
    """

    key: str
    digest: str


def root() -> Path:
    """Return the directory in which all files are stored."""
    return Path(setting("UPLOAD_DIR"))


def path_of(key: str) -> Path:
    """Return the path of a file, which need not exist."""
    return path_in(root(), key)


def path_in(directory: Path, key: str) -> Path:
    """Return the path of a file below a given directory."""
    return directory / key[:2] / key


def preview_of(key: str) -> Path:
    """Return the path of a file's preview, which need not exist."""
    return path_of(key).with_suffix(PREVIEW)


def save(stream: IO[bytes], directory: Path) -> StoredFile:
    """Write a stream to a new file, and flush it to disk.

    It needs no application context, so that another thread can call it.

    :raises StorageFullError: the disk is full. No part of the file is left.
    """
    key = uuid.uuid4().hex
    path = path_in(directory, key)
    try:
        with detecting_full_disk():
            path.parent.mkdir(parents=True, exist_ok=True)
            return StoredFile(key, _write(stream, path))
    except BaseException:
        path.unlink(missing_ok=True)
        raise


@contextmanager
def detecting_full_disk() -> Iterator[None]:
    """Raise the application's own error if the block finds the disk full.

    :raises StorageFullError: the disk, or a quota on it, is full.
    """
    try:
        yield
    except OSError as error:
        if error.errno in DISK_FULL:
            raise StorageFullError from error
        raise


def digest_of(stream: IO[bytes]) -> str:
    """Return the digest that ``save`` would return, without writing anything."""
    stream.seek(0)
    return hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type]


def remove(key: str) -> None:
    """Delete a file, and its preview, if they exist."""
    for suffix in ("", PREVIEW, PART):
        path_of(key).with_suffix(suffix).unlink(missing_ok=True)


def keys(older_than_s: float) -> Iterator[str]:
    """Return the keys of all files that are older than a number of seconds.

    The key of a file that has a preview is returned twice.
    """
    latest = time.time() - older_than_s
    for path in root().glob("??/*"):
        with suppress(FileNotFoundError):  # it was deleted meanwhile
            if path.stat().st_mtime <= latest:
                yield path.stem


def _write(stream: IO[bytes], path: Path) -> str:
    digest = hashlib.sha256()
    stream.seek(0)
    with path.open("xb") as file:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()
