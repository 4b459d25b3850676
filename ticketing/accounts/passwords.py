"""Passwords: bcrypt, off the loop, and never faster for a user who is not there."""

import bcrypt

from ticketing.core.errors import InvalidError
from ticketing.core.offload import offload
from ticketing.core.settings import setting

MOST_BYTES = 72  # bcrypt reads no further


def check_strength(password: str, field: str = "password") -> None:
    """Refuse a password that is too short, or that bcrypt does not read to its end.

    :raises InvalidError: naming ``field``.
    """
    shortest = setting("PASSWORD_MIN_LENGTH")
    if "\0" in password:
        raise InvalidError({field: ["Must not contain a NUL character."]})
    if len(password) < shortest:
        raise InvalidError({field: [f"Must be at least {shortest} characters long."]})
    if len(password.encode()) > MOST_BYTES:
        raise InvalidError({field: [f"Must be at most {MOST_BYTES} bytes long."]})


def hash_password(password: str) -> str:
    """Return the bcrypt hash of a password of at most 72 bytes."""
    rounds = setting("BCRYPT_ROUNDS")
    return offload(
        lambda: bcrypt.hashpw(password.encode(), bcrypt.gensalt(rounds)).decode()
    )


def verify_password(password: str, hashed: str | None) -> bool:
    """Whether a password has that hash, ours or Laravel's (``$2y$``).

    Without a hash it takes as long, and it is not.
    """
    known = hashed or _hash_of_nobody(setting("BCRYPT_ROUNDS"))
    given = password.encode()[:MOST_BYTES]
    matches = offload(bcrypt.checkpw, given, known.encode())
    return matches and hashed is not None and len(password.encode()) <= MOST_BYTES


def _hash_of_nobody(rounds: int) -> str:
    # Any salt and digest will do: the work depends on the rounds alone.
    return f"$2b${rounds:02}$" + "." * 53
