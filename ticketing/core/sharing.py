"""Rows that belong to one user, who may share each of them with colleagues."""

from typing import Any

from sqlalchemy import ForeignKey, and_, select
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import db
from ticketing.core.errors import TooManyError
from ticketing.core.text import t

TOO_MANY_SHARED = t("There are {limit} shared ones already; delete one first.")
TOO_MANY_OWN = t("There are {limit} of your own already; delete one first.")


class Shareable:
    """Mixin: the user who created a row, and whether it is shared."""

    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False, index=True)


def require_fewer(model: Any, owner_id: int, shared: bool, limit: int) -> None:
    """Check that there are fewer rows than ``limit``: shared, or of an owner's own.

    The present ones are locked, so that of two transactions that add the last one, the
    second sees what the first has added.

    :raises TooManyError: there are as many.
    """
    own = and_(~model.shared, model.owner_id == owner_id)
    rows = select(model.id).where(model.shared if shared else own).order_by(model.id)
    if len(db.session.scalars(rows.with_for_update()).all()) >= limit:
        too_many = TOO_MANY_SHARED if shared else TOO_MANY_OWN
        raise TooManyError(too_many.format(limit=limit))
