"""Use cases as transactions, and the events they announce.

A use case is one transaction; what it is given that ``read_anew`` knows, it gets as it
is then. Events it publishes reach their ``during`` handlers at
once, inside that transaction, and their ``after_commit`` handlers only when the
outermost transaction has been committed; after a rollback, nobody hears of them.
Those with a true ``urgent`` come first. Transactions that called ``in_turn`` with the
same key announce the rest in that order.
"""

import logging
import random
import time
from collections import defaultdict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prometheus_client import Counter
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ticketing.core.database import begin_writing, db
from ticketing.core.errors import OUTAGES, UncertainError
from ticketing.core.turns import Turn

P = ParamSpec("P")
T = TypeVar("T")
Handler = Callable[[Any], None]

ATTEMPTS = 8
# InnoDB: a deadlock was broken; MariaDB: the row changed since the snapshot.
TRANSIENT = {1213, 1020}

_readers: dict[type, Callable[[Any], Any]] = {}
_during: defaultdict[type, list[Handler]] = defaultdict(list)
_after_commit: defaultdict[type, list[Handler]] = defaultdict(list)
_log = logging.getLogger(__name__)
FAILED = Counter("ticketing_emits_failed", "Handlers that failed after a commit")


class Work:
    """What the transaction under way has published, and the turns it has taken."""

    def __init__(self) -> None:
        self.published: list[object] = []
        self.turns: dict[Hashable, Turn] = {}

    def announce(self) -> None:
        """Tell what was published, after whoever came before; the urgent at once."""
        urgent = [event for event in self.published if getattr(event, "urgent", False)]
        for event in urgent:
            _announce(event)
        for turn in self.turns.values():
            turn.wait()
        for event in self.published:
            if event not in urgent:
                _announce(event)

    def end(self) -> None:
        """Let the next ones go ahead."""
        for turn in self.turns.values():
            turn.end()


def transaction() -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a use case commit on success, roll back on any error, then announce.

    Called from another one, it joins it: the outermost decides. What lost a race (a
    deadlock, a key that was free when it looked) is run again: it now sees the winner.
    """

    def decorate(use_case: Callable[P, T]) -> Callable[P, T]:
        @wraps(use_case)
        def run(*args: P.args, **kwargs: P.kwargs) -> T:
            if "work" in db.session().info:
                return use_case(*args, **kwargs)
            for attempt in range(1, ATTEMPTS):
                try:
                    return _run(use_case, *args, **kwargs)
                except DBAPIError as error:
                    if not _lost_a_race(error):
                        raise
                    name = use_case.__qualname__
                    _log.info("attempt %d at %s lost a race", attempt, name)
                    time.sleep(random.uniform(0, 0.01 * 2**attempt))
            return _run(use_case, *args, **kwargs)

        return run

    return decorate


def read_anew(kind: type) -> Callable[[Any], Any]:
    """Have what is of ``kind`` read anew inside each transaction that it is given to.

    What is decorated returns it as it is now.
    """

    def decorate(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        _readers[kind] = read
        return read

    return decorate


def in_turn(key: Hashable) -> None:
    """Announce this transaction after those that have called with ``key`` before.

    :param key: of something that the transaction has locked until its end.
    :raises RuntimeError: called outside ``transaction()``.
    """
    turns = _work().turns
    if key not in turns:
        turns[key] = Turn(key)


def is_in_turn(key: Hashable) -> bool:
    """Whether this transaction has called ``in_turn`` with ``key``."""
    return key in _work().turns


def renew_snapshot() -> None:
    """Let the next query see what others have committed since the last one.

    :raises RuntimeError: called inside ``transaction()``, which it would undo.
    """
    if "work" in db.session().info:
        raise RuntimeError("the snapshot of a transaction cannot be renewed")
    db.session.rollback()


def publish(event: object) -> None:
    """Tell the rest of the system that something happened.

    :param event: a frozen dataclass of plain values, never a model: it outlives
        the session.
    :raises RuntimeError: called outside ``transaction()``.
    """
    work = _work()
    for handler in _handlers(_during, event):
        handler(event)
    work.published.append(event)


def during(kind: type) -> Callable[[Handler], Handler]:
    """Subscribe to events of ``kind`` inside the transaction; an error undoes it."""
    return _subscriber(_during[kind])


def after_commit(kind: type) -> Callable[[Handler], Handler]:
    """Subscribe to events of ``kind`` once committed; an error is logged, no more."""
    return _subscriber(_after_commit[kind])


def _run(use_case: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    session, work = db.session(), Work()
    session.info["work"] = work
    try:
        try:
            begin_writing()
            result = use_case(*map(_anew, args), **kwargs)
            _commit(session)
        except BaseException:
            session.rollback()
            raise
        finally:
            del session.info["work"]
        work.announce()
        return result
    finally:
        work.end()


def _anew(argument: Any) -> Any:
    read = _readers.get(type(argument))
    return read(argument) if read else argument


def _commit(session: Session) -> None:
    session.flush()
    try:
        session.commit()
    except OUTAGES as error:
        raise UncertainError from error


def _work() -> Work:
    work = db.session().info.get("work")
    if work is None:
        raise RuntimeError("this belongs inside a transaction")
    return work


def _lost_a_race(error: DBAPIError) -> bool:
    code = error.orig.args[0] if error.orig and error.orig.args else None
    return isinstance(error, IntegrityError) or code in TRANSIENT


def _subscriber(handlers: list[Handler]) -> Callable[[Handler], Handler]:
    def subscribe(handler: Handler) -> Handler:
        handlers.append(handler)
        return handler

    return subscribe


def _handlers(
    registry: defaultdict[type, list[Handler]], event: object
) -> list[Handler]:
    # Those of the more general kind first: what reacts to a message follows it.
    kinds = reversed(type(event).__mro__)
    return [handler for kind in kinds for handler in registry[kind]]


def _announce(event: object) -> None:
    for handler in _handlers(_after_commit, event):
        try:
            handler(event)
        except Exception:
            FAILED.inc()
            # By its kind alone: it holds what people wrote.
            _log.exception("%s failed on %s", handler.__qualname__, type(event))
