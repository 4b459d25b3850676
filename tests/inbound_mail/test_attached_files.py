"""Attached files of a reply by mail become files of the comment."""

from base64 import encodebytes

import pytest

from ticketing.core.database import db
from ticketing.files import service as files
from ticketing.jobs.models import Job

MIXED = 'multipart/mixed; boundary="B"'
PNG = b"\x89PNG\r\n\x1a\n not really"
TEXT = "--B\n\nSee these.\n"


def attached(name, content):
    """Return a part of a message."""
    return (
        f'--B\nContent-Disposition: attachment; filename="{name}"\n'
        f"Content-Transfer-Encoding: base64\n\n{encodebytes(content).decode()}\n"
    )


@pytest.fixture(autouse=True)
def directory(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def stored(directory):
    """Return the contents of all files in the upload directory, in order."""
    return lambda: sorted(
        path.read_bytes() for path in directory.rglob("*") if path.is_file()
    )


@pytest.fixture
def reply(deliver, message):
    """Deliver a reply with attached files; return the answer."""

    def reply(*parts, text=TEXT, **headers):
        body = "".join([text, *parts, "--B--\n"])
        return deliver(message(body, Content_Type=MIXED, **headers))

    return reply


def test_attached_files_become_files_of_the_comment(
    app, reply, api, admin, customer, stored
):
    response = reply(attached("../fire.png", PNG), attached("error.log", b"42\n"))

    assert response.status_code == 201
    assert response.json["content"] == "See these."
    found = response.json["files"]
    assert [(file["name"], file["content_type"]) for file in found] == [
        ("fire.png", "image/png"),
        ("error.log", "text/plain"),
    ]
    contents = [api(admin).get(f["url"], buffered=True).data for f in found]
    assert contents == [PNG, b"42\n"]
    assert stored() == [b"42\n", PNG]
    with app.app_context():
        jobs = [*db.session.scalars(db.select(Job.data))]
    assert jobs == [{"file_id": found[0]["id"]}]


def test_a_file_alone_is_a_reply(reply):
    response = reply(attached("error.log", b"42\n"), text="")

    assert (response.status_code, response.json["content"]) == (201, "")
    assert len(response.json["files"]) == 1


def test_files_that_are_refused_are_named_beside_those_that_are_taken(reply, stored):
    pages = attached("a.html", b"<html>"), attached("b.bin", b"\0")

    response = reply(pages[0], attached("error.log", b"42\n"), pages[1], text="")

    names = "a.html, b.bin"
    assert response.json["content"] == f"[Attached, but not taken: {names}]"
    assert [file["name"] for file in response.json["files"]] == ["error.log"]
    assert stored() == [b"42\n"]


RELATED = 'multipart/related; boundary="B"'
HTML = "--B\nContent-Type: text/html\n\n<p>See <img src=cid:1></p>\n"


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        ("Content-Disposition: inline; filename=fire.png", "fire.png"),
        ("Content-Type: image/png; name=fire.png", "fire.png"),
        ("Content-Type: image/png", "image-png"),
    ],
)
def test_pictures_in_html_and_files_beside_them_become_files_of_the_comment(
    deliver, message, stored, headers, name
):
    encoding = "Content-Transfer-Encoding: base64"
    encoded = encodebytes(PNG).decode()
    picture = f"--B\n{headers}\nContent-ID: <1>\n{encoding}\n\n{encoded}\n"
    body = f"{HTML}{picture}{attached('error.log', b'42')}--B--\n"

    response = deliver(message(body, Content_Type=RELATED))

    assert response.json["content"] == "See"
    assert [file["name"] for file in response.json["files"]] == [name, "error.log"]
    assert stored() == [b"42", PNG]


def test_a_picture_pasted_into_html_alone_is_a_reply(deliver, message):
    html = "--B\nContent-Type: text/html\n\n<img src=cid:1>\n"
    body = f"{html}{attached('fire.png', PNG)}--B--\n"

    response = deliver(message(body, Content_Type=RELATED))

    assert (response.status_code, response.json["content"]) == (201, "")
    assert len(response.json["files"]) == 1


def test_text_that_is_related_to_another_is_left_out(deliver, message):
    body = f"{HTML}--B\nContent-Type: text/plain\n\nA footer\n--B--\n"

    response = deliver(message(body, Content_Type=RELATED))

    assert response.json["content"] == "See"


def test_files_beyond_the_quota_are_named(app, monkeypatch, reply, stored):
    monkeypatch.setitem(app.config, "ATTACHMENT_QUOTA", 100)
    sizes = (60, 41, 40)

    response = reply(*(attached(f"{size}.log", b"x" * size) for size in sizes))

    assert [file["name"] for file in response.json["files"]] == ["60.log", "40.log"]
    assert response.json["content"].endswith("[Attached, but not taken: 41.log]")
    assert sorted(map(len, stored())) == [40, 60]


def test_a_file_that_is_too_large_is_named(app, monkeypatch, reply, stored):
    monkeypatch.setitem(app.config, "ATTACHMENT_BYTES", 10)

    response = reply(attached("large.log", b"x" * 11))

    assert response.json["content"].endswith("[Attached, but not taken: large.log]")
    assert (response.json["files"], stored()) == ([], [])


def test_a_comment_by_mail_has_ten_files_at_most(reply, stored):
    response = reply(*(attached(f"{n}.log", b"%d" % n) for n in range(12)))

    assert len(response.json["files"]) == 10
    assert "not taken: 10.log, 11.log]" in response.json["content"]
    assert len(stored()) == 10


def test_files_of_a_reply_are_stored_once_however_often_it_is_received(reply, stored):
    first, again = (reply(attached("error.log", b"42\n")) for _ in range(2))

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert stored() == [b"42\n"]


@pytest.mark.parametrize("sender", ["sam@example.org", "carla@example.com"])
def test_nothing_of_a_message_from_a_stranger_is_stored(
    monkeypatch, reply, stored, sender
):
    def refuse(*args):
        raise AssertionError("a file was stored")

    monkeypatch.setattr("ticketing.inbound_mail.service.keeping", refuse)

    response = reply(attached("error.log", b"42\n"), From=sender)

    assert response.json["code"] == "wrong_sender"


def test_a_reply_that_is_refused_leaves_no_file(
    api, customer, ticket, admin, reply, stored
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "closed"})

    response = reply(attached("error.log", b"42\n"))

    assert response.json["code"] == "ticket_closed"
    assert stored() == []


def test_unused_files_of_ones_own_do_not_keep_a_reply_from_having_some(
    monkeypatch, reply
):
    monkeypatch.setattr(files, "MAX_UNUSED", 0)

    assert len(reply(attached("error.log", b"42\n")).json["files"]) == 1
