"""Passwords: bcrypt, off the loop, and never faster for a user who is not there."""

import os
import re
from contextlib import suppress
from functools import cache

import bcrypt

from ticketing.core.errors import InvalidError
from ticketing.core.offload import Queue
from ticketing.core.settings import setting

COST = re.compile(r"\$2[aby]\$(\d\d)\$.{53}\Z")
MOST_BYTES = 72  # bcrypt reads no further
TOO_LONG = (
    f"Must be at most {MOST_BYTES} bytes long; beyond ASCII, a character takes 2 to 4."
)
TOO_COMMON = "Is one of the commonest passwords, which are tried first; choose another."

# A core is left to everyone else; another is busy with 50 for 12 seconds or so.
_hashing = Queue(max_running=max(1, (os.cpu_count() or 1) - 1), max_calls=50)


def check_strength(password: str, field: str = "password") -> None:
    """Refuse a password that is too short, too common, or not read to its end.

    :raises InvalidError: naming ``field``.
    """
    shortest = setting("PASSWORD_MIN_LENGTH")
    if any("\ud800" <= character <= "\udfff" for character in password):
        raise InvalidError({field: ["Must be valid Unicode."]})
    if "\0" in password:
        raise InvalidError({field: ["Must not contain a NUL character."]})
    if len(password) < shortest:
        raise InvalidError({field: [f"Must be at least {shortest} characters long."]})
    if len(password.encode()) > MOST_BYTES:
        raise InvalidError({field: [TOO_LONG]})
    if setting("COMMON_PASSWORDS") == "refused" and is_common(password):
        raise InvalidError({field: [TOO_COMMON]})


def is_common(password: str) -> bool:
    """Whether a password is one of the 30,000 that people choose most, in any case."""
    return password.lower() in _commonest()


@cache
def _commonest() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # takes a moment, and megabytes

    return frozenset(FREQUENCY_LISTS["passwords"])


def hash_password(password: str) -> str:
    """Return the bcrypt hash of a password of at most 72 bytes."""
    rounds = setting("BCRYPT_ROUNDS")
    return _hashing.offload(
        lambda: bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds)).decode()
    )


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether a password has that hash, ours or Laravel's (``$2y$``).

    Without a hash it takes as long, and it is not.
    """
    given = password.encode()
    matches = _hashing.offload(
        _matches, given[:MOST_BYTES], hashed or "", setting("BCRYPT_ROUNDS")
    )
    return matches and len(given) <= MOST_BYTES


def _matches(given: bytes, hashed: str, rounds: int) -> bool:
    # Each round more is twice the work: with those it lacks, and one of its own, a hash
    # of fewer takes as long as any.
    cost, found = COST.match(hashed), False
    lacking = range(int(cost[1]), rounds) if cost else [rounds]
    with suppress(ValueError):  # it is none of bcrypt's after all
        found = cost is not None and bcrypt.checkpw(given, hashed.encode())
    for more in lacking:
        bcrypt.checkpw(given, _hash_of_nobody(more).encode())
    return found


def _hash_of_nobody(rounds: int) -> str:
    # Any salt and digest will do: the work depends on the rounds alone.
    return f"$2b${rounds:02}$" + "." * 53
