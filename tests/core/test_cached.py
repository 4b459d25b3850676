"""Values that each process keeps for a moment."""

import pytest

from ticketing import create_app
from ticketing.core import cached
from ticketing.core.cached import MAX_AGE_S, Cached


@pytest.fixture
def context(app):
    with app.app_context():
        yield


@pytest.fixture
def clock(monkeypatch):
    """Return the time, which does not pass by itself."""
    now = [1000.0]
    monkeypatch.setattr(cached.time, "monotonic", lambda: now[0])
    return now


@pytest.fixture
def numbers():
    """Return the numbers 1, 2, 3 as values that are loaded one after another."""
    loaded = iter(range(1, 4))
    return Cached("numbers", lambda: next(loaded))


def test_value_is_kept_until_it_is_too_old(context, clock, numbers):
    first = numbers.get()
    clock[0] += MAX_AGE_S - 0.01
    kept = numbers.get()
    clock[0] += 0.01

    assert (first, kept, numbers.get()) == (1, 1, 2)


def test_forgotten_value_is_loaded_again(context, clock, numbers):
    numbers.get()

    numbers.forget()

    assert numbers.get() == 2


def test_value_that_was_loaded_while_it_was_forgotten_is_not_kept(context, clock):
    def load():
        loaded.append(len(loaded))
        if len(loaded) == 1:
            value.forget()
        return loaded[-1]

    loaded = []
    value = Cached("forgotten", load)

    assert [value.get(), value.get(), value.get()] == [0, 1, 1]


def test_value_that_cannot_be_loaded_is_not_kept(context, clock):
    outcomes = iter([OSError, None])

    def load():
        if error := next(outcomes):
            raise error
        return 7

    value = Cached("failing", load)
    with pytest.raises(OSError):
        value.get()

    assert value.get() == 7


def test_each_application_has_a_value_of_its_own(app, settings, clock, numbers):
    with app.app_context():
        first = numbers.get()
    with create_app(settings).app_context():
        other = numbers.get()

    assert (first, other) == (1, 2)
