"""GET /api/messages/<id>"""

import pytest


@pytest.mark.parametrize("who", ["customer", "admin", "colleague"])
def test_every_user_who_sees_a_ticket_can_see_its_message(
    api, admin, ticket, request, who
):
    sent = api(admin).post(
        f"/api/tickets/{ticket.id}/messages", json={"message": "Unplug it."}
    )

    response = api(request.getfixturevalue(who)).get(sent.headers["Location"])

    assert response.status_code == 200
    assert response.json == sent.json


def test_showing_a_message_does_not_mark_it_as_read(api, customer, admin, make_message):
    message = make_message(admin)

    for _ in range(2):
        response = api(customer).get(f"/api/messages/{message.id}")

    assert response.json["is_read"] is False


def test_the_message_of_a_deleted_ticket_is_not_found(
    api, customer, ticket, make_message
):
    message = make_message(customer)

    api(customer).delete(f"/api/tickets/{ticket.id}")

    assert api(customer).get(f"/api/messages/{message.id}").status_code == 404
