"""POST and PATCH /api/tickets, with a file beyond what all of one user may have"""

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


def test_what_fits_fits_to_the_last_byte(customer, open_with, sizes):
    statuses = [open_with(customer, size).status_code for size in (60, 40)]

    assert statuses == [201, 201]
    assert sizes() == [40, 60]


def test_one_byte_more_is_refused_and_leaves_nothing(
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


def test_so_is_another_file_of_a_ticket(api, customer, open_with, attach, sizes):
    ticket, _ = (open_with(customer, size).json for size in (50, 40))

    response = attach(customer, ticket, 61)

    assert (response.status_code, response.json["code"]) == (413, "too_large")
    assert api(customer).get(f"/api/tickets/{ticket['id']}").json == ticket
    assert sizes() == [40, 50]


def test_the_file_that_is_replaced_does_not_count(customer, open_with, attach, sizes):
    ticket, _ = (open_with(customer, size).json for size in (50, 40))

    assert attach(customer, ticket, 60).status_code == 200
    assert sizes() == [40, 60]


@pytest.mark.parametrize("how", ["delete", "remove"])
def test_what_is_gone_makes_room(api, customer, open_with, how):
    url = f"/api/tickets/{open_with(customer, QUOTA).json['id']}"
    full = open_with(customer, QUOTA).status_code

    if how == "delete":
        api(customer).delete(url)
    else:
        api(customer).patch(url, json={"attachment": None})

    assert (full, open_with(customer, QUOTA).status_code) == (413, 201)


def test_everyone_has_their_own(customer, stranger, open_with):
    statuses = [open_with(user, QUOTA).status_code for user in (customer, stranger)]

    assert statuses == [201, 201]


def test_whoever_attaches_it_is_the_tickets_user_whose_quota_counts(
    admin, customer, open_with, attach
):
    ticket = open_with(customer, 10).json
    open_with(customer, 50)
    open_with(admin, QUOTA)

    assert attach(admin, ticket, 50).status_code == 200
    assert attach(admin, ticket, 51).status_code == 413


def test_what_was_done_is_not_refused_again(customer, open_with):
    key = {"Idempotency-Key": "attempt-1"}

    statuses = [open_with(customer, QUOTA, **key).status_code for _ in range(2)]

    assert statuses == [201, 200]


def test_eight_at_once_do_not_get_around_it(api, customer, open_with, sizes):
    clients = [api(customer) for _ in range(8)]

    with ThreadPoolExecutor(8) as pool:
        responses = pool.map(lambda c: open_with(customer, 40, client=c), clients)

    assert (
        sorted(response.status_code for response in responses) == [201] * 2 + [413] * 6
    )
    assert sizes() == [40, 40]


def test_nor_do_eight_at_once_on_tickets_there_are(api, customer, make_ticket, sizes):
    tickets = [make_ticket(customer) for _ in range(8)]
    clients = [api(customer) for _ in tickets]

    def attach(client, ticket):
        form = {"attachment": (BytesIO(b"x" * 40), "log.txt")}
        return client.patch(f"/api/tickets/{ticket.id}", data=form).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = sorted(pool.map(attach, clients, tickets))

    assert statuses == [200] * 2 + [413] * 6
    assert sizes() == [40, 40]
