"""Events of tickets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class TicketEvent:
    """An event of a ticket, which is logged in its history and emitted to its room.

    :param actor_id: the user who caused it.
    :param payload: the resource it is about, exactly as HTTP returns it.
    :param internal: whether only the staff may see it.
    """

    name: ClassVar[str]
    # Fields that become null in earlier payloads with the same id.
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
    """A ticket, and all that belongs to it, is about to be deleted."""

    ticket_id: int


@dataclass(frozen=True)
class TicketDeleted:
    """A ticket was deleted, and its history with it."""

    ticket_id: int
    owner_id: int
    actor_id: int


@dataclass(frozen=True)
class FileDropped:
    """A file that no ticket has any longer."""

    key: str
