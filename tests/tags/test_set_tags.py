"""PUT /tickets/{id}/tags"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from documented import document_of
from jsonschema_rs import Draft202012Validator


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}"


@pytest.fixture
def put(api, admin, url):
    """Set the tags of the ticket; return the answer."""

    def put(*tags, on=url):
        return api(admin).put(f"{on}/tags", json={"tags": tags})

    return put


@pytest.fixture
def tags(api, admin, url):
    """Return the tags that the ticket shows to admins."""
    return lambda: api(admin).get(url).json["tags"]


def test_tags_are_set_and_shown_in_alphabetical_order(put, tags, api, admin):
    response = put("VIP", "refund", "Ärger")

    assert response.status_code == 200
    assert response.json == {"tags": ["refund", "VIP", "Ärger"]}
    assert tags() == response.json["tags"]
    [listed] = api(admin).get("/api/tickets").json["data"]
    assert listed["tags"] == tags()


def test_setting_tags_replaces_all_and_an_empty_list_removes_all(put, tags):
    put("refund", "VIP")

    assert put("VIP", "late").json == {"tags": ["late", "VIP"]}
    assert put().json == {"tags": []}
    assert tags() == []


def test_equal_tags_count_once_whatever_their_case_and_width(put):
    response = put("Refund", " refund ", "ＲＥＦＵＮＤ", "STRASSE", "straße")

    assert response.json == {"tags": ["Refund", "STRASSE"]}


def test_tag_is_spelt_as_it_was_first_written_on_any_ticket(
    put, tags, make_ticket, customer
):
    put("Refund", on=f"/api/tickets/{make_ticket(customer).id}")

    assert put("REFUND").json == {"tags": ["Refund"]}
    assert tags() == ["Refund"]


def test_tag_has_1_to_40_characters_and_a_ticket_20_tags(put, tags):
    longest = ["\U0001f525" * 39 + chr(code) for code in range(0x4E00, 0x4E14)]

    response = put(*longest)

    assert response.status_code == 200
    assert tags() == response.json["tags"] == sorted(longest)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (["x" * 41], "tags.0"),
        (["ok", ""], "tags.1"),
        ([" \t "], "tags.0"),
        (["a,b"], "tags.0"),
        (["a\nb"], "tags.0"),
        (["a\x7fb"], "tags.0"),
        (["a\x9fb"], "tags.0"),
        ([None], "tags.0"),
        ([7], "tags.0"),
        ([["a"]], "tags.0"),
        ([f"tag {number}" for number in range(21)], "tags"),
    ],
)
def test_invalid_tags_are_refused_naming_them(put, tags, wrong, field):
    response = put(*wrong)

    assert response.status_code == 422
    assert list(response.json["errors"]) == [field]
    assert tags() == []


@pytest.mark.parametrize("body", [{}, {"tags": None}, {"tags": "a"}, {"tag": []}])
def test_tags_are_required_as_a_list(api, admin, url, body):
    response = api(admin).put(f"{url}/tags", json=body)

    assert response.status_code == 422
    assert "tags" in response.json["errors"]


def test_the_documented_pattern_of_tags_accepts_what_the_service_accepts(app):
    schemas = document_of(app)["components"]["schemas"]
    items = schemas["TicketTagsEdit"]["properties"]["tags"]["items"]
    documented = Draft202012Validator(items)

    for text in ("a", "a b", "Ärger", "\U0001f525", "it's 100 %"):
        assert documented.is_valid(text), text
    for text in ("", " ", "a,b", ",", "a\nb", "\0", "a\x85", "\u200b", "x" * 41):
        assert not documented.is_valid(text), text


def test_the_customer_of_a_ticket_sees_no_tags_and_no_event_of_them(
    put, api, customer, url, listen, heard
):
    socket = listen(customer)
    etag = api(customer).get(url).headers["ETag"]
    before = api(customer).get(f"{url}/events").json

    put("refund")

    shown = api(customer).get(url)
    [listed] = api(customer).get("/api/tickets").json["data"]
    assert "tags" not in shown.json
    assert "tags" not in listed
    assert shown.headers["ETag"] == etag
    assert api(customer).get(f"{url}/events").json == before
    assert socket.get_received() == []


def test_tags_are_in_no_payload_of_the_public_stream(put, api, admin, url):
    put("refund")
    api(admin).patch(url, json={"priority": "high"})

    [entry] = api(admin).get(f"{url}/events").json["data"]

    assert entry["name"] == "ticket.updated"
    assert "tags" not in entry["payload"]
    assert "refund" not in str(entry)


def test_change_of_tags_is_emitted_on_the_staff_stream(
    put, api, admin, colleague, ticket, url, listen, heard
):
    socket = listen(colleague)
    etag = api(admin).get(url).headers["ETag"]

    put("VIP", "refund")
    put("refund", "late")

    first, second = heard(socket)
    assert first["name"] == second["name"] == "ticket.tagged"
    assert (first["seq"], second["seq"]) == (1, 2)
    assert first["internal"] and second["internal"]
    assert first["actor_id"] == admin.id
    assert first["payload"] == {
        "tags": ["refund", "VIP"],
        "added": ["refund", "VIP"],
        "removed": [],
    }
    assert second["payload"] == {
        "tags": ["late", "refund"],
        "added": ["late"],
        "removed": ["VIP"],
    }
    replayed = api(admin).get(f"{url}/events?stream=staff").json["data"]
    assert replayed == [first, second]
    shown = api(admin).get(url)
    assert shown.headers["ETag"] == etag
    assert shown.json["last_staff_seq"] == 2


def test_same_tags_again_emit_nothing(put, url, admin, listen, heard):
    put("VIP", "refund")
    socket = listen(admin)

    response = put("refund", "vip")

    assert response.json == {"tags": ["refund", "VIP"]}
    assert heard(socket) == []


def test_tags_of_a_closed_ticket_can_be_set(put, api, admin, url, tags):
    api(admin).patch(url, json={"status": "closed"})

    put("refund")

    assert tags() == ["refund"]


def test_deleting_a_ticket_deletes_its_tags(put, api, admin, url):
    put("refund")

    assert api(admin).delete(url).status_code == 204
    assert api(admin).get("/api/tags").json["data"] == []


def test_equal_new_tags_set_concurrently_on_many_tickets_are_created_once(
    put, api, admin, customer, make_ticket
):
    urls = [f"/api/tickets/{make_ticket(customer).id}" for _ in range(8)]
    names = ["refund", "VIP", "late"]

    def tag(number):
        forward_or_back = names[:: -1 if number % 2 else 1]
        return put(*forward_or_back, on=urls[number]).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(tag, range(8)))

    assert statuses == [200] * 8
    counted = api(admin).get("/api/tags").json["data"]
    assert counted == [
        {"name": "late", "count": 8},
        {"name": "refund", "count": 8},
        {"name": "VIP", "count": 8},
    ]
