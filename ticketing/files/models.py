"""Files of comments and messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.core.database import TABLE_OPTIONS, Model, utcnow
from ticketing.tickets.models import Ticket, urls_of


class File(Model):
    """A file that a user has added to a ticket, and a comment or message that has it.

    :ivar internal: whether it is of an internal comment.
    :ivar key: its name in the storage.
    :ivar size: in bytes.
    :ivar expires_at: when it is deleted, unless a comment or message has it by then;
        ``None`` once one has.
    """

    __tablename__ = "files"
    __table_args__ = (
        Index(None, "ticket_id", "user_id"),
        Index(None, "user_id", "size"),  # covers the sum for the quota
        TABLE_OPTIONS,
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("tickets.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    comment_id: Mapped[int | None] = mapped_column(
        ForeignKey("comments.id", ondelete="CASCADE"), index=True
    )
    message_id: Mapped[int | None] = mapped_column(
        ForeignKey("messages.id", ondelete="CASCADE"), index=True
    )
    internal: Mapped[bool] = mapped_column(default=False)
    key: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(255))
    content_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime | None] = mapped_column(index=True)

    ticket: Mapped[Ticket] = relationship()

    @property
    def summary(self) -> dict[str, Any]:
        """What a comment or message keeps of it."""
        names = ("id", "name", "content_type", "size")
        return {name: getattr(self, name) for name in names}


class HasFiles:
    """Mixin: the files of a comment or message, in the order in which it names them.

    ``attached`` is the ``summary`` of each, which never changes; ``None`` without any.
    So reading what has no files costs nothing.
    """

    attached: Mapped[list[dict[str, Any]] | None] = mapped_column(
        "files", JSON(none_as_null=True)
    )

    @property
    def files(self) -> list[dict[str, Any]]:
        """The files as ``AttachedFileSchema`` describes them."""
        return [described(summary) for summary in self.attached or ()]


def described(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Return a file as ``AttachedFileSchema`` describes it."""
    url = f"/api/files/{summary['id']}"
    return {**summary, **urls_of(url, summary["content_type"])}


def size_of_files(user_id: int) -> ColumnElement[int]:
    """Return the expression for what a user's files have in bytes together."""
    total = select(func.coalesce(func.sum(File.size), 0))
    return total.where(File.user_id == user_id).scalar_subquery()
