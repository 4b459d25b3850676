"""Users, their access tokens, and the links that are mailed to them."""

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from ticketing.accounts.addresses import address_key
from ticketing.core.database import TABLE_OPTIONS, Model, Timestamps, fold, utcnow
from ticketing.core.text import Language

MAX_FOLDED_LENGTH = 3 * 255  # case folding makes at most three characters of one
DELETED_NAME = "Deleted user"  # of those who closed their accounts


class Role(enum.StrEnum):
    """The role of a user: customers open tickets, admins answer them."""

    CUSTOMER = "customer"
    ADMIN = "admin"


class PublicProfile:
    """The public part of a user; ``User`` and ``Caller`` share it."""

    id: Any
    name: Any
    role: Any

    @property
    def is_admin(self) -> bool:
        """Return whether this user is an admin."""
        return self.role is Role.ADMIN

    @property
    def profile(self) -> dict[str, Any]:
        """Return the public profile, as ``PublicProfileSchema`` describes it."""
        return {"id": self.id, "name": self.name, "role": self.role}


@dataclass(frozen=True)
class Caller(PublicProfile):
    """The user who sent a request, as they were when it was authenticated.

    A transaction reads ``role`` and ``active`` again, and decides by these.
    """

    id: int
    name: str
    email: str
    role: Role
    active: bool
    locale: Language | None
    time_zone: str | None
    email_confirmed: bool
    available: bool
    created_at: datetime
    updated_at: datetime


class User(PublicProfile, Timestamps, Model):
    """A customer or an admin.

    ``email`` is stored as it was typed; ``email_key`` is its normalized, unique form.
    ``name_folded`` and ``email_folded`` are case-folded for searching. ``locale`` and
    ``time_zone`` are null until the user chooses them. ``password`` is a hash, null
    until an invited user sets one. ``email_confirmed`` is true if the user has used a
    link that was mailed to the email, or if the creator of the account has vouched for
    it. ``available`` says whether rules may assign tickets to an admin. ``closed_at``
    is when the account was closed; its row stays, without personal data, for rows that
    refer to it.
    """

    __tablename__ = "users"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(255))
    email: Mapped[str] = mapped_column(String(255))
    email_key: Mapped[str] = mapped_column(String(255), unique=True)
    name_folded: Mapped[str] = mapped_column(
        String(MAX_FOLDED_LENGTH), server_default=text("''")
    )
    email_folded: Mapped[str] = mapped_column(
        String(MAX_FOLDED_LENGTH), server_default=text("''")
    )
    password: Mapped[str | None] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(default=Role.CUSTOMER, index=True)
    active: Mapped[bool] = mapped_column(default=True)
    locale: Mapped[Language | None]
    time_zone: Mapped[str | None] = mapped_column(String(64))
    email_confirmed: Mapped[bool] = mapped_column(
        default=True, server_default=text("1")
    )
    available: Mapped[bool] = mapped_column(default=True, server_default=text("1"))
    closed_at: Mapped[datetime | None]

    @validates("email")
    def _derive_from_email(self, key: str, email: str) -> str:
        self.email_key, self.email_folded = address_key(email), fold(email)
        return email

    @validates("name")
    def _derive_from_name(self, key: str, name: str) -> str:
        self.name_folded = fold(name)
        return name

    def close(self, now: datetime) -> None:
        """Close the account for good: nobody can log in, and nobody is mailed.

        The email becomes free for another account. The key is replaced by a text with
        capital letters, which no folded email has.
        """
        self.name, self.email = DELETED_NAME, ""
        self.email_key = f"CLOSED {self.id}"
        self.password = self.locale = self.time_zone = None
        self.active = self.email_confirmed = False
        self.closed_at = self.updated_at = now


Actor = User | Caller


class Token(Model):
    """A valid access token; deleting its row revokes it."""

    __tablename__ = "tokens"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    jti: Mapped[str] = mapped_column(String(36), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Purpose(enum.StrEnum):
    """The purpose of a link."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"
    CONFIRMATION = "confirmation"


class Link(Model):
    """A link that is mailed to a user, and can be used once, until ``expires_at``.

    When a link is used or voided, ``expires_at`` is set to ``created_at``: then it is
    invalid also for processes whose clocks differ. The token is derived from ``seed``
    and the ``SECRET_KEY``; see ``links``.

    :ivar email: the address that it is mailed to.
    :ivar token_hash: the hash of the token, by which a request finds the link.
    """

    __tablename__ = "links"
    __table_args__ = (Index(None, "user_id", "purpose", "created_at"), TABLE_OPTIONS)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    purpose: Mapped[Purpose]
    email: Mapped[str] = mapped_column(String(255))
    seed: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utcnow)
    expires_at: Mapped[datetime] = mapped_column(index=True)

    @property
    def is_valid(self) -> bool:
        """Return whether it has neither expired nor been used or superseded."""
        return max(self.created_at, utcnow()) < self.expires_at


class Credential(enum.StrEnum):
    """A credential with which a user logs in."""

    PASSWORD = "password"
    EMAIL = "email"


class SecurityNotice(Model):
    """A notice to a user, whose password or email was changed.

    :ivar what: the credential that was changed.
    :ivar email: the address to notify: the confirmed one that the user had before.
    """

    __tablename__ = "security_notices"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), index=True
    )
    what: Mapped[Credential]
    email: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(default=utcnow, index=True)
