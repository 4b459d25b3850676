"""Plan mails, in the transaction of what they are about."""

from ticketing.core.transaction import during
from ticketing.history.events import StreamGrew
from ticketing.history.models import Stream
from ticketing.mail import service


@during(StreamGrew)
def plan(grew: StreamGrew) -> None:
    """Plan the mails of an entry of a ticket's public stream."""
    if service.is_on() and grew.stream is Stream.PUBLIC:
        service.plan(grew)
