"""POST /api/logout"""


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
