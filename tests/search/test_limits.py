"""The limits on the rate and the concurrency of searches of a user"""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Semaphore

import pytest

from ticketing.search import queries

URL = "/api/tickets"
SEARCH = f"{URL}?q=printer"


def test_the_rate_of_searches_of_a_user_is_limited(
    app, api, customer, stranger, monkeypatch
):
    monkeypatch.setitem(app.config, "SEARCH_LIMIT", "2 per minute")
    client = api(customer)

    answers = [client.get(SEARCH) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json["code"] == "too_many_requests"
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert api(customer).get(SEARCH).status_code == 429
    assert api(stranger).get(SEARCH).status_code == 200


@pytest.mark.parametrize("query", ["", "?q=", "?q=%20"])
def test_a_list_without_a_search_is_not_limited(
    app, api, customer, monkeypatch, query
):
    monkeypatch.setitem(app.config, "SEARCH_LIMIT", "1 per minute")
    client = api(customer)

    assert [client.get(f"{URL}{query}").status_code for _ in range(3)] == [200] * 3


def test_a_user_may_run_two_searches_at_a_time(api, customer, stranger, monkeypatch):
    arrived, may_end, find = Semaphore(0), Event(), queries.Search.read_each

    def find_slowly(*args, **page):
        arrived.release()
        assert may_end.wait(10)
        return find(*args, **page)

    monkeypatch.setattr(queries.Search, "read_each", find_slowly)
    with ThreadPoolExecutor(3) as pool:
        running = [pool.submit(api(user).get, SEARCH) for user in [customer] * 2]
        assert all(arrived.acquire(timeout=10) for _ in running)

        third = api(customer).get(SEARCH)
        running.append(pool.submit(api(stranger).get, SEARCH))
        assert arrived.acquire(timeout=10)
        listed = api(customer).get(URL)
        may_end.set()

        assert [search.result().status_code for search in running] == [200] * 3
    assert third.status_code == 429
    assert third.headers["Retry-After"]
    assert listed.status_code == 200
    assert api(customer).get(SEARCH).status_code == 200


def test_a_failed_search_does_not_count_as_running(api, customer):
    client = api(customer)

    assert [client.get(f"{URL}?q=*").status_code for _ in range(4)] == [422] * 4
