"""What can happen on a ticket."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class TicketEvent:
    """Something that happened on a ticket: kept in its history, told in a room.

    :param actor_id: who did it.
    :param payload: what it happened to, exactly as HTTP returns it.
    :param internal: whether it is for the staff only.
    """

    name: ClassVar[str]
    # Fields of earlier payloads with the same id that are to be forgotten with this.
    erases: ClassVar[frozenset[str]] = frozenset()
    ticket_id: int
    actor_id: int
    payload: Mapping[str, Any]
    internal: bool = False


class TicketCreated(TicketEvent):
    """A ticket was opened; the payload is the ticket."""

    name = "ticket.created"


class TicketUpdated(TicketEvent):
    """A ticket was changed; the payload is the ticket, and its ``changes``."""

    name = "ticket.updated"


@dataclass(frozen=True)
class TicketDeleting:
    """A ticket, and all that hangs on it, is about to go."""

    ticket_id: int


@dataclass(frozen=True)
class TicketDeleted:
    """A ticket is gone, and its history with it."""

    ticket_id: int
    owner_id: int
    actor_id: int


@dataclass(frozen=True)
class FileDropped:
    """No ticket has this file any longer."""

    key: str
