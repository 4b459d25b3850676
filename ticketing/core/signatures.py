"""Values that nobody can compute without the service's ``SECRET_KEY``."""

import hmac

from ticketing.core.settings import setting


def sign(purpose: str, text: str) -> bytes:
    """Return the HMAC-SHA256 of a text.

    :param purpose: a fixed word without a colon; what was signed for one purpose is
        worth nothing for another.
    """
    key = setting("SIGNING_KEY").encode()
    return hmac.digest(key, f"{purpose}:{text}".encode(), "sha256")
