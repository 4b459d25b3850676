"""Fixtures for files: add and send them, and read the storage."""

from io import BytesIO

import pytest
from PIL import Image

LOG = b"12:00 Printer on fire\n"


@pytest.fixture(autouse=True)
def directory(app, monkeypatch, tmp_path):
    """The upload directory of this test."""
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def stored(directory):
    """Return the contents of all files in the upload directory, in order."""
    return lambda: sorted(
        path.read_bytes() for path in directory.rglob("*") if path.is_file()
    )


@pytest.fixture
def add(api, ticket):
    """Add a file to the ticket as a user; return the response."""

    def add(user, content=LOG, name="error.log", on=ticket):
        form = {"file": (BytesIO(content), name)}
        return api(user).post(f"/api/tickets/{on.id}/files", data=form)

    return add


@pytest.fixture
def post(api, ticket):
    """Send a message, or add a comment, as a user; return the response."""

    def post(user, kind="messages", headers=None, **body):
        url = f"/api/tickets/{ticket.id}/{kind}"
        return api(user).post(url, json=body, headers=headers)

    return post


@pytest.fixture
def get(api):
    """Get a URL as a user; return the response."""
    return lambda user, url: api(user).get(url, buffered=True)


def picture(size=(40, 20), mode="RGB", colour="red", kind="PNG", **options):
    """Return an image of one colour."""
    stream = BytesIO()
    Image.new(mode, size, colour).save(stream, kind, **options)
    return stream.getvalue()
