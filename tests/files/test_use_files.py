"""``file_ids`` of comments and messages, over HTTP and Socket.IO"""

import pytest

from ticketing.chat.models import Message
from ticketing.tickets.models import Side, Status

TEXTS = {"messages": "message", "comments": "content"}
both = pytest.mark.parametrize("kind", TEXTS)


@pytest.fixture
def files(add, customer):
    """Two files that the customer has added."""
    return [add(customer, name=name).json for name in ("b.log", "a.log")]


@pytest.fixture
def ids(files):
    """The ids of the two files, the second one first."""
    return [file["id"] for file in reversed(files)]


@pytest.fixture
def events(api, ticket):
    """Return the payloads of a stream of the ticket, as a user sees it."""

    def events(user, stream="public"):
        url = f"/api/tickets/{ticket.id}/events?stream={stream}"
        return [entry["payload"] for entry in api(user).get(url).json["data"]]

    return events


def is_refused(response):
    """Return whether a request was refused because of its files."""
    named = {name.partition(".")[0] for name in response.json.get("errors", ())}
    return (response.status_code, named) == (422, {"file_ids"})


@both
def test_a_text_has_its_files_in_the_order_of_file_ids_everywhere(
    post, get, listen, heard, events, customer, admin, ticket, files, ids, kind
):
    socket = listen(admin)

    response = post(customer, kind, **{TEXTS[kind]: "See these.", "file_ids": ids})

    sent = response.json
    assert response.status_code == 201
    assert sent["files"] == files[::-1]
    url = f"/api/tickets/{ticket.id}/{kind}"
    assert get(customer, url).json["data"] == [sent]
    assert get(admin, f"/api/{kind}/{sent['id']}").json == sent
    assert events(admin) == [sent]
    assert [entry["payload"] for entry in heard(socket)] == [sent]
    assert get(admin, files[0]["url"]).status_code == 200


@both
@pytest.mark.parametrize("text", [None, "", "  "])
def test_a_text_may_be_missing_if_there_are_files(post, customer, ids, kind, text):
    body = {} if text is None else {TEXTS[kind]: text}

    response = post(customer, kind, **body, file_ids=ids)

    assert response.status_code == 201
    assert response.json[TEXTS[kind]] == ""


@both
@pytest.mark.parametrize("files", [{}, {"file_ids": []}])
def test_without_files_the_text_is_required(post, customer, kind, files):
    response = post(customer, kind, **files)

    assert response.status_code == 422
    assert response.json["errors"] == {TEXTS[kind]: ["Required."]}


@both
@pytest.mark.parametrize(
    "given", [None, 1, ["1"], [0], [True], {}, [2**70], [1] * 11], ids=str
)
def test_invalid_file_ids_are_refused(post, customer, kind, given):
    assert is_refused(post(customer, kind, **{TEXTS[kind]: "-", "file_ids": given}))


@both
def test_only_ones_own_unused_files_of_the_ticket_can_be_named(
    post, add, customer, admin, make_ticket, stored, events, kind
):
    own, used = (add(customer).json["id"] for _ in range(2))
    post(customer, message="-", file_ids=[used])
    foreign = add(admin).json["id"]
    of_other_ticket = add(customer, on=make_ticket(customer)).json["id"]

    for wrong in ([used], [own, foreign], [of_other_ticket], [own, own], [own + 99]):
        body = {TEXTS[kind]: "-", "file_ids": wrong}
        assert is_refused(post(customer, kind, **body)), wrong

    assert len(events(customer)) == 1
    assert post(customer, kind, file_ids=[own]).status_code == 201


@both
def test_the_same_key_again_attaches_files_once_and_other_files_conflict(
    post, customer, ids, kind
):
    def send(*file_ids):
        header = {"Idempotency-Key": "attempt-1"}
        return post(customer, kind, header, **{TEXTS[kind]: "-", "file_ids": file_ids})

    responses = [send(*ids), send(*ids), send(*ids[::-1]), send(ids[0]), send()]

    first, second, *others = responses
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json == second.json
    assert {each.json["code"] for each in others} == {"idempotency_conflict"}


def test_a_message_with_files_is_sent_once_over_http_and_socket(
    post, live, customer, ticket, ids
):
    data = {"ticket_id": ticket.id, "client_id": "attempt-1", "file_ids": ids}

    acks = [live(customer).emit("message.send", data, callback=True) for _ in range(2)]
    again = post(customer, client_id="attempt-1", file_ids=ids)

    assert acks[0] == acks[1] == {"data": again.json}
    assert again.status_code == 200
    assert [file["id"] for file in again.json["files"]] == ids


