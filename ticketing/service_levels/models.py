"""Calendars, policies and their versions, and what a policy makes of each ticket."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.dialects.mysql import MEDIUMTEXT
from sqlalchemy.orm import Mapped, mapped_column

from ticketing.core.database import TABLE_OPTIONS, Model

LONG_TEXT = Text().with_variant(MEDIUMTEXT, "mysql")


class Calendar(Model):
    """When support is open, in a time zone.

    :ivar hours: for each weekday, intervals such as ``["09:00", "17:00"]``.
    :ivar holidays: ISO dates that are closed, in order.
    :ivar version: counts its changes.
    """

    __tablename__ = "calendars"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    time_zone: Mapped[str] = mapped_column(String(64))
    hours: Mapped[dict[str, list[list[str]]]] = mapped_column(JSON)
    holidays: Mapped[list[str]] = mapped_column(JSON)
    version: Mapped[int] = mapped_column(default=1)


class Policy(Model):
    """Goals for the tickets that it fits; the first active one by position counts.

    :ivar priority: of which tickets; ``None`` for all.
    :ivar category_id: of which tickets; ``None`` for all.
    :ivar first_response: a goal in minutes; ``None`` for no goal, as of the others.
    :ivar calendar_id: counts only its open hours; ``None`` counts around the clock.
    :ivar version: counts its changes, and those of its calendar.
    """

    __tablename__ = "sla_policies"
    __table_args__ = TABLE_OPTIONS

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    active: Mapped[bool]
    position: Mapped[int]
    priority: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    category_id: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    first_response: Mapped[int | None]
    next_response: Mapped[int | None]
    resolution: Mapped[int | None]
    calendar_id: Mapped[int | None] = mapped_column(
        ForeignKey("calendars.id", ondelete="SET NULL"), index=True
    )
    pause_on_customer: Mapped[bool]
    version: Mapped[int] = mapped_column(default=1)


class PolicyVersion(Model):
    """A version of a policy, with all that counting by it takes; it never changes.

    It outlives its policy: tickets that are resolved or closed are counted by it still.

    :ivar content: see ``versions``.
    """

    __tablename__ = "sla_policy_versions"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    policy_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(100))
    content: Mapped[str] = mapped_column(LONG_TEXT)


class ServiceLevel(Model):
    """The targets of a ticket that has a policy; they follow from the ticket's log.

    Only what holds the lock on the ticket changes it. ``Ticket`` has what lists are
    filtered and ordered by.

    :ivar clocks: the state from which counting goes on.
    :ivar shown: what a ticket's ``sla`` shows.
    :ivar checked_until: warnings and misses until then have been emitted, or are of a
        time before this policy counted.
    :ivar next_at: when the next one is to be emitted, if things stay as they are.
    """

    __tablename__ = "ticket_service_levels"
    __table_args__ = TABLE_OPTIONS | {"sqlite_autoincrement": False}

    ticket_id: Mapped[int] = mapped_column(
        ForeignKey("tickets.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
    )
    policy_id: Mapped[int]
    policy_version: Mapped[int]
    clocks: Mapped[str] = mapped_column(Text)
    shown: Mapped[str] = mapped_column(Text)
    checked_until: Mapped[datetime]
    next_at: Mapped[datetime | None] = mapped_column(index=True)
