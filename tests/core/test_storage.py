"""The storage of files."""

import errno
import hashlib
import os
import time
from io import BytesIO

import pytest

from ticketing.core import storage
from ticketing.core.errors import StorageFullError


class Failing(BytesIO):
    """A stream that breaks off."""

    def read(self, *args):
        if self.tell():
            raise OSError(errno.EIO, "Input/output error")
        return super().read(3)


@pytest.fixture
def directory(tmp_path):
    return tmp_path / "uploads"


@pytest.fixture
def files(directory):
    """Return the files on disk."""
    return lambda: [path for path in directory.rglob("*") if path.is_file()]


@pytest.fixture
def context(app, directory, monkeypatch):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(directory))
    with app.app_context():
        yield


@pytest.mark.parametrize(
    "size", [0, 1, storage.CHUNK_BYTES, 2 * storage.CHUNK_BYTES + 1]
)
def test_storage_saves_a_stream_from_its_start(directory, size):
    stream = BytesIO(b"x" * size)
    stream.seek(0, 2)

    file = storage.save(stream, directory)

    content = storage.path_in(directory, file.key).read_bytes()
    assert content == b"x" * size
    assert file.digest == hashlib.sha256(content).hexdigest()


def test_storage_saves_the_same_content_twice_as_two_files(directory, files):
    saved = [storage.save(BytesIO(b"same"), directory) for _ in range(2)]

    assert len({file.key for file in saved}) == len(files()) == 2
    assert len({file.digest for file in saved}) == 1


def test_a_file_is_synchronized_to_disk_when_save_returns(directory, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", synced.append)

    storage.save(BytesIO(b"x"), directory)

    assert len(synced) == 1


@pytest.mark.parametrize(
    ("code", "raised"),
    [
        (errno.ENOSPC, StorageFullError),
        (errno.EDQUOT, StorageFullError),
        (errno.EIO, OSError),
    ],
)
def test_a_failed_save_leaves_no_file(directory, files, monkeypatch, code, raised):
    def fail(*args):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(raised):
        storage.save(BytesIO(b"x"), directory)

    assert files() == []


def test_a_stream_that_breaks_off_leaves_no_file(directory, files):
    with pytest.raises(OSError, match="Input/output"):
        storage.save(Failing(b"half of it"), directory)

    assert files() == []


def test_removing_a_missing_file_is_no_error(context, directory, files):
    key = storage.save(BytesIO(b"x"), directory).key

    storage.remove(key)
    storage.remove(key)

    assert files() == []


def test_storage_lists_the_keys_of_older_files(context, directory):
    old, new = (storage.save(BytesIO(b"x"), directory).key for _ in range(2))
    then = time.time() - 100
    os.utime(storage.path_of(old), (then, then))

    assert list(storage.keys(older_than_s=99)) == [old]
    assert list(storage.keys(older_than_s=101)) == []
    assert set(storage.keys(older_than_s=-1)) == {old, new}
