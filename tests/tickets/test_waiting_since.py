"""The waiting_since of a ticket: the start of the wait for the side in waiting_on"""

import random

import pytest

URL = "/api/tickets"


@pytest.fixture
def url(ticket):
    return f"{URL}/{ticket.id}"


@pytest.fixture
def waiting(api, admin, url):
    """Return ``waiting_on`` and ``waiting_since`` of the ticket."""

    def waiting():
        shown = api(admin).get(url).json
        [listed] = api(admin).get(f"{URL}?user_id={shown['user_id']}").json["data"]
        assert listed["waiting_since"] == shown["waiting_since"]
        return shown["waiting_on"], shown["waiting_since"]

    return waiting


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


@pytest.fixture
def opened_at(api, customer, url):
    return api(customer).get(url).json["created_at"]


def test_an_opened_ticket_waits_for_support_since_its_opening(waiting, opened_at):
    assert waiting() == ("support", opened_at)


def test_a_ticket_that_support_never_answered_waits_since_its_opening(
    say, waiting, opened_at
):
    say("customer", "messages")
    say("customer", "comments")
    say("admin", "comments internal")

    assert waiting() == ("support", opened_at)


@pytest.mark.parametrize("how", ["messages", "comments"])
def test_a_ticket_waits_for_the_customer_since_the_first_answer(say, waiting, how):
    first = say("admin", how)
    say("colleague", "messages")
    say("admin", "comments")

    assert waiting() == ("customer", first["created_at"])


@pytest.mark.parametrize("how", ["messages", "comments"])
def test_a_ticket_waits_for_support_since_the_first_reply_to_its_answer(
    say, waiting, how
):
    say("admin", "messages")
    first = say("customer", how)
    say("customer", "messages")
    say("customer", "comments")

    assert waiting() == ("support", first["created_at"])


def test_waiting_since_is_the_time_of_a_reply_that_reopens_a_ticket(
    api, admin, url, say, waiting
):
    say("admin", "messages")
    api(admin).patch(url, json={"status": "resolved"})

    reply = say("customer", "messages")

    assert waiting() == ("support", reply["created_at"])


def test_editing_and_resolving_a_ticket_keep_waiting_since(
    api, customer, admin, url, say, waiting
):
    first = say("admin", "messages")

    api(customer).patch(url, json={"priority": "urgent"})
    api(admin).patch(url, json={"status": "resolved", "assigned_to": admin.id})
    api(customer).get(f"{url}/messages")

    assert waiting() == ("customer", first["created_at"])


def test_an_admin_who_opened_a_ticket_is_waited_for_as_its_customer(
    api, make_ticket, admin, colleague
):
    url = f"{URL}/{make_ticket(admin).id}"
    seen = []

    for actor in (colleague, admin):
        sent = api(actor).post(f"{url}/messages", json={"message": "Hm."}).json
        shown = api(admin).get(url).json
        seen.append((shown["waiting_on"], shown["waiting_since"] == sent["created_at"]))

    assert seen == [("customer", True), ("support", True)]


def test_waiting_since_follows_from_what_a_deletion_leaves(
    api, admin, say, waiting, opened_at
):
    answer = say("admin", "comments")
    first = say("customer", "comments")
    second = say("customer", "messages")
    seen = [waiting()]

    for comment in (first, answer):
        api(admin).delete(f"/api/comments/{comment['id']}")
        seen.append(waiting())

    assert seen == [
        ("support", first["created_at"]),
        ("support", second["created_at"]),
        ("support", opened_at),
    ]


def test_waiting_since_is_in_no_payload_of_the_history(api, customer, url, say):
    say("admin", "messages")
    api(customer).patch(url, json={"subject": "New"})

    entries = api(customer).get(f"{url}/events").json["data"]

    assert all("waiting_since" not in entry["payload"] for entry in entries)


def expected(ticket, replies):
    """Return ``waiting_on`` and ``waiting_since`` by their definition."""
    spoken = [(ticket["created_at"], "customer")] + sorted(
        (
            reply["created_at"],
            "customer" if reply["user_id"] == ticket["user_id"] else "support",
        )
        for reply in replies
    )
    last = spoken[-1][1]
    waiting_on = "support" if last == "customer" else "customer"
    times = [at for at, side in spoken if side == waiting_on]
    since = max(times, default="")
    return waiting_on, min(at for at, side in spoken if side == last and at > since)


@pytest.mark.parametrize("seed", range(8))
def test_waiting_since_is_what_follows_from_any_history(
    api, customer, admin, colleague, url, say, waiting, seed
):
    draw = random.Random(seed)
    cast = {"customer": customer, "admin": admin, "colleague": colleague}
    client = api(admin)

    for _ in range(25):
        comments = client.get(f"{url}/comments?limit=100").json["data"]
        if comments and draw.random() < 0.35:
            client.delete(f"/api/comments/{draw.choice(comments)['id']}")
        else:
            who = draw.choice([*cast])
            hows = ["messages", "comments", "comments"]
            hows += ["comments internal"] if who != "customer" else []
            say(who, draw.choice(hows))
        listed = [
            *client.get(f"{url}/comments?limit=100").json["data"],
            *client.get(f"{url}/messages?limit=100").json["data"],
        ]
        public = [reply for reply in listed if not reply.get("internal")]
        assert waiting() == expected(client.get(url).json, public)
