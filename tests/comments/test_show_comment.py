"""GET /api/comments/<id>"""

import pytest


@pytest.mark.parametrize("who", ["customer", "admin"])
def test_a_comment_shown_alone_equals_the_listed_comment(
    api, request, ticket, comment, reply, who
):
    client = api(request.getfixturevalue(who))
    listed = client.get(f"/api/tickets/{ticket.id}/comments").json["data"]

    shown = [client.get(f"/api/comments/{item.id}") for item in (comment, reply)]

    assert [response.status_code for response in shown] == [200, 200]
    assert [response.json for response in shown] == listed


def test_the_location_of_a_new_comment_shows_it(api, customer, ticket):
    added = api(customer).post(
        f"/api/tickets/{ticket.id}/comments", json={"content": "It smells."}
    )

    response = api(customer).get(added.headers["Location"])

    assert (response.status_code, response.json) == (200, added.json)


def test_the_comment_of_a_deleted_ticket_is_not_found(api, admin, ticket, comment):
    api(admin).delete(f"/api/tickets/{ticket.id}")

    assert api(admin).get(f"/api/comments/{comment.id}").status_code == 404
