"""Ratings of tickets, and facts of them for reports, taken from the log"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TIME = sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql", "mariadb")
COLUMNS = {
    "rating_score": sa.SmallInteger(),
    "rating_comment": sa.String(length=1000),
    "rated_at": TIME,
    "first_response_seconds": ID,
    "resolved_at": TIME,
    "resolution_seconds": ID,
    "reopened_at": TIME,
}
GROUPS = ("category_id", "priority", "assigned_to")
INDEXES = {
    "ix_tickets_report_opened": ("created_at", "first_response_seconds", *GROUPS),
    "ix_tickets_report_resolved": ("resolved_at", "resolution_seconds", *GROUPS),
    "ix_tickets_report_reopened": ("reopened_at", *GROUPS),
    "ix_tickets_report_rated": ("rated_at", "rating_score", *GROUPS),
}

ANSWERS = ("message.sent", "comment.added")
DONE = ("resolved", "closed")
FACTS = ("answered_at", "resolved_at", "reopened_at")

tickets = sa.table(
    "tickets", *(sa.column(name) for name in ("id", "user_id", "created_at", *COLUMNS))
)
entries = sa.table(
    "ticket_events",
    *(sa.column(n) for n in ("ticket_id", "stream", "name", "actor_id", "created_at")),
    sa.column("payload", sa.JSON()),
)
# The log's last word on each ticket; it is there while this migration runs.
logged = sa.table("logged_facts", sa.column("ticket_id"), *map(sa.column, FACTS))


def upgrade() -> None:
    """Add the columns, fill them from the log, and create the indexes."""
    for name, kind in COLUMNS.items():
        op.add_column("tickets", sa.Column(name, kind, nullable=True))
    op.create_table(
        "logged_facts",
        sa.Column("ticket_id", ID, primary_key=True, autoincrement=False),
        *(sa.Column(name, TIME, nullable=True) for name in FACTS),
    )
    _read_log()
    _fill()
    op.drop_table("logged_facts")
    for name, columns in INDEXES.items():
        op.create_index(name, "tickets", columns)


def downgrade() -> None:
    """Drop the indexes and the columns."""
    for name in INDEXES:
        op.drop_index(name, "tickets")
    for name in COLUMNS:
        op.drop_column("tickets", name)


def _read_log() -> None:
    """Store when each ticket was first answered, last resolved and last reopened."""
    was_done, is_done = (
        entries.c.payload[("changes", "status", place)].as_string().in_(DONE)
        for place in (0, 1)
    )
    by_support = entries.c.actor_id != tickets.c.user_id
    found = (
        sa.select(
            tickets.c.id,
            sa.func.min(_if(entries.c.name.in_(ANSWERS), by_support)),
            sa.func.max(_if(entries.c.name == "ticket.updated", is_done, ~was_done)),
            sa.func.max(_if(entries.c.name == "ticket.updated", was_done, ~is_done)),
        )
        .join(entries, entries.c.ticket_id == tickets.c.id)
        .where(entries.c.stream == "public")
        .group_by(tickets.c.id)
    )
    op.execute(logged.insert().from_select(["ticket_id", *FACTS], found))


def _if(*criteria: sa.ColumnElement[bool]) -> sa.ColumnElement[str]:
    """Return when an entry was written, if it meets all criteria."""
    return sa.case((sa.and_(*criteria), entries.c.created_at))


def _fill() -> None:
    """Copy what was stored to the tickets."""
    stays = sa.or_(
        logged.c.reopened_at.is_(None), logged.c.resolved_at > logged.c.reopened_at
    )
    answered = _seconds_until(logged.c.answered_at)
    op.execute(
        tickets.update().values(
            first_response_seconds=_of_ticket(answered),
            resolved_at=_of_ticket(sa.case((stays, logged.c.resolved_at))),
            reopened_at=_of_ticket(logged.c.reopened_at),
        )
    )
    resolved = tickets.c.resolved_at
    op.execute(
        tickets.update()
        .where(resolved.is_not(None))
        .values(resolution_seconds=_seconds_until(resolved))
    )


def _of_ticket(value: sa.ColumnElement[str]) -> sa.ScalarSelect[str]:
    return sa.select(value).where(logged.c.ticket_id == tickets.c.id).scalar_subquery()


def _seconds_until(time: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Return the whole seconds from the opening of a ticket until a time."""
    since = tickets.c.created_at
    if op.get_bind().dialect.name != "sqlite":
        passed = sa.func.timestampdiff(sa.text("MICROSECOND"), since, time)
        seconds = passed // 1_000_000
    else:
        seconds = (_microseconds(time) - _microseconds(since)) // 1_000_000
    return sa.cast(seconds, sa.Integer())


def _microseconds(time: sa.ColumnElement[str]) -> sa.ColumnElement[int]:
    """Return the microseconds since 1970 on SQLite, which keeps times as text."""
    seconds = sa.cast(sa.func.strftime("%s", time), sa.Integer())
    return seconds * 1_000_000 + sa.cast(sa.func.substr(time, 21, 6), sa.Integer())
