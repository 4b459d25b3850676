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


def test_strangers_get_the_answer_of_what_does_not_exist(api, stranger, make_message):
    message = make_message(stranger)  # on a ticket that is not theirs

    response = api(stranger).get(f"/api/messages/{message.id}")

    none = api(stranger).get(f"/api/messages/{message.id + 1_000}")
    assert (response.status_code, response.json["code"]) == (404, "not_found")
    assert response.json == none.json


@pytest.mark.parametrize("message_id", ["0", "-1", "x", str(2**63)])
def test_what_can_be_no_id_is_none(api, customer, message_id):
    assert api(customer).get(f"/api/messages/{message_id}").status_code == 404


def test_goes_with_its_ticket(api, customer, ticket, make_message):
    message = make_message(customer)

    api(customer).delete(f"/api/tickets/{ticket.id}")

    assert api(customer).get(f"/api/messages/{message.id}").status_code == 404


def test_needs_a_token(anyone, customer, make_message):
    assert anyone.get(f"/api/messages/{make_message(customer).id}").status_code == 401
