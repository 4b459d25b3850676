"""The last_entry of a listed ticket: its latest message or public comment"""

import pytest

URL = "/api/tickets"


@pytest.fixture
def url(ticket):
    return f"{URL}/{ticket.id}"


@pytest.fixture
def last_entry(api, customer, admin):
    """Return ``last_entry``; check that the customer and admins see the same."""

    def last_entry():
        seen = [
            api(user).get(URL).json["data"][0]["last_entry"]
            for user in (customer, admin)
        ]
        assert seen[0] == seen[1]
        return seen[0]

    return last_entry


@pytest.fixture
def say(request, api, url):
    """Write a message or a comment as a user; return it."""

    def say(who, how, text="Hm."):
        actor = request.getfixturevalue(who)
        call, _, internal = how.partition(" ")
        body = {"message": text} if call == "messages" else {"content": text}
        if internal:
            body["internal"] = True
        response = api(actor).post(f"{url}/{call}", json=body)
        assert response.status_code == 201
        return response.json

    return say


def test_last_entry_of_a_new_ticket_is_null(ticket, last_entry):
    assert last_entry() is None


@pytest.mark.parametrize(("who", "side"), [("customer",) * 2, ("admin", "support")])
@pytest.mark.parametrize(
    ("how", "kind"), [("messages", "message"), ("comments", "comment")]
)
def test_last_entry_is_the_latest_reply(say, last_entry, who, side, how, kind):
    say("customer", "messages")
    say("admin", "comments")
    said = say(who, how, "Now?")

    assert last_entry() == {
        "kind": kind,
        "side": side,
        "user": said["user"],
        "excerpt": "Now?",
        "created_at": said["created_at"],
    }


def test_last_entry_has_the_side_of_an_admin_who_opened_the_ticket(
    api, make_ticket, admin
):
    ticket = make_ticket(admin)
    api(admin).post(f"{URL}/{ticket.id}/messages", json={"message": "Hm."})

    [listed] = api(admin).get(URL).json["data"]

    assert listed["last_entry"]["side"] == "customer"
    assert listed["last_entry"]["user"]["role"] == "admin"


def test_last_entry_is_never_an_internal_comment(api, admin, say, last_entry):
    note = say("admin", "comments internal", "Arson?")
    assert last_entry() is None
    api(admin).delete(f"/api/comments/{note['id']}")

    say("customer", "messages", "Still burning.")
    say("admin", "comments internal", "Arson!")

    assert last_entry()["excerpt"] == "Still burning."


def test_last_entry_has_the_text_of_a_comment_as_it_was_edited(
    api, customer, say, last_entry
):
    said = say("customer", "comments", "Stil burning.")

    api(customer).put(f"/api/comments/{said['id']}", json={"content": "Still burning."})

    assert last_entry()["excerpt"] == "Still burning."
    assert last_entry()["created_at"] == said["created_at"]


def test_last_entry_is_the_one_before_a_comment_that_was_deleted(
    api, customer, say, last_entry
):
    say("admin", "messages", "one")
    second = say("customer", "comments", "two")
    third = say("customer", "comments", "three")

    left = []
    for comment in (third, second):
        api(customer).delete(f"/api/comments/{comment['id']}")
        left.append(last_entry()["excerpt"])

    assert left == ["two", "one"]


@pytest.mark.parametrize("how", ["messages", "comments"])
@pytest.mark.parametrize("character", ["x", "\U0001f525"])
def test_the_excerpt_has_the_first_140_characters(say, last_entry, how, character):
    say("customer", how, f"{character * 139}yz")

    assert last_entry()["excerpt"] == f"{character * 139}y"


def test_only_a_listed_ticket_has_a_last_entry(api, customer, url, say):
    say("customer", "messages")

    shown = api(customer).get(url).json
    edited = api(customer).patch(url, json={"subject": "New"}).json

    assert "last_entry" not in shown | edited


def test_each_ticket_of_a_list_has_its_own_last_entry(api, make_ticket, customer):
    client, texts = api(customer), ["one", "two", "three"]
    for text in texts:
        url = f"{URL}/{make_ticket(customer).id}"
        client.post(f"{url}/messages", json={"message": text})

    listed = client.get(f"{URL}?sort=created_at").json["data"]

    assert [ticket["last_entry"]["excerpt"] for ticket in listed] == texts
