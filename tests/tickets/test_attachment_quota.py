"""Quota of the attachments of one user, on POST and PATCH /api/tickets"""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest

QUOTA = 100  # bytes


@pytest.fixture(autouse=True)
def quota(app, monkeypatch, tmp_path):
    monkeypatch.setitem(app.config, "ATTACHMENT_QUOTA", QUOTA)
    monkeypatch.setitem(app.config, "UPLOAD_DIR", str(tmp_path))


@pytest.fixture
def sizes(tmp_path):
    """Return the sizes of the files on disk."""
    return lambda: sorted(
        path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()
    )


@pytest.fixture
def open_with(api, category):
    """Open a ticket of a user, with a file of a size in bytes."""

    def open_with(user, size, client=None, **headers):
        form = {
            "category_id": category.id,
            "subject": "Printer on fire",
            "description": "It burns.",
            "priority": "high",
            "attachment": (BytesIO(b"x" * size), "log.txt"),
        }
        client = client or api(user)
        return client.post("/api/tickets", data=form, headers=headers)

    return open_with


@pytest.fixture
def attach(api):
    """Give a ticket another file."""

    def attach(user, ticket, size):
        form = {"attachment": (BytesIO(b"y" * size), "log.txt")}
        return api(user).patch(f"/api/tickets/{ticket['id']}", data=form)

    return attach


def test_attachments_may_fill_the_quota_to_the_last_byte(customer, open_with, sizes):
    statuses = [open_with(customer, size).status_code for size in (60, 40)]

    assert statuses == [201, 201]
    assert sizes() == [40, 60]


def test_opening_a_ticket_beyond_the_attachment_quota_is_refused_and_leaves_nothing(
    api, customer, open_with, sizes, live, heard, admin
):
    open_with(customer, 60)
    socket = live(admin)

    response = open_with(customer, 41)

    assert (response.status_code, response.json["code"]) == (413, "too_large")
    assert "100 bytes in all" in response.json["message"]
    assert len(api(customer).get("/api/tickets").json["data"]) == 1
    assert sizes() == [60]
    assert heard(socket) == []


def test_replacing_an_attachment_beyond_the_quota_is_refused(
    api, customer, open_with, attach, sizes
):
    ticket, _ = (open_with(customer, size).json for size in (50, 40))

    response = attach(customer, ticket, 61)

    assert (response.status_code, response.json["code"]) == (413, "too_large")
    assert api(customer).get(f"/api/tickets/{ticket['id']}").json == ticket
    assert sizes() == [40, 50]


def test_a_replaced_attachment_does_not_count_against_the_quota(
    customer, open_with, attach, sizes
):
    ticket, _ = (open_with(customer, size).json for size in (50, 40))

    assert attach(customer, ticket, 60).status_code == 200
    assert sizes() == [40, 60]


@pytest.mark.parametrize("how", ["delete", "remove"])
def test_removed_attachments_free_quota(api, customer, open_with, how):
    url = f"/api/tickets/{open_with(customer, QUOTA).json['id']}"
    full = open_with(customer, QUOTA).status_code

    if how == "delete":
        api(customer).delete(url)
    else:
        api(customer).patch(url, json={"attachment": None})

    assert (full, open_with(customer, QUOTA).status_code) == (413, 201)


def test_each_user_has_their_own_attachment_quota(customer, stranger, open_with):
    statuses = [open_with(user, QUOTA).status_code for user in (customer, stranger)]

    assert statuses == [201, 201]


def test_an_attachment_by_an_admin_counts_against_the_quota_of_the_tickets_user(
    admin, customer, open_with, attach
):
    ticket = open_with(customer, 10).json
    open_with(customer, 50)
    open_with(admin, QUOTA)

    assert attach(admin, ticket, 50).status_code == 200
    assert attach(admin, ticket, 51).status_code == 413


def test_repeating_a_request_with_its_key_is_not_refused_for_the_quota(
    customer, open_with
):
    key = {"Idempotency-Key": "attempt-1"}

    statuses = [open_with(customer, QUOTA, **key).status_code for _ in range(2)]

    assert statuses == [201, 200]


def test_concurrent_new_tickets_do_not_exceed_the_attachment_quota(
    api, customer, open_with, sizes
):
    clients = [api(customer) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda c: open_with(customer, 40, client=c), clients)

    assert (
        sorted(response.status_code for response in responses) == [201] * 2 + [413] * 6
    )
    assert sizes() == [40, 40]


def test_concurrent_edits_do_not_exceed_the_attachment_quota(
    api, customer, make_ticket, sizes
):
    tickets = [make_ticket(customer) for _ in range(8)]
    clients = [api(customer) for _ in tickets]

    def attach(client, ticket):
        form = {"attachment": (BytesIO(b"x" * 40), "log.txt")}
        return client.patch(f"/api/tickets/{ticket.id}", data=form).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attach, clients, tickets))

    assert statuses == [200] * 2 + [413] * 6
    assert sizes() == [40, 40]
