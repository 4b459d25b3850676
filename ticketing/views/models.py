"""Views that admins have saved."""

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model
from ticketing.core.sharing import Shareable


class View(Shareable, Model):
    """A named list of tickets; ``query`` has parameters of ``GET /tickets``."""

    __tablename__ = "views"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[dict[str, str]] = mapped_column(JSON)
