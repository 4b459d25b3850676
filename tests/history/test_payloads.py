"""Payloads of the history: each resource as HTTP returned it."""

import pytest

# What depends on who looks, or on the log itself.
APART = {"unread_count", "last_seq", "last_activity_at", "waiting_since"}
STAFF = {"last_staff_seq", "tags", "sla"}


def state(ticket):
    return {name: value for name, value in ticket.items() if name not in APART | STAFF}


@pytest.fixture
def url(ticket):
    return f"/api/tickets/{ticket.id}"


@pytest.fixture
def told(api, admin, url):
    """Return the names and payloads of the ticket's entries."""

    def told(stream="public", of=url):
        entries = api(admin).get(f"{of}/events?stream={stream}").json["data"]
        return [(entry["name"], entry["payload"]) for entry in entries]

    return told


def test_the_payload_of_ticket_created_is_the_ticket(api, customer, category, told):
    opened = api(customer).post(
        "/api/tickets",
        json={
            "category_id": category.id,
            "subject": "Printer on fire",
            "description": "It burns.",
            "priority": "high",
        },
    )

    assert set(opened.json) > APART
    assert told(of=opened.headers["Location"]) == [
        ("ticket.created", state(opened.json))
    ]


def test_the_payload_of_ticket_updated_is_the_ticket_and_its_changes(
    api, admin, url, told
):
    before = api(admin).get(url).json

    after = api(admin).patch(
        url,
        json={
            "status": "in_progress",
            "priority": before["priority"],
            "subject": "Fire!",
            "assigned_to": admin.id,
        },
    )

    changed = {
        "subject": [before["subject"], "Fire!"],
        "status": ["open", "in_progress"],
        "assigned_to": [None, admin.id],
    }
    assert told() == [("ticket.updated", {**state(after.json), "changes": changed})]


def test_an_edit_without_a_change_is_not_recorded(api, admin, url, told):
    before = api(admin).get(url)

    after = api(admin).patch(url, json={"status": before.json["status"]})

    assert (after.json, after.headers["ETag"]) == (before.json, before.headers["ETag"])
    assert told() == []


@pytest.mark.parametrize(("internal", "stream"), [(False, "public"), (True, "staff")])
def test_the_payloads_of_comment_events_are_the_comment(
    api, admin, url, told, internal, stream
):
    said = {"content": "Unplug it.", "internal": internal}
    added = api(admin).post(f"{url}/comments", json=said)
    where = added.headers["Location"]
    edited = api(admin).put(where, json={"content": "Run!"})

    before = told(stream)
    api(admin).delete(where)

    assert before == [("comment.added", added.json), ("comment.edited", edited.json)]
    assert told(stream)[-1] == ("comment.deleted", {"id": added.json["id"]})
    assert told("public" if internal else "staff") == []


def test_the_payloads_of_message_events_are_the_message_and_its_reading(
    api, customer, admin, url, told, ticket
):
    sent = api(customer).post(f"{url}/messages", json={"message": "Hello?"})
    api(admin).get(f"{url}/messages")

    shown = api(admin).get(sent.headers["Location"]).json
    assert shown["is_read"]
    assert told() == [
        ("message.sent", sent.json),
        (
            "message.read",
            {
                "ticket_id": ticket.id,
                "up_to": sent.json["id"],
                "side": "support",
                "read_at": shown["read_at"],
            },
        ),
    ]


def test_the_payload_of_message_read_names_the_customers_side(
    api, customer, make_message, admin, url, told
):
    message = make_message(admin)

    api(customer).post(f"{url}/messages/read", json={"up_to": message.id})

    [(name, payload)] = told()
    assert (name, payload["up_to"], payload["side"]) == (
        "message.read",
        message.id,
        "customer",
    )


def test_reading_without_unread_messages_is_not_recorded(
    api, customer, admin, colleague, make_message, url, told
):
    own, theirs = make_message(admin), make_message(customer)
    for actor, query in ((admin, "?mark_read=false"), (colleague, "")):
        api(actor).get(f"{url}/messages{query}")

    for actor in (admin, colleague):
        api(actor).get(f"{url}/messages")
        api(actor).post(f"{url}/messages/read", json={"up_to": theirs.id})
    api(admin).post(f"{url}/messages/read", json={"up_to": own.id})

    assert [(name, payload["side"]) for name, payload in told()] == [
        ("message.read", "support")
    ]


def test_users_and_categories_in_payloads_are_as_they_were_then(
    api, customer, admin, category, url, told
):
    api(customer).patch(url, json={"subject": "Fire!"})
    api(customer).post(f"{url}/comments", json={"content": "It burns."})
    before = told()

    api(customer).patch("/api/me", json={"name": "Carlotta"})
    api(admin).patch(f"/api/categories/{category.id}", json={"name": "Furnaces"})

    assert told() == before
    assert api(admin).get(url).json["user"]["name"] == "Carlotta"
    assert before[0][1]["user"]["name"] == before[1][1]["user"]["name"] == "Carla"
    assert before[0][1]["category"]["name"] == "Hardware"


def test_no_payload_contains_an_email(api, customer, admin, url, told):
    api(customer).post(f"{url}/messages", json={"message": "Hello?"})
    api(admin).patch(url, json={"assigned_to": admin.id})
    api(admin).post(f"{url}/comments", json={"content": "Hm."})

    entries = told()

    assert len(entries) == 3
    assert "example.org" not in str(entries)
