"""DELETE /api/files/{id}"""

import pytest


@pytest.fixture
def delete(api):
    """Delete a file as a user; return the response."""
    return lambda user, file: api(user).delete(f"/api/files/{file['id']}")


def test_a_file_that_was_not_sent_is_deleted_with_its_content(
    add, delete, get, customer, stored
):
    file = add(customer).json

    response = delete(customer, file)

    assert (response.status_code, response.data) == (204, b"")
    assert get(customer, file["url"]).status_code == 404
    assert stored() == []


def test_a_deleted_file_makes_room_for_another_one(add, delete, customer):
    files = [add(customer).json for _ in range(10)]
    assert add(customer).json["code"] == "too_many_files"

    delete(customer, files[0])

    assert add(customer).status_code == 201


def test_a_deleted_file_cannot_be_sent(add, delete, post, customer):
    file = add(customer).json
    delete(customer, file)

    response = post(customer, message="", file_ids=[file["id"]])

    assert response.status_code == 422
    assert list(response.json["errors"]) == ["file_ids"]


def test_a_file_that_was_sent_stays(add, delete, post, get, customer):
    file = add(customer).json
    post(customer, message="", file_ids=[file["id"]])

    response = delete(customer, file)

    assert (response.status_code, response.json["code"]) == (403, "forbidden")
    assert get(customer, file["url"]).status_code == 200


def test_nobody_deletes_the_unsent_file_of_another(
    add, delete, get, customer, admin, stranger
):
    file = add(customer).json

    for other in (admin, stranger):
        assert delete(other, file).status_code == 404

    assert get(customer, file["url"]).status_code == 200
