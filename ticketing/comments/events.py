"""What can happen to a comment."""

from ticketing.tickets.events import TicketEvent


class CommentAdded(TicketEvent):
    """Someone commented; the payload is the comment."""

    name = "comment.added"


class CommentEdited(TicketEvent):
    """A comment now reads otherwise; the payload is the comment."""

    name = "comment.edited"


class CommentDeleted(TicketEvent):
    """A comment is gone, and what it said; the payload is ``{"id": …}``."""

    name = "comment.deleted"
    erases = frozenset({"content"})
