"""POST /api/logout"""

import pytest


def test_logout_revokes_the_token_in_use(api, customer):
    client = api(customer)

    response = client.post("/api/logout")

    assert response.status_code == 200
    assert list(response.json) == ["message"]
    assert client.get("/api/me").status_code == 401
    assert client.post("/api/logout").status_code == 401


def test_logout_keeps_other_tokens_valid(api, customer, stranger):
    elsewhere, another = api(customer), api(stranger)

    api(customer).post("/api/logout")

    assert elsewhere.get("/api/me").status_code == 200
    assert another.get("/api/me").status_code == 200


def test_logout_disconnects_only_the_sockets_of_the_token(api, live, token, customer):
    here = token(customer)
    socket, elsewhere = live(customer, here), live(customer)

    api(customer).post("/api/logout", headers={"Authorization": f"Bearer {here}"})

    assert not socket.is_connected()
    assert elsewhere.is_connected()


def test_logout_of_all_revokes_every_token_of_the_user(api, customer, stranger):
    client, elsewhere, another = api(customer), api(customer), api(stranger)

    response = client.post("/api/logout", json={"all": True})

    assert response.status_code == 200
    assert client.get("/api/me").status_code == 401
    assert elsewhere.get("/api/me").status_code == 401
    assert another.get("/api/me").status_code == 200


def test_logout_of_all_disconnects_every_socket_of_the_user(
    api, live, customer, stranger
):
    sockets, another = [live(customer), live(customer)], live(stranger)

    api(customer).post("/api/logout", json={"all": True})

    assert [socket.is_connected() for socket in sockets] == [False, False]
    assert another.is_connected()


def test_logout_of_one_may_be_said_too(api, customer):
    client, elsewhere = api(customer), api(customer)

    assert client.post("/api/logout", json={"all": False}).status_code == 200
    assert client.get("/api/me").status_code == 401
    assert elsewhere.get("/api/me").status_code == 200


@pytest.mark.parametrize("value", [None, 1, "true", []])
def test_logout_of_all_takes_a_boolean(api, customer, value):
    client = api(customer)

    response = client.post("/api/logout", json={"all": value})

    assert (response.status_code, list(response.json["errors"])) == (422, ["all"])
    assert client.get("/api/me").status_code == 200
