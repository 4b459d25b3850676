"""What can happen to a timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ticketing.history.models import Stream


@dataclass(frozen=True)
class EntryRecorded:
    """A stream has grown by ``entry``, an ``EntrySchema`` dump."""

    ticket_id: int
    stream: Stream
    entry: Mapping[str, Any]
