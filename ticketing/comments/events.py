"""Events of comments."""

from ticketing.tickets.events import TicketEvent


class CommentAdded(TicketEvent):
    """A comment was added; the payload is the comment."""

    name = "comment.added"


class CommentEdited(TicketEvent):
    """A comment was edited; the payload is the comment."""

    name = "comment.edited"


class CommentDeleted(TicketEvent):
    """A comment was deleted, and its text; the payload is ``{"id": …}``."""

    name = "comment.deleted"
    erases = frozenset({"content"})
