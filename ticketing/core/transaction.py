"""Transactions of use cases, and the events they publish.

A use case is one transaction. Actors that are passed to it are reloaded inside it, so
that authority is decided on the current state. An event that it publishes reaches its
``during`` handlers at once, inside the transaction, its ``before_commit`` handler at
its end, together with the others of its kind, and its ``after_commit`` handlers when
the outermost transaction has been committed; after a rollback, never.
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

from ticketing.core.database import begin_writing, db, error_code
from ticketing.core.errors import OUTAGES, UncertainError

P = ParamSpec("P")
T = TypeVar("T")
Handler = Callable[[Any], None]
BatchHandler = Callable[[list[Any]], None]

ATTEMPTS = 8
# InnoDB: a deadlock was broken; MariaDB: the row changed since the snapshot.
TRANSIENT = {1213, 1020}

# Declarations of the code, made when its modules are imported, and so the same for each
# application of a process.
_reloaders: dict[type, Callable[[Any], Any]] = {}
_during: defaultdict[type, list[Handler]] = defaultdict(list)
_before_commit: dict[type, BatchHandler] = {}
_after_commit: defaultdict[type, list[Handler]] = defaultdict(list)
_log = logging.getLogger(__name__)
FAILED = Counter(
    "ticketing_emits_failed",
    "Handlers after a commit, and notifications between processes, that failed",
)


class Work:
    """The events that the current transaction has published, and its locks."""

    def __init__(self) -> None:
        self.published: list[object] = []
        self.locks: set[Hashable] = set()


def transaction() -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a use case commit on success, roll back on any error.

    A use case that another one calls joins the transaction of that. One that lost a
    race (a deadlock, a key that was free when it looked) is run again, and then sees
    what the other wrote.
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


def reloader(kind: type) -> Callable[[Any], Any]:
    """Register a function that reloads arguments of ``kind`` inside a transaction."""

    def decorate(reload: Callable[[Any], Any]) -> Callable[[Any], Any]:
        _reloaders[kind] = reload
        return reload

    return decorate


def note_lock(key: Hashable) -> None:
    """Note that this transaction holds the lock on a row until its end.

    :raises RuntimeError: called outside ``transaction()``.
    """
    _work().locks.add(key)


def holds_lock(key: Hashable) -> bool:
    """Return whether this transaction has noted the lock on a row.

    :raises RuntimeError: called outside ``transaction()``.
    """
    return key in _work().locks


def renew_snapshot() -> None:
    """Let the next query see what others have committed since the last one.

    :raises RuntimeError: called inside ``transaction()``, which it would undo.
    """
    if "work" in db.session().info:
        raise RuntimeError("the snapshot of a transaction cannot be renewed")
    db.session.rollback()


def publish(event: object) -> None:
    """Publish an event: to ``during`` handlers now, to the others after the commit.

    After the commit, an event precedes those that its ``during`` handlers published.

    :param event: a frozen dataclass of plain values, never a model: it outlives
        the session.
    :raises RuntimeError: called outside ``transaction()``.
    """
    work = _work()
    place = len(work.published)
    for handler in _handlers(_during, event):
        handler(event)
    work.published.insert(place, event)


def during(kind: type) -> Callable[[Handler], Handler]:
    """Subscribe to events of ``kind`` inside the transaction; an error undoes it."""
    return _subscriber(_during[kind])


def before_commit(kind: type) -> Callable[[BatchHandler], BatchHandler]:
    """Subscribe to the events of ``kind`` that a transaction has published, at its end.

    The handler gets all of them, in order; an error undoes the transaction.
    """

    def subscribe(handler: BatchHandler) -> BatchHandler:
        _before_commit[kind] = handler
        return handler

    return subscribe


def after_commit(kind: type) -> Callable[[Handler], Handler]:
    """Subscribe to events of ``kind`` once committed; an error is logged, no more."""
    return _subscriber(_after_commit[kind])


def _run(use_case: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    session, work = db.session(), Work()
    session.info["work"] = work
    try:
        begin_writing()
        named = {name: _reload(value) for name, value in kwargs.items()}
        result = use_case(*map(_reload, args), **named)
        for kind, handler in _before_commit.items():
            if events := [each for each in work.published if type(each) is kind]:
                handler(events)
        _commit(session)
    except BaseException:
        session.rollback()
        raise
    finally:
        del session.info["work"]
    for event in work.published:
        _call_after_commit(event)
    return result


def _reload(argument: Any) -> Any:
    reload = _reloaders.get(type(argument))
    return reload(argument) if reload else argument


def _commit(session: Session) -> None:
    session.flush()
    try:
        session.commit()
    except OUTAGES as error:
        raise UncertainError from error


def _work() -> Work:
    work = db.session().info.get("work")
    if work is None:
        raise RuntimeError("called outside a transaction")
    return work


def _lost_a_race(error: DBAPIError) -> bool:
    return isinstance(error, IntegrityError) or error_code(error) in TRANSIENT


def _subscriber(handlers: list[Handler]) -> Callable[[Handler], Handler]:
    def subscribe(handler: Handler) -> Handler:
        handlers.append(handler)
        return handler

    return subscribe


def _handlers(
    registry: defaultdict[type, list[Handler]], event: object
) -> list[Handler]:
    # Handlers of the more general class first.
    kinds = reversed(type(event).__mro__)
    return [handler for kind in kinds for handler in registry[kind]]


def _call_after_commit(event: object) -> None:
    for handler in _handlers(_after_commit, event):
        try:
            handler(event)
        except Exception:
            FAILED.inc()
            # Only the type is logged: an event contains what people wrote.
            _log.exception("%s failed on %s", handler.__qualname__, type(event))
