"""Threat: a field slipped in that is not the sender's to set."""

import pytest

FORM = {
    "name": "Eve",
    "email": "eve@example.org",
    "password": "correct horse",
    "password_confirmation": "correct horse",
}
TICKET = {"subject": "Help", "description": "It burns.", "priority": "low"}
OWNED = {
    "id": 1,
    "user_id": 1,
    "user": {"id": 1},
    "created_at": "2001-01-01T00:00:00+00:00",
    "updated_at": "2001-01-01T00:00:00+00:00",
}
ACCOUNT = {**OWNED, "is_admin": True, "email_key": "x", "token": "x", "__class__": "x"}
STATE = {**OWNED, "last_seq": 9, "waiting_on": "support", "attachment_key": "../x"}
REPLY = {**OWNED, "ticket_id": 1, "side": "support", "is_read": True, "seq": 1}
WRITES = [
    ("POST", "register", FORM, {**ACCOUNT, "active": True}),
    ("POST", "login", {"email": "a@b.org", "password": "x"}, {"role": "admin"}),
    ("PATCH", "me", {"name": "Eve"}, {**ACCOUNT, "role": "admin", "active": True}),
    ("POST", "tickets", TICKET, {**STATE, "status": "closed", "assigned_to": 1}),
    ("PATCH", "tickets/{ticket}", {"subject": "Help"}, STATE),
    ("PUT", "tickets/{ticket}", {"subject": "Help"}, STATE),
    ("POST", "tickets/{ticket}/comments", {"content": "Hm."}, REPLY),
    ("PATCH", "comments/{comment}", {"content": "Hm."}, {**REPLY, "internal": False}),
    ("POST", "tickets/{ticket}/messages", {"message": "Hm."}, REPLY),
    ("POST", "tickets/{ticket}/messages/read", {"up_to": 1}, {"side": "support"}),
]


@pytest.mark.parametrize(("method", "path", "body", "slipped_in"), WRITES)
def test_what_is_not_the_senders_to_set_is_named_and_nothing_done(
    api, customer, category, ticket, comment, method, path, body, slipped_in
):
    client = api(customer)
    path = f"/api/{path.format(ticket=ticket.id, comment=comment.id)}"
    body = {**body, "category_id": category.id} if path.endswith("tickets") else body
    seen = ["/api/me", "/api/tickets", f"/api/tickets/{ticket.id}/events"]
    before = [client.get(url).json for url in seen]

    for name, value in slipped_in.items():
        response = client.open(path, method=method, json={**body, name: value})

        assert response.status_code == 422, name
        assert list(response.json["errors"]) == [name]
    assert [client.get(url).json for url in seen] == before


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("tickets/{ticket}", {"status": "closed"}),
        ("tickets/{ticket}", {"assigned_to": None}),
        ("tickets/{ticket}", {"status": "open"}),
    ],
)
def test_what_only_admins_set_is_refused_to_others(api, customer, ticket, path, field):
    url = f"/api/{path.format(ticket=ticket.id)}"

    response = api(customer).patch(url, json={"subject": "Mine", **field})

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
    assert api(customer).get(url).json["subject"] == ticket.subject


def test_a_form_slips_nothing_in_either(api, customer, ticket):
    form = {"subject": "Mine", "user_id": "1", "attachment_key": "../../etc/passwd"}

    response = api(customer).patch(
        f"/api/tickets/{ticket.id}", data=form, content_type="multipart/form-data"
    )

    assert response.status_code == 422
    assert set(response.json["errors"]) == {"user_id", "attachment_key"}
