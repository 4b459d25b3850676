"""GET /api/tickets/<id>/events"""

from datetime import datetime

import pytest


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}/events"


@pytest.fixture
def make_busy(api, admin, customer, ticket):
    """Add a comment, a note and an answer to the ticket, and edit it."""

    def make_busy():
        url = f"/api/tickets/{ticket.id}/comments"
        first = api(customer).post(url, json={"content": "It smells."})
        api(admin).post(url, json={"content": "Arson?", "internal": True})
        api(admin).post(url, json={"content": "Unplug it."})
        edit = {"content": "It smelled."}
        api(customer).put(first.headers["Location"], json=edit)

    return make_busy


@pytest.fixture
def busy(make_busy):
    make_busy()


def test_replayed_entries_equal_those_that_sockets_received(
    api, admin, customer, listen, heard, url, make_busy
):
    staffer, caller = listen(admin), listen(customer)

    make_busy()

    public = api(customer).get(url).json["data"]
    staff = api(admin).get(f"{url}?stream=staff").json["data"]
    assert api(admin).get(f"{url}?stream=public").json["data"] == public
    assert heard(caller) == public
    # Told one after another, in two streams.
    assert heard(staffer) == [public[0], staff[0], *public[1:]]


def test_each_stream_has_its_own_numbers(api, admin, customer, url, busy):
    public = api(customer).get(url).json["data"]
    staff = api(admin).get(f"{url}?stream=staff").json["data"]

    assert [(entry["seq"], "internal" in entry) for entry in public] == [
        (1, False),
        (2, False),
        (3, False),
    ]
    assert [(entry["seq"], entry["internal"]) for entry in staff] == [(1, True)]


def test_an_entry_has_its_actor_name_payload_and_time(
    api, admin, customer, ticket, url, busy
):
    entries = api(customer).get(url).json["data"]

    assert all(
        set(e) == {"seq", "ticket_id", "name", "actor_id", "created_at", "payload"}
        for e in entries
    )
    assert {entry["ticket_id"] for entry in entries} == {ticket.id}
    assert [entry["actor_id"] for entry in entries] == [
        customer.id,
        admin.id,
        customer.id,
    ]
    times = [datetime.fromisoformat(entry["created_at"]) for entry in entries]
    assert times == sorted(set(times))
    assert all(entry["created_at"].endswith("+00:00") for entry in entries)


def test_the_last_seq_of_a_ticket_is_that_of_its_public_stream(
    api, admin, ticket, url, busy
):
    last = api(admin).get(url).json["data"][-1]

    shown = api(admin).get(f"/api/tickets/{ticket.id}").json

    assert (shown["last_seq"], shown["last_activity_at"]) == (
        last["seq"],
        last["created_at"],
    )


@pytest.mark.parametrize("who", ["admin", "colleague"])
def test_every_admin_can_list_the_staff_stream(api, request, url, busy, who):
    response = api(request.getfixturevalue(who)).get(f"{url}?stream=staff")

    assert (response.status_code, len(response.json["data"])) == (200, 1)


def test_pages_of_events_follow_one_another_forward(api, customer, url, busy):
    first = api(customer).get(f"{url}?limit=2")
    link = first.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    second = api(customer).get(link)

    assert [entry["seq"] for entry in first.json["data"]] == [1, 2]
    assert [entry["seq"] for entry in second.json["data"]] == [3]
    assert (first.json["next"], second.json["next"]) == (2, None)
    assert "Link" not in second.headers


def test_the_next_link_of_events_keeps_the_stream(api, admin, ticket, url, busy):
    note = {"content": "No.", "internal": True}
    api(admin).post(f"/api/tickets/{ticket.id}/comments", json=note)

    link = api(admin).get(f"{url}?stream=staff&limit=1").headers["Link"]
    followed = api(admin).get(link.removeprefix("<").removesuffix('>; rel="next"'))

    assert [(e["seq"], e["internal"]) for e in followed.json["data"]] == [(2, True)]


@pytest.mark.parametrize(
    ("query", "seqs"),
    [
        ("after=0", [1, 2, 3]),
        ("after=1", [2, 3]),
        ("after=3", []),
        (f"after={2**63 - 1}", []),
        ("after=1&limit=1", [2]),
    ],
)
def test_after_lists_the_entries_after_a_seq(api, customer, url, busy, query, seqs):
    response = api(customer).get(f"{url}?{query}")

    assert [entry["seq"] for entry in response.json["data"]] == seqs


def test_a_page_of_events_has_25_by_default(api, customer, ticket, url):
    client = api(customer)
    for number in range(26):
        edit = {"subject": f"Fire {number}"}
        assert client.patch(f"/api/tickets/{ticket.id}", json=edit).status_code == 200

    response = client.get(url)

    assert [entry["seq"] for entry in response.json["data"]] == list(range(1, 26))
    assert response.json["next"] == 25


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("stream=private", "stream"),
        ("after=-1", "after"),
        ("after=x", "after"),
        (f"after={2**63}", "after"),
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("before=3", "before"),
    ],
)
def test_listing_events_names_the_invalid_parameter(api, admin, url, query, field):
    response = api(admin).get(f"{url}?{query}")

    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_the_events_of_a_deleted_ticket_are_not_found(api, admin, ticket, url, busy):
    api(admin).delete(f"/api/tickets/{ticket.id}")

    assert api(admin).get(url).status_code == 404
