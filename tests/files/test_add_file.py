"""POST /api/tickets/{id}/files and GET /api/files/{id}"""

from datetime import timedelta
from io import BytesIO

import pytest
import time_machine

from ticketing.core.database import db, utcnow
from ticketing.files import pruning
from ticketing.tickets.models import Status, Ticket

LOG = b"12:00 Printer on fire\n"
PNG = b"\x89PNG\r\n\x1a\n not really"


@pytest.fixture
def close(app, ticket):
    """Close the ticket."""

    def close():
        with app.app_context():
            db.session.get(Ticket, ticket.id).status = Status.CLOSED
            db.session.commit()

    return close


@pytest.fixture
def prune(app):
    """Prune unused files as the worker does; return how many."""

    def prune():
        with app.app_context():
            return pruning.prune_unused()

    return prune


@pytest.mark.parametrize(
    ("content", "kind", "has_preview"),
    [(LOG, "text/plain", False), (PNG, "image/png", True)],
)
@pytest.mark.parametrize("who", ["customer", "admin"])
def test_an_added_file_is_described_and_can_be_downloaded(
    add, get, request, stored, content, kind, has_preview, who
):
    user = request.getfixturevalue(who)

    response = add(user, content, "C:\\temp\\error.log")

    file = response.json
    url = f"/api/files/{file['id']}"
    assert response.status_code == 201
    assert response.headers["Location"] == url
    assert file == {
        "id": file["id"],
        "name": "error.log",
        "content_type": kind,
        "size": len(content),
        "url": url,
        "preview_url": f"{url}/preview" if has_preview else None,
    }
    download = get(user, url)
    assert (download.status_code, download.data) == (200, content)
    assert download.headers["Content-Disposition"] == "attachment; filename=error.log"
    assert download.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in download.headers["Content-Security-Policy"]
    assert stored() == [content]


def test_an_unused_file_does_not_exist_for_anyone_but_its_uploader(
    add, get, customer, admin, colleague, stranger
):
    own, others = add(customer).json["url"], add(admin).json["url"]

    seen = {
        url: [get(user, url).status_code for user in (customer, admin, colleague)]
        for url in (own, others)
    }

    assert seen == {own: [200, 404, 404], others: [404, 200, 404]}
    assert get(stranger, own).status_code == 404


def test_a_file_is_not_added_to_a_ticket_that_one_may_not_see(add, stranger, stored):
    response = add(stranger)

    assert (response.status_code, response.json["code"]) == (404, "not_found")
    assert stored() == []


def test_a_file_is_added_to_a_closed_ticket_by_admins_only(
    add, close, customer, admin, stored
):
    close()

    refused, added = add(customer), add(admin)

    assert (refused.status_code, refused.json["code"]) == (409, "ticket_closed")
    assert added.status_code == 201
    assert len(stored()) == 1


@pytest.mark.parametrize(
    ("content", "status", "names"),
    [
        (b"", 422, {"file"}),
        (b"<html>", 422, {"file"}),
        (b"x" * 101, 413, None),
    ],
)
def test_a_file_that_is_not_accepted_leaves_nothing(
    app, monkeypatch, add, customer, stored, content, status, names
):
    monkeypatch.setitem(app.config, "ATTACHMENT_BYTES", 100)

    response = add(customer, content)

    assert response.status_code == status
    assert {*response.json.get("errors", ())} == (names or set())
    assert stored() == []


@pytest.mark.parametrize(
    "form", [{}, {"file": "text"}, {"file": ""}, {"file": (BytesIO(b""), "")}]
)
def test_a_form_without_a_file_is_refused(api, customer, ticket, form):
    response = api(customer).post(
        f"/api/tickets/{ticket.id}/files",
        data=form,
        content_type="multipart/form-data",
    )

    assert response.status_code == 422
    assert [*response.json["errors"]] == ["file"]


def test_adding_a_file_by_json_is_refused(api, customer, ticket):
    url = f"/api/tickets/{ticket.id}/files"

    for value in (None, "text", {}, 1):
        response = api(customer).post(url, json={"file": value})

        assert (response.status_code, [*response.json["errors"]]) == (422, ["file"])


def test_a_user_has_at_most_ten_unused_files_on_a_ticket(
    add, post, customer, admin, make_ticket, stored
):
    ids = [add(customer).json["id"] for _ in range(10)]

    refused = add(customer)
    others = add(admin), add(customer, on=make_ticket(customer))
    post(customer, message="See these.", file_ids=ids[:1])
    again = add(customer)

    assert (refused.status_code, refused.json["code"]) == (409, "too_many_files")
    assert [each.status_code for each in (*others, again)] == [201] * 3
    assert len(stored()) == 13


def test_files_count_against_the_quota_of_their_uploader(
    app, monkeypatch, add, api, customer, admin, ticket, stored
):
    monkeypatch.setitem(app.config, "ATTACHMENT_QUOTA", 100)
    url = f"/api/tickets/{ticket.id}"

    def attach(size):
        form = {"attachment": (BytesIO(b"x" * size), "log.txt")}
        return api(admin).patch(url, data=form).status_code

    statuses = [
        add(admin, b"x" * 100).status_code,  # it is not the customer's
        attach(50),
        add(customer, b"x" * 51).status_code,
        add(customer, b"x" * 50).status_code,
        attach(51),
    ]

    assert statuses == [201, 200, 413, 201, 413]
    assert sorted(map(len, stored())) == [50, 50, 100]


def test_an_unused_file_is_gone_after_24_hours(
    add, get, post, customer, stored, prune
):
    with time_machine.travel(utcnow() - timedelta(hours=24, seconds=1)):
        old, used = add(customer).json, add(customer).json
        post(customer, message="See this.", file_ids=[used["id"]])
    young = add(customer).json

    seen = [get(customer, file["url"]).status_code for file in (old, used, young)]
    refused = post(customer, message="And that.", file_ids=[old["id"]])

    assert seen == [404, 200, 200]
    assert (refused.status_code, [*refused.json["errors"]]) == (422, ["file_ids"])
    assert len(stored()) == 3
    assert (prune(), prune()) == (1, 0)
    assert len(stored()) == 2


def test_the_worker_prunes_unused_files(add, customer, stored, worker):
    with time_machine.travel(utcnow() - timedelta(hours=24, seconds=1)):
        add(customer)

    worker._round()

    assert stored() == []


def test_attachments_prune_deletes_expired_files_and_keeps_unused_ones(
    app, add, customer, stored
):
    add(customer)
    with time_machine.travel(utcnow() - timedelta(hours=25)):
        add(customer, b"Nobody sent it.")

    with time_machine.travel(utcnow() + timedelta(hours=2)):
        result = app.test_cli_runner().invoke(args=["attachments", "prune"])

    assert result.output.splitlines() == [
        "Pruned 1 unused files.",
        "Pruned 0 orphaned files.",
    ]
    assert stored() == [LOG]


def test_a_file_that_is_missing_in_the_storage_is_not_found(
    add, get, customer, directory
):
    url = add(customer).json["url"]
    for path in directory.rglob("*"):
        path.is_file() and path.unlink()

    assert get(customer, url).status_code == 404


def test_doctor_notices_files_that_are_missing_in_the_storage(
    app, add, customer, directory
):
    from ticketing.files import watching

    def examine():
        with app.app_context():
            return [*watching.examine()]

    add(customer)
    [found] = examine()
    for path in directory.rglob("*"):
        path.is_file() and path.unlink()
    [missing] = examine()

    assert (found.ok, missing.ok) == (True, False)
    assert "1 are not in UPLOAD_DIR" in missing.text
