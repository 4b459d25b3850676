"""Comments."""

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.accounts.models import User
from ticketing.core.database import TABLE_OPTIONS, Model, Timestamps
from ticketing.files.models import HasFiles
from ticketing.tickets.models import Ticket


class Comment(HasFiles, Timestamps, Model):
    """A comment on a ticket.

    ``internal`` never changes: a comment stays public or internal.
    """

    __tablename__ = "comments"
    __table_args__ = (Index(None, "ticket_id", "internal"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    content: Mapped[str] = mapped_column(Text)
    internal: Mapped[bool] = mapped_column(default=False)

    ticket: Mapped[Ticket] = relationship()
    user: Mapped[User] = relationship()
