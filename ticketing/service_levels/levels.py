"""Read and store the service levels of locked tickets, a batch in one statement."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, select, update

from ticketing.core.database import db
from ticketing.core.hot import fetch_all
from ticketing.service_levels.clocks import Clocks
from ticketing.service_levels.counting import columns_of, row_of
from ticketing.service_levels.models import PolicyVersion, ServiceLevel
from ticketing.service_levels.stored_clocks import load
from ticketing.service_levels.versions import VERSION_COLUMNS, Version, version_in

TABLE: Any = ServiceLevel.__table__
READ = (
    select(
        *VERSION_COLUMNS,
        *(ServiceLevel.ticket_id, ServiceLevel.clocks, ServiceLevel.checked_until),
    )
    .join(
        PolicyVersion,
        and_(
            PolicyVersion.policy_id == ServiceLevel.policy_id,
            PolicyVersion.version == ServiceLevel.policy_version,
        ),
    )
    .where(ServiceLevel.ticket_id.in_(bindparam("ticket_ids", expanding=True)))
)


@dataclass
class Checkpoint:
    """The part of a level that cannot be recomputed from the log of its ticket.

    :ivar version: that by which the ticket is counted.
    :ivar checked_until: as in ``ServiceLevel``.
    """

    version: Version
    checked_until: datetime


@dataclass
class Level(Checkpoint):
    """The service level of a ticket: its version, and the state of its clocks."""

    clocks: Clocks

    @property
    def row(self) -> dict[str, Any]:
        """The columns of a ``ServiceLevel``, without ``ticket_id``."""
        return row_of(self.version, self.clocks, self.checked_until)

    @property
    def on_ticket(self) -> dict[str, Any]:
        """The columns of ``Ticket`` that follow from the level."""
        return columns_of(self.version, self.clocks)


def read_levels(ticket_ids: Collection[int]) -> dict[int, Level]:
    """Return the levels of the tickets that have one, by id."""
    return {
        row.ticket_id: Level(
            version_in(row), row.checked_until, load(json.loads(row.clocks))
        )
        for row in _read(ticket_ids)
    }


def read_checkpoints(ticket_ids: Collection[int]) -> dict[int, Checkpoint]:
    """Return the checkpoints of tickets; their clocks, maybe broken, are not read."""
    return {
        row.ticket_id: Checkpoint(version_in(row), row.checked_until)
        for row in _read(ticket_ids)
    }


def insert_levels(levels: Mapping[int, Level]) -> None:
    """Store the levels of tickets that had none."""
    _execute(insert(TABLE), [{"ticket_id": n, **of.row} for n, of in levels.items()])


def update_levels(levels: Mapping[int, Level]) -> None:
    """Store the levels of tickets that had one."""
    changed = update(TABLE).where(TABLE.c.ticket_id == bindparam("of_ticket"))
    _execute(changed, [{"of_ticket": n, **of.row} for n, of in levels.items()])


def delete_levels(ticket_ids: Sequence[int]) -> None:
    """Delete the levels of tickets that have no policy any longer."""
    gone = delete(TABLE).where(TABLE.c.ticket_id == bindparam("of_ticket"))
    _execute(gone, [{"of_ticket": ticket_id} for ticket_id in ticket_ids])


def _read(ticket_ids: Collection[int]) -> Sequence[Any]:
    return fetch_all(READ, {"ticket_ids": [*ticket_ids]})


def _execute(statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.connection().execute(statement, rows)
