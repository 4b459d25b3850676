"""The waiting_on of a ticket: the side that has to reply next"""

import pytest

from ticketing.tickets.models import Side


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}"


@pytest.fixture
def waiting_on(api, admin, url):
    """Return ``waiting_on``; check that the filter agrees."""

    def waiting_on():
        side = api(admin).get(url).json["waiting_on"]
        query = f"/api/tickets?waiting_on={side}"
        (listed,) = api(admin).get(query).json["data"]
        assert listed["waiting_on"] == side
        return side

    return waiting_on


@pytest.fixture
def say(request, api, url):
    """Write a message or a comment as a user; return it."""

    def say(who, how):
        actor = request.getfixturevalue(who)
        call, _, internal = how.partition(" ")
        body = {"message": "Hm."} if call == "messages" else {"content": "Hm."}
        if internal:
            body["internal"] = True
        response = api(actor).post(f"{url}/{call}", json=body)
        assert response.status_code == 201
        return response.json

    return say


def test_waiting_on_of_a_new_ticket_is_support(waiting_on):
    assert waiting_on() == "support"


@pytest.mark.parametrize("before", list(Side))
@pytest.mark.parametrize(
    ("who", "how", "after"),
    [
        ("customer", "messages", "support"),
        ("customer", "comments", "support"),
        ("admin", "messages", "customer"),
        ("admin", "comments", "customer"),
        ("admin", "comments internal", None),
    ],
)
def test_waiting_on_is_the_other_side_after_a_reply(
    save, ticket, say, waiting_on, before, who, how, after
):
    ticket.waiting_on = before
    save(ticket)

    say(who, how)

    assert waiting_on() == (after or before)


@pytest.mark.parametrize(
    ("who", "after"), [("customer", "support"), ("admin", "customer")]
)
@pytest.mark.parametrize("before", list(Side))
def test_waiting_on_is_the_other_side_after_a_message_from_a_socket(
    request, live, save, ticket, waiting_on, before, who, after
):
    ticket.waiting_on = before
    save(ticket)
    socket = live(request.getfixturevalue(who))

    socket.emit(
        "message.send", {"ticket_id": ticket.id, "message": "Hm."}, callback=True
    )

    assert waiting_on() == after


def test_waiting_on_treats_an_admin_as_customer_of_their_own_ticket(
    api, make_ticket, admin, colleague
):
    url = f"/api/tickets/{make_ticket(admin).id}"
    sides = []

    for actor in (colleague, admin):
        api(actor).post(f"{url}/messages", json={"message": "Hm."})
        sides.append(api(admin).get(url).json["waiting_on"])

    assert sides == ["customer", "support"]


@pytest.mark.parametrize(
    ("words", "after"),
    [
        (["admin comments"], "support"),
        (["customer comments", "admin comments"], "support"),
        (["admin comments", "customer comments"], "customer"),
        (["customer messages", "admin comments"], "support"),
        (["admin messages", "customer comments"], "customer"),
        (["admin comments", "customer messages", "admin comments"], "support"),
        (["admin messages", "customer messages", "admin comments"], "support"),
        (["customer comments", "admin comments internal", "admin comments"], "support"),
        (
            ["admin comments", "admin comments internal", "customer comments"],
            "customer",
        ),
    ],
)
def test_deleting_the_latest_comment_restores_waiting_on(
    api, admin, say, waiting_on, words, after
):
    *_, last = [say(*word.split(" ", 1)) for word in words]

    response = api(admin).delete(f"/api/comments/{last['id']}")

    assert response.status_code == 204
    assert waiting_on() == after


@pytest.mark.parametrize("how", ["comments", "comments internal"])
def test_deleting_an_earlier_comment_keeps_waiting_on(api, admin, say, waiting_on, how):
    earlier = say("admin", how)
    say("customer", "messages")
    later = say("admin", "comments")
    note = say("admin", "comments internal")

    for gone, side in ((earlier, "customer"), (note, "customer"), (later, "support")):
        api(admin).delete(f"/api/comments/{gone['id']}")

        assert waiting_on() == side


def test_a_change_of_waiting_on_alone_is_not_recorded(api, say, customer, url):
    say("admin", "messages")
    before = api(customer).get(url)

    say("customer", "messages")

    after = api(customer).get(url)
    assert (before.json["waiting_on"], after.json["waiting_on"]) == (
        "customer",
        "support",
    )
    assert before.headers["ETag"] == after.headers["ETag"]
    names = [e["name"] for e in api(customer).get(f"{url}/events").json["data"]]
    assert names == ["message.sent", "message.sent"]


@pytest.mark.parametrize("who", ["admin", "customer"])
def test_editing_and_reading_keep_waiting_on(
    request, api, customer, admin, url, say, waiting_on, who
):
    comment = say("admin", "comments")
    say("customer", "messages")
    actor = request.getfixturevalue(who)

    api(admin).patch(f"/api/comments/{comment['id']}", json={"content": "Hm!"})
    api(actor).get(f"{url}/messages")
    api(actor).patch(url, json={"priority": "urgent"})
    api(admin).patch(url, json={"status": "in_progress", "assigned_to": admin.id})

    assert waiting_on() == "support"


def test_a_refused_reply_keeps_waiting_on(api, admin, customer, url, waiting_on, say):
    say("admin", "messages")
    api(admin).patch(url, json={"status": "closed"})

    response = api(customer).post(f"{url}/messages", json={"message": "Hm."})

    assert response.status_code == 409
    assert waiting_on() == "customer"
