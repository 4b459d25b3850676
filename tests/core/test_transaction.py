"""Transactions: commit and rollback, events and their listeners, retries."""

from dataclasses import dataclass

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from ticketing.accounts.models import User
from ticketing.core import transaction as module
from ticketing.core.database import db
from ticketing.core.hot import fetch_all, insert_row
from ticketing.core.transaction import (
    ATTEMPTS,
    after_commit,
    before_commit,
    during,
    holds_lock,
    note_lock,
    publish,
    reloader,
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


@dataclass(frozen=True)
class Knocked:
    """Somebody knocked at a door."""

    door: str


@before_commit(Knocked)
def hear_knocks(knocks: list[Knocked]) -> None:
    heard.append(("before commit", " ".join(knock.door for knock in knocks)))
    if knocks[-1].door == "locked":
        raise ValueError("it is locked")


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


def test_a_transaction_commits_before_after_commit_listeners_which_may_fail(caplog):
    before = []

    result = ring(then=lambda: before.extend(heard))

    assert (result, users()) == ("door", 1)
    assert before == [("during", "door")]
    assert heard == [("during", "door"), ("after commit", "door")]
    assert "the phone is dead" in caplog.text


def test_an_error_rolls_back_and_calls_no_after_commit_listener():
    with pytest.raises(ZeroDivisionError):
        ring(then=crack)

    assert users() == 0
    assert heard == [("during", "door")]


def test_an_error_in_a_during_listener_rolls_back():
    with pytest.raises(ValueError, match="cracked"):
        ring("cracked")

    assert users() == 0
    assert heard == [("during", "cracked")]


def test_an_error_at_the_commit_calls_no_after_commit_listener(monkeypatch):
    monkeypatch.setattr(db.session(), "commit", crack)

    with pytest.raises(ZeroDivisionError):
        ring()

    assert users() == 0
    assert heard == [("during", "door")]


@transaction()
def knock(*doors):
    add_user(doors[0])
    for door in doors:
        publish(Knocked(door))


def test_a_before_commit_listener_gets_all_events_of_the_outermost_transaction():
    @transaction()
    def outer():
        knock("front")
        publish(Rang("door"))
        knock("back", "garden")

    outer()

    assert heard == [
        ("during", "door"),
        ("before commit", "front back garden"),
        ("after commit", "door"),
    ]


def test_a_before_commit_listener_is_not_called_without_an_event():
    ring()

    assert "before commit" not in dict(heard)


def test_an_error_in_a_before_commit_listener_rolls_back():
    with pytest.raises(ValueError, match="locked"):
        knock("front", "locked")

    assert users() == 0


def test_only_the_outermost_transaction_commits():
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


def test_a_failed_transaction_leaves_no_events_to_the_next():
    with pytest.raises(ZeroDivisionError):
        ring(then=crack)

    ring("phone")

    assert heard[1:] == [("during", "phone"), ("after commit", "phone")]


def test_listeners_of_a_base_event_are_called_before_those_of_the_subclass():
    @transaction()
    def ring_twice():
        publish(RangTwice("door"))

    ring_twice()

    assert heard == [("during", "door"), ("after commit", "door"), ("twice", "door")]


@pytest.mark.parametrize(
    "call",
    [lambda: publish(Rang("door")), lambda: note_lock("k"), lambda: holds_lock("k")],
)
def test_publishing_and_noting_locks_outside_a_transaction_is_an_error(call):
    with pytest.raises(RuntimeError, match="outside a transaction"):
        call()

    assert heard == []


def test_the_snapshot_of_a_transaction_cannot_be_renewed():
    with pytest.raises(RuntimeError, match="cannot be renewed"):
        ring(then=renew_snapshot)

    assert users() == 0


def lost(kind, *code):
    return kind("INSERT", {}, Exception(*code))


@pytest.fixture
def attempts(monkeypatch):
    """Ring, raising an error some times at first; return the number of attempts."""
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
def test_a_transaction_that_lost_a_race_is_retried(attempts, error, times):
    tried = attempts(error, times)

    assert (tried, users()) == (times + 1, 1)
    assert heard == [("during", "door")] * tried + [("after commit", "door")]


def test_a_transaction_is_retried_a_limited_number_of_times(attempts):
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
def test_a_transaction_is_not_retried_after_other_errors(attempts, error):
    assert attempts(error, 1) == 1
    assert users() == 0


def test_a_lost_race_of_an_inner_transaction_retries_the_outermost(monkeypatch):
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


def test_a_transaction_knows_only_the_locks_it_has_noted():
    seen = []

    def note():
        seen.append(holds_lock("k"))
        note_lock("k")
        seen.extend([holds_lock("k"), holds_lock("other")])

    for then in (note, lambda: seen.append(holds_lock("k"))):
        transaction()(then)()

    assert seen == [False, True, False, False]


def test_a_transaction_that_cannot_begin_leaves_no_state_behind(app, monkeypatch):
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


def test_fetch_all_reads_what_the_transaction_has_inserted(app):
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


@dataclass(frozen=True)
class Answered:
    """The door was opened, which rings another bell."""

    bell: str


@during(Answered)
def ring_again(event: Answered) -> None:
    publish(Rang(event.bell))


@after_commit(Answered)
def hear_answer(event: Answered) -> None:
    heard.append(("after commit", "answer"))


def test_after_commit_listeners_get_an_event_before_those_its_listeners_published():
    @transaction()
    def answer():
        publish(Answered("phone"))

    answer()

    assert told() == ["answer", "phone"]


class Guest:
    """An actor as it was when its request began."""


@reloader(Guest)
def reload_guest(guest: Guest) -> str:
    return "as the guest is now"


@pytest.mark.parametrize(
    ("args", "kwargs"), [([Guest()], {}), ([], {"actor": Guest()})]
)
def test_an_actor_is_reloaded_however_it_is_passed(args, kwargs):
    @transaction()
    def enter(actor):
        return actor

    assert enter(*args, **kwargs) == "as the guest is now"
