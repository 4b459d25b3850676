"""Validate and compare email addresses."""

import re

import email_validator

from ticketing.core.database import fold

# Accept domains of private networks, such as corp.local or help.test. The library
# documents this list as one that its users may change.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

# Invisible letters, marks and a symbol. email-validator 2.4 refuses control and format
# characters such as U+200B, but not these: it accepts them in front of the @, and
# removes variation selectors from the domain.
INVISIBLE_LETTERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)

# The beginning of an encoded word (RFC 2047). Programs that decode one in an address,
# such as Python's email package, send the mail to another address.
ENCODED = "=?"


def is_valid(address: str) -> bool:
    """Return whether an address is well-formed; DNS is not queried."""
    is_plain = not INVISIBLE_LETTERS.search(address) and ENCODED not in address
    return is_plain and _parse(address) is not None


def address_key(address: str) -> str:
    """Return the normalized form of an address, by which accounts are unique.

    Two addresses are the same if they differ in case or Unicode width, or if one has
    its domain in Unicode and the other in ASCII (``xn--…``, IDNA 2008, in which ``ß``
    and ``ss`` differ). Text that is not a valid address is only case-folded.
    """
    parsed = _parse(address)
    if parsed is None or not parsed.ascii_domain:
        return fold(address)
    return f"{fold(parsed.local_part or '')}@{parsed.ascii_domain.lower()}"


def _parse(address: str) -> email_validator.ValidatedEmail | None:
    try:
        return email_validator.validate_email(address, check_deliverability=False)
    except email_validator.EmailNotValidError:
        return None
