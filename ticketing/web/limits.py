"""Rate limits on passwords, per address and per account, and on calls of one user.

Each address has a count, so that nobody locks out others. Each account has one over all
addresses, or many addresses could guess its password in parallel. Only failures count,
so that an office behind one address can log in. Yet every call is counted before it
runs, and a success is given back afterwards: of any number of guesses sent in parallel,
no more than the limit are tried. An address at which the owner has typed the right
password is exempt from the limit of that account; one that has only sent a token, which
may be stolen, is not.
"""

import hashlib
import logging
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from threading import Lock
from typing import Any

from flask import Flask, g, request
from flask_limiter import RequestLimit
from limits import RateLimitItem, parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter

from ticketing.core.auth import caller_id, current_network
from ticketing.core.errors import TooManyRequestsError
from ticketing.core.redis import client_options
from ticketing.core.settings import setting
from ticketing.core.text import Translatable, t
from ticketing.web.extensions import limiter

View = Callable[..., Any]

REDIS_TIMEOUT_S = 0.5  # after it, this process counts by itself
KNOWN_ADDRESS = parse("1 per 30 days")

# Addresses at which the owner of an account has logged in, in this process; like the
# counts of ``limiter``, it belongs to the one application that the process serves.
known_addresses = FixedWindowRateLimiter(MemoryStorage())
_lock = Lock()
_log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    """Count in Redis where it is configured, as long as it answers."""
    if app.config["REDIS_URL"]:
        app.config["RATELIMIT_STORAGE_OPTIONS"] = client_options(REDIS_TIMEOUT_S)
    # Registered already, Flask-Limiter 4.1 (flask_limiter/_extension.py, init_app) adds
    # no hooks around every request: only what is decorated is limited.
    app.extensions.setdefault("limiter", set()).add(limiter)
    limiter.init_app(app)


def per_address(name: str) -> Callable[[View], View]:
    """Limit the calls of a view from one address by the setting of that name."""

    def decorate(view: View) -> View:
        @limiter.limit(lambda: setting(name))
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            g.counts = limiter.current_limits
            return view(*args, **kwargs)

        return limited

    return decorate


def per_account(email_key: Callable[..., str]) -> Callable[[View], View]:
    """Limit the calls of a view on one account by ``ACCOUNT_LIMIT``.

    It goes under ``per_address``.

    :param email_key: returns, from the arguments of the view, what identifies the
        account, whether or not it exists.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            key = email_key(*args, **kwargs)
            g.account = hashlib.sha256(key.encode()).hexdigest()
            _count_account()
            g.counts = g.counts + limiter.current_limits
            return view(*args, **kwargs)

        return limited

    return decorate


def per_user(name: str, max_running: int, only_with: str) -> Callable[[View], View]:
    """Limit the calls of a view by one user that have a query parameter.

    :param name: the setting that limits how often they call.
    :param max_running: how many calls each process answers at a time.
    :param only_with: the parameter; without it, or if it is blank, there is no limit.
    :raises TooManyRequestsError: more calls are being answered.
    """

    def without_it() -> bool:
        return not request.args.get(only_with, "").strip()

    def decorate(view: View) -> View:
        running: Counter[str] = Counter()

        @limiter.limit(
            lambda: setting(name), key_func=_caller, exempt_when=without_it
        )
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            if without_it():
                return view(*args, **kwargs)
            with _place(running, max_running):
                return view(*args, **kwargs)

        return limited

    return decorate


def streams_per_user(max_running: int) -> Callable[[View], View]:
    """Limit the answers of a view that are being sent to one user.

    :param max_running: how many each process sends at a time.
    :raises TooManyRequestsError: more are being sent.
    """

    def decorate(view: View) -> View:
        running: Counter[str] = Counter()

        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            with ExitStack() as places:
                places.enter_context(_place(running, max_running))
                response = view(*args, **kwargs)
                response.call_on_close(places.pop_all().close)
            return response

        return limited

    return decorate


def per_caller(rate: str) -> Callable[[View], View]:
    """Limit the calls of a view by one user.

    :param rate: such as ``10 per minute``.
    """
    return limiter.limit(rate, key_func=_caller)


@contextmanager
def _place(running: Counter[str], max_running: int) -> Iterator[None]:
    caller = _caller()
    with _lock:
        if running[caller] >= max_running:
            too_many = t("At most {count} at a time.", count=max_running)
            raise TooManyRequestsError(too_many)
        running[caller] += 1
    try:
        yield
    finally:
        with _lock:
            running[caller] -= 1
            if not running[caller]:
                del running[caller]


def _caller() -> str:
    return f"user {caller_id()}"


def describe_rate(rate: RateLimitItem) -> Translatable:
    """Return what a rate limit allows, for whoever exceeds it."""
    return t(
        "At most {count} in {seconds} s; try again later.",
        count=rate.amount,
        seconds=rate.get_expiry(),
    )


def failures_only(view: View) -> View:
    """Give back what the limits have counted if a view returns.

    It goes under ``per_address`` and ``per_account``.
    """

    @wraps(view)
    def counted(*args: Any, **kwargs: Any) -> Any:
        answer = view(*args, **kwargs)
        for count in g.counts:
            _give_back(count)
        return answer

    return counted


def remembers_address(view: View) -> View:
    """Exempt the address from which a view is given the right password of an account.

    It goes under ``per_account``.
    """

    @wraps(view)
    def remembering(*args: Any, **kwargs: Any) -> Any:
        answer = view(*args, **kwargs)
        known_addresses.hit(KNOWN_ADDRESS, g.account, current_network())
        return answer

    return remembering


def _is_known_address() -> bool:
    return not known_addresses.test(KNOWN_ADDRESS, g.account, current_network())


@limiter.limit(
    lambda: setting("ACCOUNT_LIMIT"),
    key_func=lambda: g.account,
    exempt_when=_is_known_address,
)
def _count_account() -> None:
    """Count a call on an account."""


def _give_back(count: RequestLimit) -> None:
    strategy = limiter.limiter
    try:
        # A new window, which has counted nothing yet, would begin below zero.
        if count.remaining < count.limit.amount:
            strategy.hit(count.limit, *count.request_args, cost=-1)
    except strategy.storage.base_exceptions:
        _log.warning("a success was counted as a failure: Redis does not answer")
