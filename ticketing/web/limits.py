"""How often one address, and one account, may be tried.

Each address has a count of its own, so nobody keeps others out; an account has one for
all addresses together, or many of them could try its passwords side by side. Whoever
has shown the password at an address, rather than a token, which may be stolen, is not
kept out there by what others try elsewhere.
"""

import hashlib
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import Flask, g
from flask_limiter import RouteLimit
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry

from ticketing.web.extensions import limiter
from ticketing.core.auth import current_site
from ticketing.core.settings import setting

View = Callable[..., Any]

PATIENCE = 0.5  # seconds, with Redis; then this process counts by itself
FAMILIAR = parse("1 per 30 days")

familiar = FixedWindowRateLimiter(MemoryStorage())


def init_app(app: Flask) -> None:
    """Count in Redis where there is one, as long as it answers."""
    if app.config["REDIS_URL"]:
        app.config["RATELIMIT_STORAGE_OPTIONS"] = {
            "socket_timeout": PATIENCE,
            "socket_connect_timeout": PATIENCE,
            "retry": Retry(NoBackoff(), 0),
        }
    # Only what is decorated is limited: hooks around every request would find nothing.
    app.extensions.setdefault("limiter", set()).add(limiter)
    limiter.init_app(app)


def per_address(name: str) -> RouteLimit:
    """Limit the calls of a view from one address by the setting of that name."""
    return limiter.limit(lambda: setting(name))


def per_account(whose: Callable[..., str]) -> Callable[[View], View]:
    """Limit the calls of a view on one account by ``ACCOUNT_LIMIT``.

    :param whose: returns, from the view's arguments, what names the account, whether or
        not there is one.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            name = whose(*args, **kwargs)
            g.account = hashlib.sha256(name.encode()).hexdigest()
            _count()
            return view(*args, **kwargs)

        return limited

    return decorate


def by_password(view: View) -> View:
    """Take the address from which a view lets an account in for one of its owner's.

    It goes under ``per_account``, for views that take the password.
    """

    @wraps(view)
    def remembering(*args: Any, **kwargs: Any) -> Any:
        answer = view(*args, **kwargs)
        familiar.hit(FAMILIAR, g.account, current_site())
        return answer

    return remembering


def _is_familiar() -> bool:
    return not familiar.test(FAMILIAR, g.account, current_site())


@limiter.limit(
    lambda: setting("ACCOUNT_LIMIT"),
    key_func=lambda: g.account,
    exempt_when=_is_familiar,
)
def _count() -> None:
    """Count a call on an account."""
