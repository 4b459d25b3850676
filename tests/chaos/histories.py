"""Compare three histories of the same tickets, and find contradictions.

What the service acknowledged, what it has stored, and what each client showed: an
acknowledged message is stored once, and what bears a ``client_id`` is acknowledged,
since whoever sends it asks until it is; streams are numbered 1, 2, 3…, and every
client shows its ticket's events exactly once and in that order.
"""

from collections import Counter
from dataclasses import dataclass, field

PUBLIC, STAFF = False, True

Shown = tuple[int, str, int | None]  # seq, name, id of what it is about


@dataclass(frozen=True)
class Acknowledged:
    """A message that the service acknowledged as stored."""

    ticket_id: int
    id: int
    client_id: str


@dataclass
class Stored:
    """A ticket as it is stored: its messages and its streams."""

    messages: list[tuple[int, str | None]]  # id, client_id
    streams: dict[bool, list[Shown]]


@dataclass
class Client:
    """A client, and the streams that it received; customers have no staff stream."""

    name: str
    ticket_id: int
    streams: dict[bool, list[Shown]] = field(default_factory=dict)


def contradictions(
    acknowledged: list[Acknowledged], stored: dict[int, Stored], clients: list[Client]
) -> list[str]:
    """Return the contradictions in words; an empty list if there are none."""
    return [
        *_lost(acknowledged, stored),
        *_stored_twice(stored),
        *_never_acknowledged(acknowledged, stored),
        *_misnumbered(stored),
        *_shown_otherwise(stored, clients),
    ]


def _lost(acknowledged: list[Acknowledged], stored: dict[int, Stored]) -> list[str]:
    kept = {
        (ticket_id, *message)
        for ticket_id, ticket in stored.items()
        for message in ticket.messages
    }
    announced = {
        (ticket_id, id)
        for ticket_id, ticket in stored.items()
        for _, name, id in ticket.streams[PUBLIC]
        if name == "message.sent"
    }
    lost = []
    for message in acknowledged:
        if (message.ticket_id, message.id, message.client_id) not in kept:
            lost.append(f"{message} was acknowledged, and is not stored")
        elif (message.ticket_id, message.id) not in announced:
            lost.append(f"{message} is stored, and in no history")
    return lost


def _stored_twice(stored: dict[int, Stored]) -> list[str]:
    sent = Counter(
        client_id
        for ticket in stored.values()
        for _, client_id in ticket.messages
        if client_id
    )
    told = Counter(
        (ticket_id, id)
        for ticket_id, ticket in stored.items()
        for _, name, id in ticket.streams[PUBLIC]
        if name == "message.sent"
    )
    return [
        *(f"{key} is stored {n} times" for key, n in sent.items() if n > 1),
        *(f"{key} is in the history {n} times" for key, n in told.items() if n > 1),
    ]


def _never_acknowledged(
    acknowledged: list[Acknowledged], stored: dict[int, Stored]
) -> list[str]:
    known = {message.client_id for message in acknowledged}
    return [
        f"message {id} of ticket {ticket_id} is stored, and was never acknowledged"
        for ticket_id, ticket in stored.items()
        for id, client_id in ticket.messages
        if client_id and client_id not in known
    ]


def _misnumbered(stored: dict[int, Stored]) -> list[str]:
    return [
        f"ticket {ticket_id}: a stream is numbered {numbers}"
        for ticket_id, ticket in stored.items()
        for stream in ticket.streams.values()
        if (numbers := [seq for seq, *_ in stream]) != [*range(1, len(stream) + 1)]
    ]


def _shown_otherwise(stored: dict[int, Stored], clients: list[Client]) -> list[str]:
    found = []
    for client in clients:
        for kind, shown in client.streams.items():
            true = stored[client.ticket_id].streams[kind]
            if shown == true:
                continue
            missing = Counter(true) - Counter(shown)
            extra = Counter(shown) - Counter(true)
            how = "" if missing or extra else ", in another order"
            found.append(
                f"{client.name} on ticket {client.ticket_id} "
                f"missed {list(missing)[:5]} ({missing.total()}), "
                f"showed {list(extra)[:5]} ({extra.total()}) too many{how}"
            )
    return found
