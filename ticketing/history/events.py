"""Events of the history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ticketing.history.models import Stream


@dataclass(frozen=True)
class StreamGrew:
    """A ticket's stream has a new entry.

    Subscribe to this event to act on whatever happens to tickets. After commits at the
    same time it may come out of order; the log never is: read it from where you are.

    :param entry: the entry, as ``EntrySchema`` dumps it.
    """

    ticket_id: int
    stream: Stream
    seq: int
    entry: Mapping[str, Any]
