"""Files of comments and messages."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from ticketing.core.database import TABLE_OPTIONS, Model, utcnow
from ticketing.tickets.models import Ticket, urls_of


class File(Model):
    """A file that a user has added to a ticket, for a comment or a message.

    :ivar internal: whether it belongs to an internal comment.
    :ivar key: its name in the storage.
    :ivar size: in bytes.
    :ivar expires_at: when it is deleted if no comment or message uses it until then;
        ``None`` once one does.
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
        """The part of the file that a comment or message stores."""
        names = ("id", "name", "content_type", "size")
        return {name: getattr(self, name) for name in names}


class HasFiles:
    """Mixin: the files of a comment or message, in the order in which it names them.

    ``attached`` is the ``summary`` of each, which never changes; ``None`` without any.
    It is stored here so that files are read without another statement.
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
    """Return the SQL expression for the total size of a user's files in bytes."""
    total = select(func.coalesce(func.sum(File.size), 0))
    return total.where(File.user_id == user_id).scalar_subquery()
