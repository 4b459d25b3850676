"""The addresses that replies by mail go to.

Each has a token for one ticket and one user, which does not expire: their ids and a
part of a signature of both.
"""

import re
from base64 import b32decode, b32encode
from collections.abc import Iterator
from functools import cache
from hmac import compare_digest

from ticketing.core.settings import setting
from ticketing.core.signatures import sign

PLACEHOLDER = "{token}"  # in MAIL_REPLY_TO
ID_BYTES = 5
SIGNATURE_BYTES = 15  # with two ids, 40 characters of Base32 without padding


def reply_address(ticket_id: int, user_id: int) -> str | None:
    """Return the address for a user's replies on a ticket, where mail is received."""
    ids = ticket_id.to_bytes(ID_BYTES) + user_id.to_bytes(ID_BYTES)
    token = b32encode(ids + _signature(ticket_id, user_id)).decode().lower()
    return setting("MAIL_REPLY_TO").replace(PLACEHOLDER, token) or None


def find_reply_ids(text: str) -> Iterator[tuple[int, int]]:
    """Return the ids of ticket and user of each genuine address in a text, once."""
    for token in dict.fromkeys(map(str.upper, _tokens(text))):
        decoded = b32decode(token)
        ticket_id = int.from_bytes(decoded[:ID_BYTES])
        user_id = int.from_bytes(decoded[ID_BYTES : 2 * ID_BYTES])
        signature = decoded[2 * ID_BYTES :]
        if compare_digest(signature, _signature(ticket_id, user_id)):
            yield ticket_id, user_id


def has_reply_address(text: str) -> bool:
    """Return whether a text has such an address, genuine or not."""
    return bool(_tokens(text))


def _signature(ticket_id: int, user_id: int) -> bytes:
    return sign("reply-address", f"{ticket_id}:{user_id}")[:SIGNATURE_BYTES]


def _tokens(text: str) -> list[str]:
    pattern = setting("MAIL_REPLY_TO")
    return _address(pattern).findall(text) if pattern else []


@cache
def _address(pattern: str) -> re.Pattern[str]:
    before, after = map(re.escape, pattern.split(PLACEHOLDER))
    return re.compile(f"{before}([a-z2-7]{{40}}){after}", re.ASCII | re.IGNORECASE)
