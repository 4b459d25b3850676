"""POST and PATCH /api/tickets, with a file"""

import errno
import gzip
import os
import struct
import uuid
import zipfile
from base64 import b64decode
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from ticketing.history import service as history
from ticketing.tickets.content_types import ALLOWED_TYPES

MEGABYTE = 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument."
PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNk+A8AAQUBAScY42YAAAAA"
    "SUVORK5CYII="
)
GIF = b"GIF89a\1\0\1\0\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0\1\0\1\0\0\2\2D\1\0;"
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0\xff\xd9"
EXIF = b"\xff\xd8\xff\xe1\0\x0eExif\0\0MM\0*\0\0\xff\xd9"
WEBP = b64decode("UklGRhoAAABXRUJQVlA4TA0AAAAvAAAAEAcQERGIiP4HAA==")
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<<>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!DOCTYPE html><html><body><script>alert(1)</script></body></html>"


def archive(*names, compression=zipfile.ZIP_DEFLATED):
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for name in names:
            file.writestr(name, "<xml/>")
    return stream.getvalue()


def nested(*files, compression=zipfile.ZIP_STORED):
    """Return a ZIP of uncompressed files."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as file:
        for number, content in enumerate(files):
            file.writestr(f"{number}.bin", content)
    return stream.getvalue()


def media(brand, *compatible):
    """Return the beginning of an ISO base media file."""
    brands = b"".join([brand, b"\0\0\2\0", *compatible])
    return struct.pack(">I4s", 8 + len(brands), b"ftyp") + brands + b"\0\0\0\x08mdat"


def bitmap(header_bytes=40):
    """Return a bitmap of one pixel."""
    head = struct.pack("<2sIHHI", b"BM", 14 + header_bytes + 4, 0, 0, 14 + header_bytes)
    body = struct.pack("<IiiHH", header_bytes, 1, 1, 1, 24).ljust(header_bytes, b"\0")
    return head + body + b"\xff\xff\xff\0"


def ole2(root_class, *, shift=9, sector=1):
    """Return an OLE2 file whose directory is one sector, with nothing but the root."""
    head = OLE2 + struct.pack("<22xH16xI", shift, sector)
    root = "Root Entry".encode("utf-16-le").ljust(80, b"\0")
    root += uuid.UUID(root_class).bytes_le
    return head.ljust((sector + 1) << shift, b"\0") + root.ljust(1 << shift, b"\0")


OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MSI = "000c1084-0000-0000-c000-000000000046"
MSG = "00020d0b-0000-0000-c000-000000000046"
DOC = "00020906-0000-0000-c000-000000000046"
XLS = "00020820-0000-0000-c000-000000000046"
PPT = "64818d10-4f9b-11cf-86ea-00aa00b929e8"
WEBM = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1\x42\xf7\x81\1\x42\x82\x84webm\x42\x87\x81\4"
TYPES = "[Content_Types].xml"
DOCX = archive(TYPES, "_rels/.rels", "word/document.xml")
XLSX = archive(TYPES, "_rels/.rels", "xl/workbook.xml")
PPTX = archive(TYPES, "_rels/.rels", "ppt/presentation.xml")


@pytest.fixture(autouse=True)
def directory(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def stored(directory):
    """Return the content of every file on disk."""
    return lambda: sorted(
        path.read_bytes() for path in directory.rglob("*") if path.is_file()
    )


@pytest.fixture
def body(category):
    return {
        "category_id": category.id,
        "subject": "Printer on fire",
        "description": "It burns.",
        "priority": "high",
    }


@pytest.fixture
def open_with(api, customer, body):
    """Open a ticket with a file; return the response."""

    def open_with(content, name="log.txt", **fields):
        parts = [f'name="{k}"\r\n\r\n{v}' for k, v in {**body, **fields}.items()]
        parts += [f'name="attachment"; filename="{name}"\r\n\r\n']
        form = "".join(
            f"\r\n--b\r\nContent-Disposition: form-data; {part}" for part in parts
        )
        return api(customer).post(
            "/api/tickets",
            data=form.encode() + content + b"\r\n--b--\r\n",
            content_type="multipart/form-data; boundary=b",
        )

    return open_with


@pytest.fixture
def attached(open_with):
    """The path of a ticket that has a file."""
    return open_with(b"the first").headers["Location"]


def edit_with(client, url, content, **kwargs):
    data = {"attachment": (BytesIO(content), "new.txt")}
    return client.patch(url, data=data, **kwargs)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (EXIF, "image/jpeg"),
        (GIF, "image/gif"),
        (GIF.replace(b"89a", b"87a"), "image/gif"),
        (WEBP, "image/webp"),
        (media(b"heic", b"mif1", b"heic"), "image/heic"),
        (media(b"mif1", b"mif1", b"heic"), "image/heic"),
        (media(b"avif", b"mif1", b"avif"), "image/avif"),
        (media(b"mif1", b"mif1", b"avif"), "image/avif"),
        (media(b"isom", b"isom", b"mp41"), "video/mp4"),
        (media(b"mp42"), "video/mp4"),
        (media(b"qt  ", b"qt  "), "video/quicktime"),
        (b"\0\0\0\x08wide\0\0\0\x08mdat", "video/quicktime"),
        (WEBM, "video/webm"),
        (b"II*\0\x08\0\0\0\0\0", "image/tiff"),
        (b"MM\0*\0\0\0\x08\0\0", "image/tiff"),
        (bitmap(), "image/bmp"),
        (bitmap(124), "image/bmp"),
        (PDF, "application/pdf"),
        (b"\xef\xbb\xbf" + PDF, "application/pdf"),
        (b"\r\n" + PDF, "application/pdf"),
        (b"x" * 1019 + PDF, "application/pdf"),
        (b"\0" * 100 + PDF, "application/pdf"),
        (b"ERROR: not a PDF: %PDF- is missing\n", "text/plain"),
        (ole2(DOC), "application/msword"),
        (ole2(XLS, sector=20), "application/vnd.ms-excel"),
        (ole2(PPT), "application/vnd.ms-powerpoint"),
        (ole2(MSG, shift=12, sector=0), "application/vnd.ms-outlook"),
        (ole2(MSG) + ole2(DOC), "application/vnd.ms-outlook"),
        (ole2("00000000-0000-0000-0000-000000000000"), "application/x-ole-storage"),
        (OLE2 + b"\xff" * 504, "application/x-ole-storage"),
        (gzip.compress(b"It burns.", mtime=0), "application/gzip"),
        (b"7z\xbc\xaf\x27\x1c\0\4" + 24 * b"\0", "application/x-7z-compressed"),
        (archive("a.txt"), "application/zip"),
        (archive(), "application/zip"),
        (archive("a.txt", compression=zipfile.ZIP_STORED), "application/zip"),
        (archive("word/document.xml"), "application/zip"),
        (DOCX, f"{OFFICE}wordprocessingml.document"),
        (XLSX, f"{OFFICE}spreadsheetml.sheet"),
        (PPTX, f"{OFFICE}presentationml.presentation"),
        (archive(TYPES, "word/document2.xml"), f"{OFFICE}wordprocessingml.document"),
        (nested(DOCX), "application/zip"),
        (nested(DOCX, XLSX, compression=zipfile.ZIP_DEFLATED), "application/zip"),
        (archive(TYPES, "a/word/document.xml"), "application/zip"),
        (archive(TYPES, "word/document.xml.txt"), "application/zip"),
        (b"id,name\r\n1,Carla\r\n", "text/plain"),
        (b"12:00 \x1b[31mERROR\x1b[0m <Printer 7>: it burns\n", "text/plain"),
        (b"if (a < b && c > d) return;\n", "text/plain"),
        (b"x", "text/plain"),
        ("Größe – 寸法 🔥".encode(), "text/plain"),
        ("Größe – 寸法 🔥".encode("utf-8-sig"), "text/plain"),
        ("Größe – 寸法 🔥".encode("utf-16"), "text/plain"),
        ("\ufeffGröße – 寸法 🔥".encode("utf-16-be"), "text/plain"),
        ("Größe – 寸法 🔥".encode("utf-32"), "text/plain"),
        ("\ufeffGröße – 寸法 🔥".encode("utf-32-be"), "text/plain"),
        ("Größe".encode("latin-1"), "text/plain"),
        ("“Größe” – 5 €".encode("cp1252"), "text/plain"),
        (b" \r\n\t\f\n", "text/plain"),
        (b"12:00 WARN unexpected <html> in the answer\n", "text/plain"),
        (b'{"log": {"text": "<!DOCTYPE html><script>1</script>"}}', "text/plain"),
        (b'# Logo\n\n<img src="logo.png">\n', "text/plain"),
        (b"<3 the new printer>", "text/plain"),
        (b"< b > and < i >", "text/plain"),
        (b"Hello <script>alert(1)</script>", "text/plain"),
        (b"\xff\xd8" + HTML, "text/plain"),
    ],
)
@pytest.mark.parametrize("name", ["honest.bin", "page.html"])
def test_the_type_of_an_attachment_is_detected_from_its_content(
    api, open_with, stored, customer, content, kind, name
):
    response = open_with(content, name)

    assert response.status_code == 201
    attachment = response.json["attachment"]
    url = f"/api/tickets/{response.json['id']}/attachment"
    has_preview = kind in {"image/png", "image/jpeg", "image/gif", "image/webp"}
    assert attachment == {
        "name": name,
        "content_type": kind,
        "size": len(content),
        "url": url,
        "preview_url": f"{url}/preview" if has_preview else None,
    }
    assert stored() == [content]
    assert api(customer).get(attachment["url"], buffered=True).data == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.txt", HTML),
        ("page.txt", HTML.lower()),
        ("page.txt", b" \r\n\t" + HTML),
        ("page.txt", b" " * 5000 + b"<b>bold</b>"),
        ("page.txt", b"\xef\xbb\xbf" + HTML),
        ("page.txt", HTML.decode().encode("utf-16")),
        ("page.txt", b"<!-- harmless --><script>alert(1)</script>"),
        ("page.txt", b"<p>Hello</p>"),
        ("picture.png", SVG),
        ("picture.svg", b'<?xml version="1.0"?>' + SVG),
        ("data.csv", b'<?xml version="1.0"?><data/>'),
        ("data.csv", b"<data><row/></data>"),
        ("setup.png", b"MZ\x90\0\3\0\0\0\4\0\0\0\xff\xff\0\0" + 48 * b"\0"),
        ("setup.txt", b"\x7fELF\2\1\1" + 9 * b"\0"),
        ("photo.bmp", b"BM\x3a\0\0\0\0\0\0\0\x36\0\0\0"),
        ("noise.txt", bytes(range(256))),
        ("late.txt", b"plain " * 2000 + b"\0\1\2"),
        ("broken.txt", b"\xff\xfeodd"),
        ("broken.zip", b"PK\3\4 and no more"),
        ("late.png", b"text before " + PNG),
        ("page.txt", b" \f\xef\xbb\xbf \xef\xbb\xbf" + HTML),
        ("page.txt", b" " * 5_000_000 + HTML),
        ("page.txt", ("\n\ufeff " + HTML.decode()).encode("utf-16")),
        ("page.txt", HTML.decode().encode("utf-32")),
        ("page.txt", b"\0\0\0" + HTML),
        ("page.txt", HTML.decode().encode("utf-16-le")),
        ("page.pdf", HTML + PDF),
        ("page.pdf", b" \xef\xbb\xbf" + HTML + PDF),
        ("style.xml", b"<?xml-stylesheet href='a'?>"),
        ("broken.txt", b"\xff\xfe\0\0odd"),
        ("broken.txt", b"\xff\xfe\x00\xd8"),
        ("late.pdf", b"\0" * 1020 + PDF),
        ("film.mkv", WEBM.replace(b"\x84webm", b"\x88matroska")),
        ("photo.jp2", media(b"jp2 ", b"jp2 ")),
        ("photo.heic", media(b"heic")[:10]),
        ("old.doc", OLE2),
        ("broken.zip", DOCX[:-10]),
        ("sound.webp", b"RIFF\x24\0\0\0WAVEfmt " + 28 * b"\0"),
        ("film.webp", b"RIFF\x24\0\0\0AVI LIST" + 28 * b"\0"),
        ("photo.jpg", b"\0\0\0\x0cjP  \r\n\x87\n" + 20 * b"\0"),
    ],
)
def test_other_types_of_attachments_are_refused_whatever_their_name(
    api, open_with, stored, customer, name, content
):
    response = open_with(content, name)

    assert (response.status_code, response.json["code"]) == (422, "invalid")
    ((field, [message]),) = response.json["errors"].items()
    assert field == "attachment"
    assert all(kind in message for kind in ALLOWED_TYPES.values())
    assert stored() == []
    assert api(customer).get("/api/tickets").json["data"] == []


@pytest.mark.parametrize("code", [*range(0x20), 0x7F])
def test_an_attached_text_has_no_control_characters_but_five(open_with, code):
    response = open_with(b"plain" + bytes([code]) + b"text")

    assert response.status_code == (201 if chr(code) in "\t\n\f\r\x1b" else 422)


def test_an_empty_attachment_is_refused(open_with, stored):
    response = open_with(b"")

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["attachment"]
    assert stored() == []


def test_the_declared_type_of_an_attachment_is_ignored(api, customer, body):
    file = (BytesIO(HTML), "picture.png", "image/png")

    response = api(customer).post("/api/tickets", data={**body, "attachment": file})

    assert response.status_code == 422


def test_a_ticket_with_two_attachments_is_refused(api, customer, body, stored):
    files = [(BytesIO(b"one"), "1.txt"), (BytesIO(b"two"), "2.txt")]

    response = api(customer).post("/api/tickets", data={**body, "attachment": files})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["attachment"]
    assert stored() == []


@pytest.mark.parametrize(("more", "status"), [(0, 201), (1, 413)])
def test_an_attachment_may_have_exactly_as_many_bytes_as_the_limit(
    app, open_with, stored, monkeypatch, more, status
):
    monkeypatch.setitem(app.config, "ATTACHMENT_BYTES", MEGABYTE)

    response = open_with(b"x" * (MEGABYTE + more))

    assert response.status_code == status
    assert len(stored()) == (not more)
    if more:
        assert response.json["code"] == "too_large"
        assert "1 MiB" in response.json["message"]


def test_an_attachment_of_more_than_10_mib_is_refused(api, open_with, stored, customer):
    response = open_with(b"x" * (10 * MEGABYTE + 1))

    assert (response.status_code, response.json["code"]) == (413, "too_large")
    assert "10 MiB" in response.json["message"]
    assert stored() == []
    assert api(customer).get("/api/tickets").json["data"] == []


def test_the_error_of_a_request_that_is_far_too_large_names_the_limit(
    app, open_with, stored, monkeypatch
):
    monkeypatch.setitem(app.config, "MAX_CONTENT_LENGTH", MEGABYTE)

    response = open_with(b"x" * (MEGABYTE + 1))

    assert (response.status_code, response.json["code"]) == (413, "too_large")
    assert "10 MiB" in response.json["message"]
    assert stored() == []


def test_an_attachment_is_stored_under_a_name_of_the_servers_own(open_with, directory):
    open_with(b"It burns.", "report.php")

    (path,) = (path for path in directory.rglob("*") if path.is_file())
    assert "report" not in path.name and not path.suffix


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_a_new_attachment_replaces_the_old_one(
    api, request, live, heard, admin, attached, stored, who
):
    actor, socket = request.getfixturevalue(who), live(admin)
    old = api(actor).get(attached).json["attachment"]

    response = edit_with(api(actor), attached, b"the second")

    new = response.json["attachment"]
    assert (response.status_code, new["name"], new["size"]) == (200, "new.txt", 10)
    assert stored() == [b"the second"]
    (event,) = heard(socket)
    assert event["payload"]["changes"] == {"attachment": [old, new]}


@pytest.mark.parametrize("form", [False, True])
def test_null_removes_an_attachment(
    api, live, heard, customer, admin, attached, stored, form
):
    socket, client = live(admin), api(customer)
    old = client.get(attached).json["attachment"]

    if form:
        empty = {"data": {"attachment": ""}, "content_type": "multipart/form-data"}
        response = client.patch(attached, **empty)
    else:
        response = client.patch(attached, json={"attachment": None})

    assert (response.status_code, response.json["attachment"]) == (200, None)
    assert client.get(f"{attached}/attachment").status_code == 404
    assert stored() == []
    (event,) = heard(socket)
    assert event["payload"]["changes"] == {"attachment": [old, None]}


def test_other_changes_keep_the_attachment(api, customer, attached, stored):
    response = api(customer).patch(attached, json={"priority": "low"})

    assert response.json["attachment"]["name"] == "log.txt"
    assert stored() == [b"the first"]


@pytest.mark.parametrize(
    ("who", "data", "headers", "status"),
    [
        ("customer", {"category_id": str(2**63 - 1)}, {}, 422),
        ("customer", {"priority": "asap"}, {}, 422),
        ("customer", {"status": "closed"}, {}, 403),
        ("admin", {"assigned_to": str(2**63 - 1)}, {}, 422),
        ("customer", {}, {"If-Match": '"other"'}, 412),
        ("stranger", {}, {}, 404),
    ],
)
def test_a_failed_replacement_of_an_attachment_keeps_only_the_old_file(
    api, request, customer, attached, stored, who, data, headers, status
):
    actor, before = request.getfixturevalue(who), api(customer).get(attached).json
    data = {**data, "attachment": (BytesIO(b"the second"), "new.txt")}

    response = api(actor).patch(attached, data=data, headers=headers)

    assert response.status_code == status
    assert stored() == [b"the first"]
    assert api(customer).get(attached).json == before


def test_a_ticket_that_is_refused_leaves_no_file(open_with, stored):
    response = open_with(b"It burns.", category_id=str(2**63 - 1))

    assert response.status_code == 422
    assert stored() == []


def test_an_error_while_opening_a_ticket_leaves_neither_ticket_nor_file(
    app, api, open_with, stored, customer, monkeypatch
):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)

    def fail(event):
        raise ValueError("no history today")

    monkeypatch.setattr(history, "record", fail)

    response = open_with(b"It burns.")

    assert (response.status_code, response.json["code"]) == (500, "internal_error")
    assert stored() == []
    assert api(customer).get("/api/tickets").json["data"] == []


def test_the_file_of_a_ticket_stays_if_the_connection_is_lost_in_its_commit(
    api, body, stored, customer, monkeypatch
):
    client, commit = api(customer), Session.commit
    file = BytesIO(b"It burns."), "log.txt"

    def commit_unheard(session):
        commit(session)
        raise OperationalError("COMMIT", {}, Exception("connection lost"))

    with monkeypatch.context() as patch:
        patch.setattr(Session, "commit", commit_unheard)
        response = client.post("/api/tickets", data={**body, "attachment": file})

    assert response.status_code == 503
    assert stored() == [b"It burns."]
    [ticket] = client.get("/api/tickets").json["data"]
    assert ticket["attachment"]["name"] == "log.txt"


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("call", [(os, "fsync"), (Path, "open"), (Path, "mkdir")])
def test_opening_a_ticket_on_a_full_disk_leaves_neither_ticket_nor_file(
    api, open_with, stored, customer, monkeypatch, call, code
):
    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(*call, fail)
        response = open_with(b"It burns.")

    assert response.status_code == 507
    assert response.json["code"] == "insufficient_storage"
    assert stored() == []
    assert api(customer).get("/api/tickets").json["data"] == []


def test_replacing_an_attachment_on_a_full_disk_keeps_the_old_file(
    api, customer, attached, stored, monkeypatch
):
    def fail(*args):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = api(customer).get(attached).json

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        response = edit_with(api(customer), attached, b"the second")

    assert response.status_code == 507
    assert stored() == [b"the first"]
    assert api(customer).get(attached).json == before


def test_the_same_attachment_again_changes_nothing(
    api, customer, admin, listen, heard, ticket
):
    client, url = api(customer), f"/api/tickets/{ticket.id}"

    def attach(name, content=b"It burns."):
        return client.patch(url, data={"attachment": (BytesIO(content), name)})

    first = attach("log.txt")
    audience = listen(admin)
    again = attach("log.txt")
    renamed = attach("other.txt")

    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.json == first.json
    assert renamed.json["attachment"]["name"] == "other.txt"
    assert [entry["name"] for entry in heard(audience)] == ["ticket.updated"]
