"""GET /api/tickets/<id>/attachment"""

import re
from io import BytesIO
from urllib.parse import quote, unquote

import pytest
from werkzeug.http import parse_options_header


@pytest.fixture(autouse=True)
def directory(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    return tmp_path


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}/attachment"


@pytest.fixture
def attached(api, customer, ticket):
    """Attach a file with a name to the ticket; return the field ``attachment``."""

    def attached(name="log.txt", content=b"It burns."):
        form = (
            '--b\r\nContent-Disposition: form-data; name="attachment"; '
            f"filename*=UTF-8''{quote(name, safe='')}\r\n\r\n"
        )
        response = api(customer).patch(
            f"/api/tickets/{ticket.id}",
            data=form.encode() + content + b"\r\n--b--\r\n",
            content_type="multipart/form-data; boundary=b",
        )
        assert response.status_code == 200
        return response.json["attachment"]

    return attached


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_whoever_sees_a_ticket_downloads_its_attachment(
    api, request, attached, url, who
):
    assert attached()["url"] == url

    response = api(request.getfixturevalue(who)).get(url, buffered=True)

    assert (response.status_code, response.data) == (200, b"It burns.")
    assert response.headers["Content-Length"] == "9"
    assert response.mimetype == "text/plain"
    disposition, options = parse_options_header(response.headers["Content-Disposition"])
    assert (disposition, options) == ("attachment", {"filename": "log.txt"})


def test_a_browser_runs_nothing_in_an_attachment(api, customer, attached, url):
    attached(name="page.html", content=b"plain, whatever it is called")

    headers = api(customer).get(url, buffered=True).headers

    assert headers["Content-Type"].startswith("text/plain")
    assert headers["Content-Disposition"].startswith("attachment")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    policy = [part.strip() for part in headers["Content-Security-Policy"].split(";")]
    assert "sandbox" in policy and "default-src 'none'" in policy


def test_a_download_needs_a_token_in_the_header(anyone, token, customer, attached, url):
    attached()

    assert anyone.get(url, buffered=True).status_code == 401
    assert anyone.get(f"{url}?token={token(customer)}").status_code == 401


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_the_attachment_of_a_ticket_without_one_is_not_found(api, request, url, who):
    response = api(request.getfixturevalue(who)).get(url, buffered=True)

    assert (response.status_code, response.json["code"]) == (404, "not_found")


def test_a_file_that_is_missing_on_disk_is_not_found(
    api, customer, attached, url, directory
):
    attached()
    for path in directory.rglob("*"):
        if path.is_file():
            path.unlink()

    response = api(customer).get(url, buffered=True)

    assert (response.status_code, response.json["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("C:\\temp\\report.txt", "report.txt"),
        ("../../etc/passwd", "passwd"),
        ("/a/b\\c.txt", "c.txt"),
        ("a.txt\r\nSet-Cookie: x=1", "a.txtSet-Cookie: x=1"),
        ("nul\0tab\tdel\x7f.txt", "nultabdel.txt"),
        ("invoice\u202etxt.exe", "invoicetxt.exe"),
        ("\u200fright\u2067left.txt", "rightleft.txt"),
        ('say "hi"; a=b.txt', 'say "hi"; a=b.txt'),
        ("100% 'sure'.txt", "100% 'sure'.txt"),
        ("Übersicht – 寸法 🔥.txt", "Übersicht – 寸法 🔥.txt"),
        ("  spaces.txt  ", "spaces.txt"),
        ("x" * 300 + ".txt", "x" * 251 + ".txt"),
        ("🔥" * 300, "🔥" * 255),
        ("..", "attachment"),
        ("dir/", "attachment"),
    ],
)
def test_the_name_of_an_attachment_is_the_last_part_of_its_path(
    api, customer, attached, url, sent, kept
):
    attachment = attached(sent)

    response = api(customer).get(url, buffered=True)

    header = response.headers["Content-Disposition"]
    assert attachment["name"] == kept
    assert parse_options_header(header) == ("attachment", {"filename": kept})
    assert header.isascii() and header.isprintable()
    assert "Set-Cookie" not in response.headers


def test_an_attachment_keeps_a_name_in_utf_8(api, customer, ticket, url):
    file = (BytesIO(b"It burns."), "Größe 1.txt")

    response = api(customer).patch(
        f"/api/tickets/{ticket.id}", data={"attachment": file}
    )

    assert response.json["attachment"]["name"] == "Größe 1.txt"


@pytest.mark.parametrize(
    ("name", "fallback"),
    [
        ("中文.txt", "attachment.txt"),
        ("中文.tar.gz", "attachment.tar.gz"),
        ("报告-2024.txt", "attachment-2024.txt"),
        ("Übersicht 1.txt", "Ubersicht 1.txt"),
        ("файл.документ", "attachment"),
        ("report.中文", "report"),
        ("5 % of \u201cx\u201d.txt", "5 _ of x.txt"),
        ('say "hi".txt', "say _hi_.txt"),
        ("100%41.txt", "100_41.txt"),
    ],
)
def test_the_name_of_a_download_has_a_fallback_in_ascii(
    api, customer, attached, url, name, fallback
):
    attached(name)

    header = api(customer).get(url, buffered=True).headers["Content-Disposition"]

    plain, extended = re.fullmatch(
        r"attachment; filename=(.+); filename\*=UTF-8''(\S+)", header
    ).groups()
    assert plain.strip('"') == fallback
    assert unquote(extended) == name


@pytest.mark.parametrize("name", [".profile", "-rf.txt", "log.txt", "a b;c.txt"])
def test_the_name_of_a_download_in_ascii_has_no_fallback(
    api, customer, attached, url, name
):
    attached(name)

    header = api(customer).get(url, buffered=True).headers["Content-Disposition"]

    assert parse_options_header(header) == ("attachment", {"filename": name})
    assert "filename*" not in header


@pytest.mark.parametrize(
    "content", ["“5 €”".encode("cp1252"), "Größe".encode(), "Größe".encode("utf-16")]
)
def test_an_attached_text_is_sent_without_a_charset(
    api, customer, attached, url, content
):
    attached(content=content)

    response = api(customer).get(url, buffered=True)

    assert response.headers["Content-Type"] == "text/plain"
    assert response.data == content


@pytest.mark.parametrize(
    "headers",
    [
        {"If-Match": '"x"'},
        {"If-None-Match": "*"},
        {"Range": "bytes=0-1"},
        {"Range": "bytes=900-"},
        {"If-Unmodified-Since": "Mon, 01 Jan 2001 00:00:00 GMT"},
    ],
)
def test_an_attachment_is_always_sent_whole(api, customer, ticket, headers):
    client, url = api(customer), f"/api/tickets/{ticket.id}"
    client.patch(url, data={"attachment": (BytesIO(b"It burns."), "log.txt")})

    with client.get(f"{url}/attachment", headers=headers) as response:
        assert (response.status_code, response.data) == (200, b"It burns.")
        assert "ETag" not in response.headers
