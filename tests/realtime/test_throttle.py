"""A Throttle lets a key through once in an interval, and the last call always."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from ticketing.realtime.throttle import Throttle


@pytest.fixture
def throttle(clock) -> Throttle[str]:
    return Throttle(2.0)


def test_the_first_call_for_a_key_is_let_through_at_once(throttle):
    throttle.call("a", 1)

    assert throttle.due() == [("a", 1)]
    assert not throttle


def test_calls_within_the_interval_are_one_call_at_its_end(throttle, clock):
    throttle.call("a", 1)
    throttle.due()
    for value in (2, 3):
        throttle.call("a", value)

    clock.sleep(1.9)
    assert throttle.due() == []
    clock.sleep(0.1)
    assert throttle.due() == [("a", 3)]
    clock.sleep(2.0)
    assert throttle.due() == []


def test_of_values_out_of_order_the_greatest_is_let_through_once(throttle, clock):
    for value in (2, 1):
        throttle.call("a", value)
    assert throttle.due() == [("a", 2)]

    throttle.call("a", 1)
    clock.sleep(2.0)

    assert throttle.due() == []


def test_keys_do_not_delay_one_another(throttle):
    throttle.call("a")
    throttle.due()
    throttle.call("b")

    assert throttle.due() == [("b", 0)]


def test_keys_beyond_the_limit_are_let_through_later_in_their_order(throttle):
    for key in "abc":
        throttle.call(key)

    assert throttle.due(limit=2) == [("a", 0), ("b", 0)]
    assert throttle.due(limit=2) == [("c", 0)]


def test_a_forgotten_key_is_not_let_through(throttle):
    throttle.call("a")

    throttle.forget("a")

    assert throttle.due() == []
    throttle.forget("a")


def test_nothing_is_kept_of_keys_beyond_the_interval(throttle, clock):
    for key in "abc":
        throttle.call(key)
    throttle.due()

    clock.sleep(2.0)
    throttle.due()

    assert (throttle._waiting, throttle._passed) == ({}, {})


def test_concurrent_calls_lose_none_of_the_last(throttle):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: throttle.call(str(n % 10), n), range(1000)))

    assert sorted(value for _, value in throttle.due()) == list(range(990, 1000))
