"""Normalize, check, hash and verify passwords.

bcrypt runs outside the event loop. Verifying takes the same time for an unknown user,
and for a hash of fewer rounds, as for any other.
"""

import os
import re
import unicodedata
from contextlib import suppress
from functools import cache

import bcrypt

from ticketing.core.errors import InvalidError
from ticketing.core.offload import Queue
from ticketing.core.settings import setting
from ticketing.core.text import t

COST = re.compile(r"\$2[aby]\$(\d\d)\$.{53}\Z")
MAX_PASSWORD_BYTES = 72  # bcrypt ignores further bytes
TOO_LONG = t(
    "Must be at most {max} bytes long; a character that is not ASCII takes 2 to 4 "
    "bytes.",
    max=MAX_PASSWORD_BYTES,
)
TOO_COMMON = t(
    "Is one of the commonest passwords, which are tried first; choose another."
)

# One core is left to other work. Another core hashes 50 passwords in some 12 s.
_hashing = Queue(max_running=max(1, (os.cpu_count() or 1) - 1), max_calls=50)


def normalize_password(password: str) -> str:
    """Return a password normalized for hashing: the OpaqueString profile of RFC 8265.

    Keyboards differ in how they compose accented letters, and in their spaces.
    """
    spaces = (" " if unicodedata.category(c) == "Zs" else c for c in password)
    return unicodedata.normalize("NFC", "".join(spaces))


def check_strength(password: str) -> None:
    """Check that a password may be set.

    :raises InvalidError: it is too short, too common, longer than bcrypt reads, or has
        a NUL character or a surrogate; the error names ``password``.
    """
    password = normalize_password(password)
    min_length = setting("PASSWORD_MIN_LENGTH")
    if any("\ud800" <= character <= "\udfff" for character in password):
        raise InvalidError({"password": [t("Must be valid Unicode.")]})
    if "\0" in password:
        raise InvalidError({"password": [t("Must not contain a NUL character.")]})
    if len(password) < min_length:
        message = t("Must be at least {min} characters long.", min=min_length)
        raise InvalidError({"password": [message]})
    if len(password.encode()) > MAX_PASSWORD_BYTES:
        raise InvalidError({"password": [TOO_LONG]})
    if setting("COMMON_PASSWORDS") == "refused" and is_common(password):
        raise InvalidError({"password": [TOO_COMMON]})


def is_common(password: str) -> bool:
    """Return whether a password, in any case, is among the 30,000 most common ones."""
    return password.lower() in _common_passwords()


@cache
def _common_passwords() -> frozenset[str]:
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # slow to import; megabytes

    return frozenset(FREQUENCY_LISTS["passwords"])


def hash_password(password: str) -> str:
    """Return the bcrypt hash of a password that ``check_strength`` has accepted."""
    given, rounds = normalize_password(password).encode(), setting("BCRYPT_ROUNDS")
    return _hashing.offload(
        lambda: bcrypt.hashpw(given, bcrypt.gensalt(rounds)).decode()
    )


def verify_password(password: str, hashed: str | None) -> bool:
    """Return whether a password matches a bcrypt hash (``$2b$``, Laravel's ``$2y$``).

    Both the normalized form and the password as typed are tried: hashes that were
    imported, or stored before passwords were normalized, may be of the latter. The
    second form is tried even if the first one matches, so that the time does not reveal
    which one did.

    :param hashed: ``None`` if there is no such user: the result is false, after the
        same time.
    """
    forms = dict.fromkeys([normalize_password(password), password])
    matches = [_verify(form.encode(), hashed or "") for form in forms]
    return any(matches)


def _verify(given: bytes, hashed: str) -> bool:
    matches = _hashing.offload(
        _matches, given[:MAX_PASSWORD_BYTES], hashed, setting("BCRYPT_ROUNDS")
    )
    # Laravel accepts longer passwords, of which bcrypt reads only the first 72 bytes.
    is_too_long = len(given) > MAX_PASSWORD_BYTES and not hashed.startswith("$2y$")
    return matches and not is_too_long


def _matches(given: bytes, hashed: str, rounds: int) -> bool:
    # Each further round doubles the work: a hash of fewer rounds, checked once at each
    # of the missing rounds and once at its own, takes as long as one of ``rounds``.
    cost, found = COST.match(hashed), False
    lacking = range(int(cost[1]), rounds) if cost else [rounds]
    with suppress(ValueError):  # not a bcrypt hash after all
        found = cost is not None and bcrypt.checkpw(given, hashed.encode())
    for more in lacking:
        bcrypt.checkpw(given, _dummy_hash(more).encode())
    return found


def _dummy_hash(rounds: int) -> str:
    # Any salt and digest will do: the work depends on the rounds alone.
    return f"$2b${rounds:02}$" + "." * 53
