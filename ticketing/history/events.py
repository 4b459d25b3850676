"""Events of the history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ticketing.history.models import Stream


@dataclass(frozen=True)
class StreamGrew:
    """A ticket's stream has a new entry.

    Subscribe to this event to react to all events of tickets. After concurrent commits,
    these events may arrive out of order. The log is always in order: read it from the
    last ``seq`` that was handled.

    :param owner_id: the ticket's user.
    :param entry: the entry, as ``EntrySchema`` dumps it.
    """

    ticket_id: int
    stream: Stream
    seq: int
    owner_id: int
    entry: Mapping[str, Any]
