"""Categories."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column, validates

from ticketing.core.database import TABLE_OPTIONS, Model, Timestamps, fold


class Category(Timestamps, Model):
    """A category of tickets.

    ``name_key`` is the case-folded name, which is unique; ``slug`` is the name in URLs.
    """

    __tablename__ = "categories"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    name_key: Mapped[str] = mapped_column(String(255), unique=True)
    slug: Mapped[str] = mapped_column(String(255), unique=True)
    description: Mapped[str | None] = mapped_column(Text)

    @validates("name")
    def _fold_name(self, key: str, name: str) -> str:
        self.name_key = fold(name)
        return name
