"""Slow work: in the caller's thread, or beside the loop where there is one."""

from threading import get_ident

import pytest

from ticketing.core.offload import offload


def where(*args, **kwargs):
    return get_ident(), args, kwargs


def test_runs_at_once_in_the_callers_thread(app):
    with app.app_context():
        result = offload(where, 1, two=2)

    assert result == (get_ident(), (1,), {"two": 2})


@pytest.fixture
def runner(app, monkeypatch):
    """What runs slow work beside a loop, noting what it was given."""
    given = []

    def run(work, *args, **kwargs):
        given.append((work, args, kwargs))
        return work(*args, **kwargs)

    monkeypatch.setitem(app.extensions, "offload", run)
    return given


def test_goes_through_the_runner_of_the_entry_point(app, runner):
    with app.app_context():
        result = offload(where, 1, two=2)

    assert runner == [(where, (1,), {"two": 2})]
    assert result[1:] == ((1,), {"two": 2})


def test_its_errors_are_the_callers(app, runner):
    with app.app_context(), pytest.raises(ZeroDivisionError):
        offload(lambda: 1 // 0)


def test_passwords_are_hashed_beside_the_loop(anyone, runner):
    anyone.post("/api/login", json={"email": "a@example.org", "password": "x" * 8})

    assert len(runner) == 1
