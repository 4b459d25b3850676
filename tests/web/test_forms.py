"""Multipart forms: a malformed one is refused and changes nothing."""

import errno
import gc
import os
from io import BytesIO

import pytest

from ticketing.web import requests

FORM = "multipart/form-data; boundary=B"


def part(name, value, more=b""):
    head = f'--B\r\nContent-Disposition: form-data; name="{name}"'.encode()
    return head + more + b"\r\n\r\n" + value + b"\r\n"


WHOLE = part("subject", b"New") + b"--B--\r\n"


def test_the_event_loop_runs_while_a_file_arrives(api, customer, ticket, monkeypatch):
    turns = []
    monkeypatch.setattr(requests.time, "sleep", turns.append)

    data = {"attachment": (BytesIO(b"It burns.\n" * 40_000), "log.txt")}
    response = api(customer).patch(f"/api/tickets/{ticket.id}", data=data)

    assert response.status_code == 200
    assert turns.count(0) >= 400_000 / 65_536


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_while_a_file_arrives_is_answered_with_507(
    app, api, customer, ticket, monkeypatch, code
):
    class Full(BytesIO):
        def write(self, data):
            raise OSError(code, os.strerror(code))

    def spool(self, **options):
        return Full()

    monkeypatch.setattr(app.request_class, "_get_file_stream", spool)
    url = f"/api/tickets/{ticket.id}"
    before = api(customer).get(url).json

    response = api(customer).patch(url, data={"attachment": (BytesIO(b"x"), "x.txt")})

    assert response.status_code == 507
    assert response.json["code"] == "insufficient_storage"
    assert api(customer).get(url).json == before


def test_a_complete_form_is_read(api, customer, ticket):
    url = f"/api/tickets/{ticket.id}"

    response = api(customer).patch(url, data=WHOLE, content_type=FORM)

    assert (response.status_code, response.json["subject"]) == (200, "New")


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"garbage", FORM),
        (WHOLE, "multipart/form-data"),
        (WHOLE, "multipart/form-data; boundary=C"),
        (WHOLE[:-8], FORM),
        (WHOLE[:60], FORM),
        (part("subject", b"caf\xe9") + b"--B--\r\n", FORM),
        (part("subject", b"\xed\xa0\x80") + b"--B--\r\n", FORM),
        (
            part(
                "subject", b"caf\xe9", b"\r\nContent-Type: text/plain; charset=latin-1"
            )
            + b"--B--\r\n",
            FORM,
        ),
    ],
)
def test_a_malformed_form_changes_nothing(api, customer, ticket, body, content_type):
    client, url = api(customer), f"/api/tickets/{ticket.id}"

    response = client.patch(url, data=body, content_type=content_type)

    assert (response.status_code, response.json["code"]) == (400, "bad_request")
    assert client.get(url).json["subject"] == ticket.subject


def test_the_file_of_a_malformed_form_is_closed_at_once(api, customer, ticket):
    def temporary():
        links = (os.path.realpath(f"/proc/self/fd/{fd}") for fd in range(256))
        return [path for path in links if path.endswith(" (deleted)")]

    client, before = api(customer), temporary()
    large = part("attachment", b"x" * 600_000, b'; filename="x.txt"')
    gc.disable()  # an exception and its traceback refer to each other

    try:
        response = client.patch(
            f"/api/tickets/{ticket.id}", data=large, content_type=FORM
        )
        left = temporary()
    finally:
        gc.enable()

    assert response.status_code == 400
    assert left == before


def test_a_file_without_a_name_is_attached(api, customer, ticket):
    body = part("attachment", b"It burns.", b'; filename=""') + b"--B--\r\n"

    response = api(customer).patch(
        f"/api/tickets/{ticket.id}", data=body, content_type=FORM
    )

    assert response.json["attachment"]["name"] == "attachment"


def test_an_empty_file_input_is_no_file(api, customer, ticket):
    body = part("attachment", b"", b'; filename=""') + b"--B--\r\n"

    response = api(customer).patch(
        f"/api/tickets/{ticket.id}", data=body, content_type=FORM
    )

    assert (response.status_code, response.json["attachment"]) == (200, None)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (rb"C:\Users\me\new\report.txt", "report.txt"),
        (rb"C:\\Users\\me\\report.txt", "report.txt"),
        (rb"\\server\share\report.txt", "report.txt"),
        (rb"..\..\boot.ini", "boot.ini"),
        (rb"new\table.txt", "table.txt"),
        (rb"C:\dir\%22hi%22.txt", '"hi".txt'),
        (rb"say \"hi\"; really.txt", 'say "hi"; really.txt'),
        ("C:\\temp\\Größe.txt".encode(), "Größe.txt"),
    ],
)
def test_a_path_of_windows_is_cut_where_its_last_part_begins(
    api, customer, ticket, sent, name
):
    # A client library would escape it: these are the bytes of browsers and of curl.
    more = b'; filename="' + sent + b'"'
    body = part("attachment", b"It burns.", more) + b"--B--\r\n"

    response = api(customer).patch(
        f"/api/tickets/{ticket.id}", data=body, content_type=FORM
    )

    assert (response.status_code, response.json["attachment"]["name"]) == (200, name)
