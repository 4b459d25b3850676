"""Users, and the tokens they hold."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, validates

from ticketing.core.database import TABLE_OPTIONS, Model, Timestamps, fold, utcnow


class Role(enum.StrEnum):
    """What kind of user someone is."""

    CUSTOMER = "customer"
    ADMIN = "admin"


class Known:
    """What both kinds of users tell of themselves: those who call, and all others."""

    id: Any
    name: Any
    role: Any

    @property
    def is_admin(self) -> bool:
        """Whether this user works for support."""
        return self.role is Role.ADMIN

    @property
    def person(self) -> dict[str, Any]:
        """What anyone may know of this user."""
        return {"id": self.id, "name": self.name, "role": self.role}


@dataclass(frozen=True)
class Caller(Known):
    """Whose token it is, as its row said when they called.

    A transaction works with the ``User``, read anew inside.
    """

    id: int
    name: str
    email: str
    role: Role
    active: bool
    created_at: datetime
    updated_at: datetime


class User(Known, Timestamps, Model):
    """Someone who opens tickets, or answers them.

    ``email`` is as they wrote it; ``email_key`` is what makes it theirs alone.
    """

    __tablename__ = "users"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    email: Mapped[str] = mapped_column(String(255))
    email_key: Mapped[str] = mapped_column(String(255), unique=True)
    password: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(default=Role.CUSTOMER, index=True)
    active: Mapped[bool] = mapped_column(default=True)

    @validates("email")
    def _fold_email(self, key: str, email: str) -> str:
        self.email_key = fold(email)
        return email


Actor = User | Caller


class Token(Model):
    """A token that is good until it expires or its row is gone: revoked."""

    __tablename__ = "tokens"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    jti: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)
