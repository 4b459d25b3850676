"""GET /api/messages/<id>"""

import pytest


@pytest.mark.parametrize("who", ["customer", "admin", "colleague"])
def test_whoever_sees_the_ticket_sees_it(api, admin, ticket, request, who):
    sent = api(admin).post(
        f"/api/tickets/{ticket.id}/messages", json={"message": "Unplug it."}
    )

    response = api(request.getfixturevalue(who)).get(sent.headers["Location"])

    assert response.status_code == 200
    assert response.json == sent.json


def test_showing_it_is_not_reading_it(api, customer, admin, make_message):
    message = make_message(admin)

    for _ in range(2):
        response = api(customer).get(f"/api/messages/{message.id}")

    assert response.json["is_read"] is False


def test_goes_with_its_ticket(api, customer, ticket, make_message):
    message = make_message(customer)

    api(customer).delete(f"/api/tickets/{ticket.id}")

    assert api(customer).get(f"/api/messages/{message.id}").status_code == 404
