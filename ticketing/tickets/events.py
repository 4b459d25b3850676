"""Events of tickets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True)
class TicketEvent:
    """An event of a ticket, which is recorded in its history and emitted to its room.

    :param actor_id: the user who caused it; ``None`` for a rule or a service level.
    :param payload: the resource after the event, as HTTP returns it.
    :param internal: whether only admins may see it.
    """

    name: ClassVar[str]
    # Fields that this event sets to null in earlier payloads of the same resource.
    erases: ClassVar[frozenset[str]] = frozenset()
    # True if the event is always internal.
    staff_only: ClassVar[bool] = False
    ticket_id: int
    actor_id: int | None
    payload: Mapping[str, Any]
    internal: bool = False


class TicketCreated(TicketEvent):
    """A ticket was opened; the payload is the ticket."""

    name = "ticket.created"


class TicketUpdated(TicketEvent):
    """A ticket was changed; the payload is the ticket, with ``changes``.

    ``changes`` has the old and the new value of each field that has changed.
    """

    name = "ticket.updated"


@dataclass(frozen=True)
class TicketDeleting:
    """A ticket, and everything that belongs to it, is about to be deleted."""

    ticket_id: int


@dataclass(frozen=True)
class TicketDeleted:
    """A ticket was deleted, together with its history.

    :param owner_id: the user who had opened it.
    :param actor_id: the user who deleted it.
    """

    ticket_id: int
    owner_id: int
    actor_id: int


@dataclass(frozen=True)
class AttachmentRemoved:
    """A file is no longer attached to anything, and can be deleted.

    :param key: the file's key in the storage.
    """

    key: str
