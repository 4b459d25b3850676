"""Tags, and the tickets that have them."""

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from ticketing.core.database import TABLE_OPTIONS, Model, fold


class Tag(Model):
    """A tag, in the spelling in which it was first written.

    ``key`` is the case-folded name, which is unique. A tag is kept when no ticket has
    it any longer.
    """

    __tablename__ = "tags"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(255), unique=True)

    @validates("name")
    def _fold_name(self, key: str, name: str) -> str:
        self.key = fold(name)
        return name


class TicketTag(Model):
    """A ticket has a tag."""

    __tablename__ = "ticket_tags"
    # The index serves the filter and the counts by tag.
    __table_args__ = (
        Index(None, "tag_id", "ticket_id"),
        TABLE_OPTIONS | {"sqlite_autoincrement": False},
    )

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)
