"""POST /api/tickets, with an Idempotency-Key"""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest

from ticketing.categories.models import Category

URL = "/api/tickets"
KEY = {"Idempotency-Key": "attempt-1"}


@pytest.fixture
def uploads(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))
    return lambda: [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.fixture
def body(category):
    return {
        "category_id": category.id,
        "subject": "Printer on fire",
        "description": "It burns.",
        "priority": "high",
    }


@pytest.fixture
def opened(api, customer, body):
    response = api(customer).post(URL, json=body, headers=KEY)
    assert response.status_code == 201
    return response.json


def test_repeating_a_request_with_its_key_returns_the_current_ticket(
    api, live, heard, customer, admin, body, opened
):
    url, socket = f"{URL}/{opened['id']}", live(admin)
    api(admin).patch(url, json={"status": "in_progress"})
    heard(socket)

    again = api(customer).post(URL, json=body, headers=KEY)

    assert again.status_code == 200
    assert again.headers["Location"].endswith(url)
    assert again.json["status"] == "in_progress"
    assert again.json == api(customer).get(url).json
    assert len(api(customer).get(URL).json["data"]) == 1
    assert heard(socket) == []


def test_a_repeated_request_may_differ_in_surrounding_white_space(
    api, customer, body, opened
):
    body["subject"] = f" {body['subject']}\n"

    again = api(customer).post(URL, json=body, headers=KEY)

    assert (again.status_code, again.json["id"]) == (200, opened["id"])


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "Printer on Fire"},
        {"description": "It still burns."},
        {"priority": "urgent"},
        {"category_id": 2**63 - 1},
    ],
)
def test_a_used_key_with_another_ticket_body_is_a_conflict(
    api, customer, body, opened, change
):
    response = api(customer).post(URL, json=body | change, headers=KEY)

    assert response.status_code == 409
    assert response.json["code"] == "idempotency_conflict"
    assert "errors" not in response.json
    [listed] = api(customer).get(URL).json["data"]
    assert listed == opened | {"last_entry": None}


@pytest.mark.parametrize(
    ("call", "sent"),
    [("comments", {"content": "Hello?"}), ("messages", {"message": "Hello?"})],
)
def test_a_key_used_for_a_ticket_is_a_conflict_for_other_calls(
    api, customer, opened, call, sent
):
    url = f"{URL}/{opened['id']}/{call}"

    response = api(customer).post(url, json=sent, headers=KEY)

    assert response.status_code == 409
    assert response.json["code"] == "idempotency_conflict"
    assert api(customer).get(url).json["data"] == []


def test_a_key_used_for_a_message_opens_no_ticket(api, customer, ticket, body):
    url = f"{URL}/{ticket.id}/messages"
    api(customer).post(url, json={"message": "Hello?"}, headers=KEY)

    response = api(customer).post(URL, json=body, headers=KEY)

    assert response.status_code == 409
    assert response.json["code"] == "idempotency_conflict"


def test_another_user_can_open_a_ticket_with_the_same_key(api, stranger, body, opened):
    response = api(stranger).post(URL, json=body, headers=KEY)

    assert response.status_code == 201
    assert response.json["id"] != opened["id"]


def test_repeating_a_request_without_a_key_opens_two_tickets(api, customer, body):
    responses = [api(customer).post(URL, json=body) for _ in range(2)]

    assert len({response.json["id"] for response in responses}) == 2


@pytest.mark.parametrize("key", ["12345678", "x" * 64, "a key ~ !"])
def test_opening_a_ticket_accepts_keys_of_8_to_64_printable_characters(
    api, customer, body, key
):
    headers = {"Idempotency-Key": key}

    responses = [
        api(customer).post(URL, json=body, headers=headers).status_code
        for _ in range(2)
    ]

    assert responses == [201, 200]


@pytest.mark.parametrize("key", ["1234567", "x" * 65, "schlüssel", "tab\there"])
def test_opening_a_ticket_refuses_other_keys(api, customer, body, key):
    response = api(customer).post(URL, json=body, headers={"Idempotency-Key": key})

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["Idempotency-Key"]
    assert api(customer).get(URL).json["data"] == []


def test_token_and_form_are_checked_before_the_key_of_a_ticket(
    api, anyone, customer, body, opened
):
    nobody = anyone.post(URL, json=body, headers=KEY)
    malformed = api(customer).post(URL, json={**body, "priority": "x"}, headers=KEY)

    assert (nobody.status_code, malformed.status_code) == (401, 422)


