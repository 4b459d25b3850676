"""When changes are kept, when events are heard, and what is tried again."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from typing import ClassVar

import pytest
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from ticketing.accounts.models import User
from ticketing.core import transaction as module
from ticketing.core.database import db
from ticketing.core.hot import fetch_all, insert_row
from ticketing.core.transaction import (
    ATTEMPTS,
    after_commit,
    during,
    in_turn,
    is_in_turn,
    publish,
    renew_snapshot,
    transaction,
)


@dataclass(frozen=True)
class Rang:
    """A bell rang."""

    bell: str


@dataclass(frozen=True)
class RangTwice(Rang):
    """A bell rang, and again."""


heard: list[tuple[str, str]] = []


@during(Rang)
def hear_during(event: Rang) -> None:
    heard.append(("during", event.bell))
    if event.bell == "cracked":
        raise ValueError("it is cracked")


@after_commit(Rang)
def fail_after_commit(event: Rang) -> None:
    raise OSError("the phone is dead")


@after_commit(Rang)
def hear_after_commit(event: Rang) -> None:
    heard.append(("after commit", event.bell))


@after_commit(RangTwice)
def hear_twice(event: RangTwice) -> None:
    heard.append(("twice", event.bell))


@pytest.fixture(autouse=True)
def context(app):
    heard.clear()
    with app.app_context():
        yield


def told():
    return [bell for when, bell in heard if when == "after commit"]


def add_user(name="Carla"):
    email = f"{name.lower()}@example.org"
    db.session.add(User(name=name, email=email, password="-"))


def users():
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(User))


@transaction()
def ring(bell="door", then=lambda: None):
    add_user()
    publish(Rang(bell))
    then()
    return bell


def crack():
    raise ZeroDivisionError


def test_commits_then_announces_and_survives_a_failing_listener(caplog):
    before = []

    result = ring(then=lambda: before.extend(heard))

    assert (result, users()) == ("door", 1)
    assert before == [("during", "door")]
    assert heard == [("during", "door"), ("after commit", "door")]
    assert "the phone is dead" in caplog.text


def test_an_error_undoes_everything_and_announces_nothing():
    with pytest.raises(ZeroDivisionError):
        ring(then=crack)

    assert users() == 0
    assert heard == [("during", "door")]


def test_an_error_in_a_during_handler_undoes_everything():
    with pytest.raises(ValueError, match="cracked"):
        ring("cracked")

    assert users() == 0
    assert heard == [("during", "cracked")]


def test_an_error_at_the_commit_announces_nothing(monkeypatch):
    monkeypatch.setattr(db.session(), "commit", crack)

    with pytest.raises(ZeroDivisionError):
        ring()

    assert users() == 0
    assert heard == [("during", "door")]


def test_the_outermost_transaction_decides():
    inside = []

    @transaction()
    def outer(then):
        assert ring() == "door"
        inside.append((users_so_far(), list(heard)))
        then()

    def users_so_far():
        return db.session.scalar(select(func.count()).select_from(User))

    with pytest.raises(ZeroDivisionError):
        outer(crack)
    undone = users()
    outer(lambda: None)

    assert inside[0] == (1, [("during", "door")])
    assert (undone, users()) == (0, 1)
    assert told() == ["door"]


def test_an_outer_transaction_may_survive_an_inner_error():
    @transaction()
    def outer():
        with pytest.raises(ZeroDivisionError):
            ring(then=crack)
        publish(Rang("phone"))

    outer()

    assert told() == ["door", "phone"]


def test_what_follows_a_failure_starts_afresh():
    with pytest.raises(ZeroDivisionError):
        ring(then=crack)

    ring("phone")

    assert heard[1:] == [("during", "phone"), ("after commit", "phone")]


def test_listeners_of_the_general_kind_hear_of_the_special_one_first():
    @transaction()
    def ring_twice():
        publish(RangTwice("door"))

    ring_twice()

    assert heard == [("during", "door"), ("after commit", "door"), ("twice", "door")]


@pytest.mark.parametrize(
    "call", [lambda: publish(Rang("door")), lambda: in_turn("k"), lambda: is_in_turn(1)]
)
def test_some_things_belong_inside_a_transaction(call):
    with pytest.raises(RuntimeError, match="inside a transaction"):
        call()

    assert heard == []


def test_a_transaction_keeps_its_snapshot():
    with pytest.raises(RuntimeError, match="cannot be renewed"):
        ring(then=renew_snapshot)

    assert users() == 0


def lost(kind, *code):
    return kind("INSERT", {}, Exception(*code))


@pytest.fixture
def attempts(monkeypatch):
    """Ring, failing as told at first; return how often it was tried."""
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)

    def attempts(error, times):
        tried = []

        def fail():
            tried.append(users_now())
            if len(tried) <= times:
                raise error

        try:
            ring(then=fail)
        except type(error):
            pass
        assert set(tried) == {1}  # each began anew
        return len(tried)

    def users_now():
        return db.session.scalar(select(func.count()).select_from(User))

    return attempts


@pytest.mark.parametrize(
    "error",
    [
        lost(IntegrityError, 1062, "Duplicate entry"),
        lost(IntegrityError, "UNIQUE constraint failed"),
        lost(OperationalError, 1213, "Deadlock found"),
        lost(OperationalError, 1020, "Record has changed"),
    ],
)
@pytest.mark.parametrize("times", [1, ATTEMPTS - 1])
def test_a_lost_race_is_run_again(attempts, error, times):
    tried = attempts(error, times)

    assert (tried, users()) == (times + 1, 1)
    assert heard == [("during", "door")] * tried + [("after commit", "door")]


def test_it_gives_up_in_the_end(attempts):
    assert attempts(lost(IntegrityError, 1062), 99) == ATTEMPTS
    assert users() == 0
    assert told() == []


@pytest.mark.parametrize(
    "error",
    [
        lost(OperationalError, 2013, "Lost connection"),
        lost(OperationalError),
        lost(ProgrammingError, 1064, "You have an error"),
        ZeroDivisionError(),
    ],
)
def test_nothing_else_is_run_again(attempts, error):
    assert attempts(error, 1) == 1
    assert users() == 0


def test_an_inner_lost_race_is_run_again_from_the_outermost(monkeypatch):
    monkeypatch.setattr(module.time, "sleep", lambda seconds: None)
    calls = []

    @transaction()
    def inner():
        calls.append("inner")
        if len(calls) < 3:
            raise lost(IntegrityError, 1062)

    @transaction()
    def outer():
        calls.append("outer")
        inner()

    outer()

    assert calls == ["outer", "inner", "outer", "inner"]


def test_is_in_turn_knows_only_its_own():
    seen = []

    def look():
        seen.append(is_in_turn("k"))
        in_turn("k")
        in_turn("k")
        seen.extend([is_in_turn("k"), is_in_turn("other")])

    ring(then=look)

    assert seen == [False, True, False]


@pytest.fixture
def ring_in_turn(app):
    """Ring in a turn; ``then`` in the transaction, ``later`` once it is committed."""

    @transaction()
    def ring_in_turn(bell, then, later):
        in_turn("k")
        publish(Rang(bell))
        sqlalchemy_event.listen(
            db.session(), "after_commit", lambda session: later(), once=True
        )
        then()

    def run(bell, then=lambda: None, later=lambda: None):
        with app.app_context():
            ring_in_turn(bell, then, later)

    return run


def test_who_numbered_first_tells_first_even_if_back_later(ring_in_turn):
    committed, second_is_back = Event(), Event()

    def come_back_late():
        committed.set()
        second_is_back.wait(0.3)  # it will not be, as it waits for this one

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ring_in_turn, "first", later=come_back_late)
        assert committed.wait(10)
        second = pool.submit(ring_in_turn, "second")
        second.add_done_callback(lambda future: second_is_back.set())
        first.result(10)
        second.result(10)

    assert told() == ["first", "second"]


def test_who_gives_up_lets_nobody_pass_those_before(ring_in_turn):
    committed, gave_up, third_is_back = Event(), Event(), Event()

    def come_back_late():
        committed.set()
        third_is_back.wait(0.3)

    def give_up():
        gave_up.set()
        raise ZeroDivisionError

    with ThreadPoolExecutor(3) as pool:
        first = pool.submit(ring_in_turn, "first", later=come_back_late)
        assert committed.wait(10)
        second = pool.submit(ring_in_turn, "second", then=give_up)
        assert gave_up.wait(10)
        third = pool.submit(ring_in_turn, "third")
        third.add_done_callback(lambda future: third_is_back.set())
        first.result(10)
        third.result(10)

    assert isinstance(second.exception(), ZeroDivisionError)
    assert told() == ["first", "third"]


def test_a_turn_that_failed_holds_up_nobody(ring_in_turn):
    def fail():
        in_turn("k")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ring(then=fail)

    with ThreadPoolExecutor(1) as pool:
        pool.submit(ring_in_turn, "next").result(10)

    assert told() == ["next"]


@dataclass(frozen=True)
class Burnt:
    """The house is on fire."""

    urgent: ClassVar = True


@after_commit(Burnt)
def hear_burning(event: Burnt) -> None:
    heard.append(("burnt", "house"))


def test_one_that_cannot_begin_leaves_nothing_behind(app, monkeypatch):
    ring = transaction()(lambda: publish(Rang("dinner")))

    def fail():
        db.session.connection()
        raise OperationalError("BEGIN", {}, Exception("gone away"))

    with app.app_context():
        with monkeypatch.context() as patch:
            patch.setattr(module, "begin_writing", fail)
            with pytest.raises(OperationalError):
                ring()
        assert not db.session().in_transaction()
        assert "work" not in db.session().info

        ring()

    assert ("after commit", "dinner") in heard


def test_what_it_has_written_is_read_past_the_session(app):
    counting = select(func.count()).select_from(User)

    @transaction()
    def write_and_read():
        insert_row(
            User,
            name="Carla",
            email="carla@example.org",
            email_key="carla@example.org",
            password="-",
        )
        ((inside,),) = fetch_all(counting, {})
        return inside

    with app.app_context():
        assert write_and_read() == 1


def test_the_urgent_is_told_first(app):
    @transaction()
    def ring_and_burn():
        publish(Rang("door"))
        publish(Burnt())

    with app.app_context():
        heard.clear()
        ring_and_burn()

    assert [name for name, _ in heard if name != "during"] == ["burnt", "after commit"]
