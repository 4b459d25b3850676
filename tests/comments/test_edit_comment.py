"""PUT and PATCH /api/comments/<id>"""

import pytest


def names(client, ticket):
    entries = client.get(f"/api/tickets/{ticket.id}/events").json["data"]
    return [entry["name"] for entry in entries]


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_the_author_can_edit_a_comment(api, customer, comment, method):
    response = api(customer).open(
        f"/api/comments/{comment.id}", method=method, json={"content": " It went out. "}
    )

    edited = response.json
    before = comment.updated_at.isoformat(timespec="microseconds")
    assert response.status_code == 200
    assert (edited["id"], edited["content"]) == (comment.id, "It went out.")
    assert edited["user_id"] == customer.id
    assert edited["created_at"] == before < edited["updated_at"]
    assert api(customer).get(f"/api/comments/{comment.id}").json == edited


def test_editing_a_comment_without_a_change_emits_nothing(
    api, customer, ticket, comment
):
    url = f"/api/comments/{comment.id}"
    before = api(customer).get(url).json

    response = api(customer).put(url, json={"content": comment.content})

    assert (response.status_code, response.json) == (200, before)
    assert names(api(customer), ticket) == []


@pytest.mark.parametrize(
    ("who", "whose"),
    [("customer", "reply"), ("admin", "comment"), ("colleague", "reply")],
)
def test_only_the_author_can_edit_a_comment(api, request, ticket, who, whose):
    client = api(request.getfixturevalue(who))
    theirs = request.getfixturevalue(whose)

    response = client.put(f"/api/comments/{theirs.id}", json={"content": "x"})

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
    shown = client.get(f"/api/comments/{theirs.id}").json
    assert shown["content"] == theirs.content
    assert names(client, ticket) == []


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "content"),
        ({"content": " "}, "content"),
        ({"content": "x" * 10_001}, "content"),
        ({"content": "x", "internal": True}, "internal"),
        ({"content": "x", "ticket_id": 1}, "ticket_id"),
    ],
)
def test_editing_a_comment_names_the_invalid_field(
    api, customer, comment, method, body, field
):
    response = api(customer).open(
        f"/api/comments/{comment.id}", method=method, json=body
    )

    assert (response.status_code, list(response.json["errors"])) == (422, [field])


def test_editing_a_comment_does_not_reopen_a_ticket(
    api, admin, customer, ticket, comment
):
    api(admin).patch(f"/api/tickets/{ticket.id}", json={"status": "resolved"})

    api(customer).put(f"/api/comments/{comment.id}", json={"content": "Hm."})

    shown = api(customer).get(f"/api/tickets/{ticket.id}").json
    assert (shown["status"], shown["waiting_on"]) == ("resolved", "support")
    assert names(api(customer), ticket) == ["ticket.updated", "comment.edited"]