def test_a_repeated_request_succeeds_even_if_it_would_be_refused_now(
    api, save, customer, admin, body, opened
):
    other = save(Category(name="Software", slug="software"))
    api(admin).patch(f"{URL}/{opened['id']}", json={"category_id": other.id})
    gone = api(admin).delete(f"/api/categories/{body['category_id']}")

    again = api(customer).post(URL, json=body, headers=KEY)

    assert (gone.status_code, again.status_code) == (204, 200)
    assert again.json["category_id"] == other.id


def test_a_refused_ticket_does_not_use_up_its_key(api, customer, body):
    missing = body | {"category_id": 2**63 - 1}

    refused = api(customer).post(URL, json=missing, headers=KEY)
    corrected = api(customer).post(URL, json=body, headers=KEY)

    assert (refused.status_code, corrected.status_code) == (422, 201)


def test_the_key_of_a_deleted_ticket_opens_no_other(api, customer, body, opened):
    api(customer).delete(f"{URL}/{opened['id']}")

    response = api(customer).post(URL, json=body, headers=KEY)

    assert response.status_code == 404
    assert response.json["code"] == "not_found"
    assert api(customer).get(URL).json["data"] == []


@pytest.mark.parametrize(
    ("text", "status"), [(b"It burns.", 200), (b"It smells.", 409), (None, 409)]
)
def test_a_repeated_attachment_is_compared_by_its_content(
    api, uploads, customer, body, text, status
):
    first = {**body, "attachment": (BytesIO(b"It burns."), "log.txt")}
    again = dict(body)
    if text:
        again["attachment"] = (BytesIO(text), "log.txt")
    form = "multipart/form-data"

    responses = [
        api(customer).post(URL, data=data, headers=KEY, content_type=form)
        for data in (first, again)
    ]

    assert [response.status_code for response in responses] == [201, status]
    (file,) = uploads()
    assert file.read_bytes() == b"It burns."


def open_with_file(client, body, text=b"It burns."):
    form = {**body, "attachment": (BytesIO(text), "log.txt")}
    content_type = "multipart/form-data"
    return client.post(URL, data=form, headers=KEY, content_type=content_type)


@pytest.fixture
def fill_disk(monkeypatch):
    """Make the disk full."""

    def fill_disk():
        def fail(*args):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(os, "fsync", fail)

    return fill_disk


@pytest.mark.parametrize(("text", "status"), [(b"It burns.", 200), (b"Else.", 409)])
def test_repeating_a_request_with_its_key_needs_no_disk_space(
    api, uploads, customer, body, fill_disk, text, status
):
    first = open_with_file(api(customer), body)
    fill_disk()

    again = open_with_file(api(customer), body, text)

    assert (first.status_code, again.status_code) == (201, status)
    assert status == 409 or again.json == first.json
    assert len(uploads()) == 1


def test_a_new_request_with_a_file_fails_when_the_disk_is_full(
    api, uploads, customer, body, fill_disk
):
    fill_disk()

    response = open_with_file(api(customer), body)

    assert response.status_code == 507
    assert uploads() == []
    assert api(customer).get(URL).json["data"] == []


def test_eight_concurrent_requests_with_one_key_open_one_ticket(
    api, live, heard, customer, admin, body
):
    clients, socket = [api(customer) for _ in range(8)], live(admin)

    with ThreadPoolExecutor(8) as pool:
        responses = list(
            pool.map(lambda client: client.post(URL, json=body, headers=KEY), clients)
        )

    assert sorted(response.status_code for response in responses) == 7 * [200] + [201]
    assert len({response.json["id"] for response in responses}) == 1
    assert [event["name"] for event in heard(socket)] == ["ticket.created"]


def test_an_empty_idempotency_key_is_refused(api, customer, category):
    body = {
        "category_id": category.id,
        "subject": "Printer on fire",
        "description": "It burns.",
        "priority": "low",
    }

    response = api(customer).post(
        "/api/tickets", json=body, headers={"Idempotency-Key": ""}
    )

    assert (response.status_code, list(response.json["errors"])) == (
        422,
        ["Idempotency-Key"],
    )


def test_a_repeated_attachment_with_another_name_is_a_conflict(api, customer, category):
    def open_with(name):
        form = {
            "category_id": str(category.id),
            "subject": "Printer on fire",
            "description": "It burns.",
            "priority": "low",
            "attachment": (BytesIO(b"It burns."), name),
        }
        headers = {"Idempotency-Key": "the same key"}
        return api(customer).post("/api/tickets", data=form, headers=headers)

    assert open_with("a.txt").status_code == 201
    assert open_with("b.txt").json["code"] == "idempotency_conflict"