def test_a_message_with_files_of_others_is_refused_over_a_socket(
    live, add, customer, admin, ticket
):
    data = {"ticket_id": ticket.id, "file_ids": [add(admin).json["id"]]}

    ack = live(customer).emit("message.send", data, callback=True)

    assert ack["error"]["code"] == "invalid"
    assert [*ack["error"]["errors"]] == ["file_ids"]


@both
def test_a_refused_text_leaves_its_files_unused(
    app, api, post, customer, admin, ticket, ids, kind
):
    url = f"/api/tickets/{ticket.id}"
    api(admin).patch(url, json={"status": Status.CLOSED})

    refused = post(customer, kind, file_ids=ids)
    api(admin).patch(url, json={"status": Status.OPEN})

    assert refused.json["code"] == "ticket_closed"
    assert post(customer, kind, file_ids=ids).status_code == 201


def test_an_edit_leaves_the_files_of_a_comment(api, post, customer, files, ids):
    comment = post(customer, "comments", content="See these.", file_ids=ids).json
    url = f"/api/comments/{comment['id']}"

    edited = api(customer).patch(url, json={"content": "See them."})
    named = api(customer).patch(url, json={"content": "-", "file_ids": []})

    assert edited.json["files"] == files[::-1]
    assert named.status_code == 422


def test_deleting_a_comment_deletes_its_files(
    api, post, get, customer, admin, events, stored, files, ids
):
    comment = post(customer, "comments", content="See this.", file_ids=ids[:1]).json
    api(admin).delete(f"/api/comments/{comment['id']}")

    assert get(customer, comment["files"][0]["url"]).status_code == 404
    assert [each.get("files") for each in events(customer)] == [None, None]
    assert len(stored()) == 1  # the one that is not used


def test_deleting_a_ticket_deletes_its_files(
    api, post, add, customer, admin, ticket, stored, ids
):
    post(customer, "comments", file_ids=ids[:1])
    post(customer, "messages", file_ids=ids[1:])
    add(admin)

    response = api(customer).delete(f"/api/tickets/{ticket.id}")

    assert response.status_code == 204
    assert stored() == []


def test_the_files_of_an_internal_comment_do_not_exist_for_customers(
    api, post, add, get, customer, admin, colleague, ticket, events, listen, heard
):
    socket = listen(customer)
    file = add(admin).json
    note = post(admin, "comments", file_ids=[file["id"]], internal=True).json

    assert note["files"] == [file]
    assert get(colleague, file["url"]).status_code == 200
    assert get(customer, file["url"]).status_code == 404
    assert get(customer, f"{file['url']}/preview").status_code == 404
    assert events(colleague, "staff") == [note]
    assert heard(socket) == events(customer) == []
    comments = f"/api/tickets/{ticket.id}/comments"
    assert get(customer, comments).json["data"] == []


def test_an_admin_who_became_a_customer_loses_their_internal_files(
    api, post, add, get, admin, colleague, make_ticket
):
    own = make_ticket(admin)
    file = add(admin, on=own).json
    note = {"file_ids": [file["id"]], "internal": True}
    api(admin).post(f"/api/tickets/{own.id}/comments", json=note)

    seen = get(admin, file["url"]).status_code
    api(colleague).patch(f"/api/users/{admin.id}", json={"role": "customer"})

    assert (seen, get(admin, file["url"]).status_code) == (200, 404)


@both
def test_the_last_entry_of_files_alone_is_the_first_name(
    api, post, customer, admin, ids, kind
):
    post(customer, kind, file_ids=ids)

    [row] = api(admin).get("/api/tickets").json["data"]

    assert row["last_entry"]["excerpt"] == "a.log"


def test_a_search_finds_no_names_of_files(api, post, customer, ids):
    post(customer, file_ids=ids)

    assert api(customer).get("/api/tickets?q=log").json["data"] == []


def test_a_page_of_replies_with_many_files_ends_before_its_limit(
    api, save, customer, ticket
):
    about = {"content_type": "image/png", "size": 1}
    named = [{"id": n, "name": "\u6c34" * 255, **about} for n in range(10)]
    for _ in range(60):
        fields = {"ticket_id": ticket.id, "user_id": customer.id, "attached": named}
        save(Message(side=Side.CUSTOMER, message="", **fields))

    response = api(customer).get(f"/api/tickets/{ticket.id}/messages?limit=60")

    assert 400 * 1024 < len(response.data) < 512 * 1024
    assert response.json["next"]
