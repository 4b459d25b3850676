"""GET /api/comments/<id>"""

import pytest


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_shows_what_the_list_shows(api, request, ticket, comment, reply, who):
    client = api(request.getfixturevalue(who))
    listed = client.get(f"/api/tickets/{ticket.id}/comments").json["data"]

    shown = [client.get(f"/api/comments/{item.id}") for item in (comment, reply)]

    assert [response.status_code for response in shown] == [200, 200]
    assert [response.json for response in shown] == listed


def test_a_new_comment_is_where_its_location_says(api, customer, ticket):
    added = api(customer).post(
        f"/api/tickets/{ticket.id}/comments", json={"content": "It smells."}
    )

    response = api(customer).get(added.headers["Location"])

    assert (response.status_code, response.json) == (200, added.json)


def test_it_goes_with_its_ticket(api, admin, ticket, comment):
    api(admin).delete(f"/api/tickets/{ticket.id}")

    assert api(admin).get(f"/api/comments/{comment.id}").status_code == 404
