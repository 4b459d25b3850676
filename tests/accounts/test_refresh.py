"""POST /api/refresh"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from ticketing.accounts import sessions


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def test_refresh_returns_a_new_valid_token(anyone, token, customer):
    old = token(customer)

    response = anyone.post("/api/refresh", headers=bearer(old))

    new = response.json["token"]
    assert response.status_code == 200
    assert set(response.json) == {"token", "token_type", "expires_in"}
    assert (response.json["token_type"], response.json["expires_in"]) == (
        "Bearer",
        8 * 60 * 60,
    )
    assert anyone.get("/api/me", headers=bearer(new)).json["id"] == customer.id


def test_refresh_revokes_the_token_in_use(anyone, token, customer):
    old = token(customer)
    anyone.post("/api/refresh", headers=bearer(old))

    for method, path in (("GET", "/api/me"), ("POST", "/api/refresh")):
        response = anyone.open(path, method=method, headers=bearer(old))

        assert (response.status_code, response.json["code"]) == (401, "unauthenticated")


def test_refresh_keeps_other_tokens_valid(api, customer):
    other = api(customer)

    api(customer).post("/api/refresh")

    assert other.get("/api/me").status_code == 200


def test_one_of_two_concurrent_refreshes_with_one_token_succeeds(
    app, token, customer, monkeypatch
):
    together, refresh, old = Barrier(2), sessions.refresh, token(customer)

    def refresh_together(*args):
        together.wait(10)
        return refresh(*args)

    monkeypatch.setattr(sessions, "refresh", refresh_together)

    with ThreadPoolExecutor(2) as pool:
        sent = [
            pool.submit(app.test_client().post, "/api/refresh", headers=bearer(old))
            for _ in range(2)
        ]
        statuses = sorted(each.result().status_code for each in sent)

    assert statuses == [200, 401]
