"""Kinds of mails, preferences for them, and how far replies have been mailed."""

import enum

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model
from ticketing.tickets.models import Side


class Kind(enum.StrEnum):
    """A kind of mail."""

    TICKET_RECEIVED = "ticket_received"
    TICKET_OPENED = "ticket_opened"
    ASSIGNED = "assigned"
    REPLY = "reply"
    STATUS = "status"
    ALERT = "alert"
    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"
    CONFIRMATION = "confirmation"
    SECURITY = "security"


OPTIONAL = [*Kind][:6]  # users may switch these off
OFF_BY_DEFAULT = {Kind.TICKET_OPENED}


class Preference(Model):
    """A user's choice of whether to get a kind of mail; without a row, the default."""

    __tablename__ = "mail_preferences"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    kind: Mapped[Kind] = mapped_column(primary_key=True)
    wanted: Mapped[bool]


class ReplyPosition(Model):
    """The last entry of a ticket's public stream that a mail of replies contains.

    :ivar side: the side that wrote the replies.
    """

    __tablename__ = "mail_reply_positions"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"), primary_key=True
    )
    side: Mapped[Side] = mapped_column(primary_key=True)
    seq: Mapped[int]
