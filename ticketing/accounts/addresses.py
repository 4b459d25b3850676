"""Email addresses: which ones are valid, and which ones are the same."""

import re

import email_validator

from ticketing.core.database import fold

# A company may serve itself, on a domain such as corp.local or help.test. The library
# documents this list as one that its users may change.
email_validator.SPECIAL_USE_DOMAIN_NAMES.clear()

# Letters, marks and a symbol that show nothing. email-validator 2.4 refuses control and
# format characters such as U+200B, but not these: it takes them in front of the @, and
# leaves variation selectors out of the domain.
INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164"
    "\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def is_valid(address: str) -> bool:
    """Return whether mail could be sent to an address; DNS is not asked."""
    return not INVISIBLE.search(address) and _parse(address) is not None


def address_key(address: str) -> str:
    """Return the form of an address by which it is unique.

    Two addresses are the same if they differ in case or Unicode width, or if one has
    its domain in Unicode and the other in ASCII (``xn--…``, IDNA 2008, in which ``ß``
    and ``ss`` differ). Text that is no valid address is only folded.
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
