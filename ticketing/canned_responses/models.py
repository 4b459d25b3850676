"""Canned responses."""

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model
from ticketing.core.sharing import Shareable


class CannedResponse(Shareable, Model):
    """A text with placeholders, which admins insert by its shortcut.

    ``shortcut_key`` is the case-folded shortcut; ``shared_key`` is the same if the
    response is shared, and NULL otherwise. Their constraints keep concurrent requests
    from using a shortcut twice among shared responses, or among those of an owner.
    """

    __tablename__ = "canned_responses"
    __table_args__ = (UniqueConstraint("owner_id", "shortcut_key"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    shortcut: Mapped[str] = mapped_column(String(40))
    shortcut_key: Mapped[str] = mapped_column(String(255))
    shared_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    text: Mapped[str] = mapped_column(Text)
