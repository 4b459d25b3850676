"""GET /api/tickets/<id>"""

import pytest


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_owner_and_admins_can_see_a_ticket(api, request, customer, ticket, who):
    actor = request.getfixturevalue(who)

    response = api(actor).get(f"/api/tickets/{ticket.id}")

    assert response.status_code == 200
    assert list(response.json) == [
        "id",
        "subject",
        "description",
        "priority",
        "status",
        "category_id",
        "category",
        "user_id",
        "user",
        "assigned_to",
        "assignee",
        "attachment",
        "waiting_on",
        "rating",
        "created_at",
        "updated_at",
        "unread_count",
        "last_seq",
        *(["last_staff_seq"] if who == "admin" else []),
        "last_activity_at",
        "waiting_since",
        *(["tags", "sla"] if who == "admin" else []),
    ]
    assert response.json["subject"] == ticket.subject
    assert set(response.json["user"]) == {"id", "name", "role"}


def test_the_assignee_of_a_ticket_is_shown_without_an_email(
    api, make_ticket, customer, admin
):
    ticket = make_ticket(customer, assigned_to=admin.id)

    shown = api(customer).get(f"/api/tickets/{ticket.id}").json

    assert shown["assigned_to"] == admin.id
    assert shown["assignee"] == {"id": admin.id, "name": "Ada", "role": "admin"}


def test_the_etag_changes_when_the_ticket_is_edited(api, customer, ticket):
    url = f"/api/tickets/{ticket.id}"
    before = api(customer).get(url)

    api(customer).patch(url, json={"priority": "urgent"})

    after = api(customer).get(url)
    assert before.headers["ETag"] != after.headers["ETag"]
    assert before.json["updated_at"] < after.json["updated_at"]


def test_the_etag_of_a_ticket_is_the_same_for_every_viewer(
    api, customer, admin, ticket, make_message
):
    make_message(customer)
    url = f"/api/tickets/{ticket.id}"

    tags = {api(user).get(url).headers["ETag"] for user in (customer, admin)}

    assert len(tags) == 1


@pytest.mark.parametrize(
    ("who", "call", "body", "public"),
    [
        ("customer", "messages", {"message": "Hello?"}, True),
        ("admin", "messages", {"message": "Hello!"}, True),
        ("customer", "comments", {"content": "Hello?"}, True),
        ("admin", "comments", {"content": "Arson?", "internal": True}, False),
        ("admin", "messages/read", {"up_to": 2**63 - 1}, True),
    ],
)
def test_the_etag_stays_when_comments_or_messages_are_added(
    api, request, customer, ticket, make_message, who, call, body, public
):
    make_message(customer)
    actor, url = request.getfixturevalue(who), f"/api/tickets/{ticket.id}"
    before = api(customer).get(url)

    response = api(actor).post(f"{url}/{call}", json=body)

    after = api(customer).get(url)
    assert response.status_code in (200, 201)
    assert before.headers["ETag"] == after.headers["ETag"]
    assert before.json["updated_at"] == after.json["updated_at"]
    moved = before.json["last_activity_at"] < after.json["last_activity_at"]
    assert (moved, after.json["last_seq"] - before.json["last_seq"]) == (public, public)


def test_the_unread_count_of_a_ticket_is_the_viewers(
    api, customer, admin, colleague, ticket, make_message
):
    make_message(customer)
    make_message(customer)
    make_message(admin)
    make_message(admin, is_read=True, read_at=ticket.created_at)

    counts = [
        api(user).get(f"/api/tickets/{ticket.id}").json["unread_count"]
        for user in (customer, admin, colleague)
    ]

    assert counts == [1, 2, 2]


def test_an_admin_reads_as_customer_in_their_own_ticket(
    api, admin, colleague, make_ticket, make_message
):
    own = make_ticket(admin)
    make_message(colleague, ticket=own)

    counts = [
        api(user).get(f"/api/tickets/{own.id}").json["unread_count"]
        for user in (admin, colleague)
    ]

    assert counts == [1, 0]
