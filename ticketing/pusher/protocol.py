"""The Pusher Channels protocol, version 7: its messages, channels and close codes.

A channel is named after a room: ``private-ticket.7`` receives what is emitted to the
room ``ticket.7``, under the same names. https://pusher.com/docs/channels describes the
protocol; ``pusher.socket`` speaks it.
"""

import hmac
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from ticketing.core.auth import claims_of
from ticketing.core.errors import ForbiddenError, UnauthenticatedError
from ticketing.core.settings import setting
from ticketing.core.signatures import sign
from ticketing.core.text import t
from ticketing.web import json

# Close codes. A client never comes back after 4000 to 4099; after 4100 to 4199 it does
# in a second, after 4200 to 4299 at once.
UNKNOWN_KEY = 4001
UNAUTHORIZED = 4009
MALFORMED = 4010
OVER_CAPACITY = 4100
INACTIVE = 4202
# The code of an error that closes nothing.
TOO_MANY_EVENTS = 4301

ACTIVITY_TIMEOUT_S = 30  # of silence, after which a client sends ``pusher:ping``
SOCKET_ID = re.compile(r"^[0-9]{1,10}\.[0-9]{1,10}$")
ID = "[1-9][0-9]{0,17}"
CHANNEL = re.compile(
    rf"private-(?P<room>ticket\.(?P<ticket_id>{ID})(?P<staff>\.staff)?"
    rf"|admins|user\.{ID})"
)
NOT_OFFERED = re.compile(r"presence-|private-encrypted-")
# Of our events, those that clients expect as whispers, with the names of these.
WHISPERS = {"typing": "client-typing"}


class Channel(NamedTuple):
    """A channel, and the room that it is named after.

    :param ticket_id: the ticket whose room it is, if it is one's.
    """

    name: str
    room: str
    ticket_id: int | None
    is_staff: bool


class Grant(NamedTuple):
    """The user to whom a channel was granted, and their token."""

    user_id: int
    token: str


def find_channel(name: object) -> Channel:
    """Return the channel of a name.

    :raises ForbiddenError: there is none.
    """
    text = name if isinstance(name, str) else ""
    if NOT_OFFERED.match(text):
        raise ForbiddenError(t("There are no presence and no encrypted channels."))
    found = CHANNEL.fullmatch(text)
    if not found:
        raise ForbiddenError(t("There is no such channel."))
    ticket_id = found["ticket_id"]
    return Channel(
        text, found["room"], int(ticket_id) if ticket_id else None, bool(found["staff"])
    )


def grant(socket_id: str, channel: str, token: str) -> str:
    """Return what lets a connection subscribe a channel with a token.

    Any process verifies it. The connection lives no longer than the token of its first
    subscription.
    """
    return f"{setting('PUSHER_KEY')}:{_sign(socket_id, channel, token)}:{token}"


def verify(auth: object, socket_id: str, channel: str) -> Grant:
    """Return what was granted; whether its token was revoked since is not checked.

    :raises ForbiddenError: it was not granted to this connection for this channel.
    """
    given = auth if isinstance(auth, str) and auth.isascii() else ""
    key, _, signed = given.partition(":")
    signature, _, token = signed.partition(":")
    expected = _sign(socket_id, channel, token)
    if key != setting("PUSHER_KEY") or not hmac.compare_digest(signature, expected):
        raise ForbiddenError(t("The auth is not for this channel and connection."))
    try:
        return Grant(int(claims_of(token)["sub"]), token)
    except UnauthenticatedError as error:
        raise ForbiddenError(error.message) from error


def _sign(socket_id: str, channel: str, token: str) -> str:
    return sign("pusher", f"{socket_id}:{channel}:{token}").hex()


def read(value: object) -> tuple[str, Any, Any]:
    """Return the event, the channel and the data of a client's message.

    Some clients write the data as JSON in a string.

    :raises ValueError: it is no message.
    """
    if not isinstance(value, dict) or not isinstance(value.get("event"), str):
        raise ValueError("it is no message")
    return value["event"], value.get("channel"), _parsed(value.get("data"))


def write(event: str, data: Mapping[str, Any], channel: str | None = None) -> str:
    """Return a message; its data are JSON in a string, as in Pusher."""
    message = {"event": event, "data": json.dumps(data)}
    return json.dumps(message if channel is None else {**message, "channel": channel})


def write_emitted(name: str, arguments: Any, rooms: tuple[str, ...]) -> dict[str, str]:
    """Return the message of an emitted event for the channel of each room.

    :param arguments: a payload, or a payload and a header, which is added to it.
    """
    payload, *headers = arguments if isinstance(arguments, tuple) else (arguments,)
    data = {**payload, "event": headers[0]} if headers else payload
    channels = [f"private-{room}" for room in rooms]
    return {each: write(WHISPERS.get(name, name), data, each) for each in channels}


def error_text(error: Mapping[str, Any]) -> str:
    """Return the message of an error, and what is wrong with which field.

    Clients of the protocol show a message, and nothing else of an error.
    """
    words = error["message"]
    for name, each in error.get("errors", {}).items():
        for text in each:
            words = t("{words} {field}: {text}", words=words, field=name, text=text)
    return words


def _parsed(data: Any) -> Any:
    if not isinstance(data, str):
        return data
    try:
        return json.loads(data)
    except ValueError:
        return data
