"""Canned responses."""

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model
from ticketing.core.sharing import Shareable


class CannedResponse(Shareable, Model):
    """A text with placeholders, which its shortcut finds.

    ``shortcut_key`` is the case-folded shortcut; ``shared_key`` is the same if the text
    is shared, and else NULL. So the constraints keep two requests at once from using
    one shortcut twice, among shared ones and among an owner's.
    """

    __tablename__ = "canned_responses"
    __table_args__ = (UniqueConstraint("owner_id", "shortcut_key"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(primary_key=True)
    title: Mapped[str] = mapped_column(String(100))
    shortcut: Mapped[str] = mapped_column(String(40))
    shortcut_key: Mapped[str] = mapped_column(String(255))
    shared_key: Mapped[str | None] = mapped_column(String(255), unique=True)
    text: Mapped[str] = mapped_column(Text)
