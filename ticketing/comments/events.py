"""Events of comments."""

from ticketing.tickets.events import TicketEvent


class CommentAdded(TicketEvent):
    """A comment was added; the payload is the comment."""

    name = "comment.added"


class CommentEdited(TicketEvent):
    """A comment was edited; the payload is the comment."""

    name = "comment.edited"


class CommentDeleted(TicketEvent):
    """A comment was deleted; the payload is ``{"id": …}``.

    Its text and files are erased from earlier entries of the history.
    """

    name = "comment.deleted"
    erases = frozenset({"content", "files"})
