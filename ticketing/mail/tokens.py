"""Tokens of links to unsubscribe: each can switch off one kind of mail for one user."""

import hmac
from base64 import urlsafe_b64encode

from ticketing.core.signatures import sign
from ticketing.mail.models import Kind


def issue(user_id: int, kind: Kind) -> str:
    """Return the token, always the same; it does not expire."""
    signed = f"{user_id}.{kind}"
    return f"{signed}.{_signature(signed)}"


def read(token: str) -> tuple[int, Kind] | None:
    """Return the user and the kind of a token, or ``None`` if it is not one of ours."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(signature.encode(), _signature(signed).encode()):
        return None
    user_id, _, kind = signed.partition(".")
    return int(user_id), Kind(kind)


def _signature(signed: str) -> str:
    return urlsafe_b64encode(sign("unsubscribe", signed)).decode().rstrip("=")
