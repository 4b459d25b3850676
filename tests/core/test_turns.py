"""Turns: what was begun in an order is finished in that order."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from ticketing.core.turns import Turn


@pytest.fixture
def key():
    return object()


@pytest.fixture
def take(key):
    """Take a turn; end those that were not at the end of the test."""
    taken = []

    def take(key=key):
        taken.append(Turn(key))
        return taken[-1]

    yield take
    for turn in taken:
        turn.end()


@pytest.fixture
def waits():
    """Whether a turn has to wait, as it must until told by ``go``."""
    with ThreadPoolExecutor(4) as pool:

        def waits(turn):
            begun = Event()

            def wait():
                begun.set()
                turn.wait()

            waiting = pool.submit(wait)
            assert begun.wait(10)
            return waiting

        yield waits


def test_the_first_waits_for_nobody(take, waits):
    waits(take()).result(10)


def test_each_waits_for_the_one_before(take, waits):
    first, second, third = take(), take(), take()
    last, next_one = waits(third), waits(second)

    before = (next_one.done(), last.done())
    first.end()
    next_one.result(10)
    between = last.done()
    second.end()
    last.result(10)

    assert (before, between) == ((False, False), False)


def test_other_keys_have_turns_of_their_own(take, waits):
    take()

    waits(take(object())).result(10)


def test_who_comes_after_the_end_waits_for_nobody(take, waits):
    take().end()

    waits(take()).result(10)


def test_nothing_is_kept_of_what_is_over(take, key):
    turns = [take() for _ in range(3)]
    for turn in turns:
        turn.wait()
        turn.end()

    assert key not in Turn._last
    assert [turn._before for turn in turns] == [None] * 3
