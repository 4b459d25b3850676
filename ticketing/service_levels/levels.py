"""Read and store the clocks of locked tickets, a batch by one statement."""

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
class Level:
    """By which version a ticket is counted, and how far it was.

    :ivar checked_until: as in ``ServiceLevel``.
    """

    version: Version
    clocks: Clocks
    checked_until: datetime

    @property
    def row(self) -> dict[str, Any]:
        """The columns of a ``ServiceLevel``, without that of its ticket."""
        return row_of(self.version, self.clocks, self.checked_until)

    @property
    def on_ticket(self) -> dict[str, Any]:
        """The columns of the ticket."""
        return columns_of(self.version, self.clocks)


def read_levels(ticket_ids: Collection[int]) -> dict[int, Level]:
    """Return the levels of those of the tickets that have a policy."""
    rows = fetch_all(READ, {"ticket_ids": [*ticket_ids]})
    return {
        row.ticket_id: Level(
            version_in(row), load(json.loads(row.clocks)), row.checked_until
        )
        for row in rows
    }


def insert_levels(levels: Mapping[int, Level]) -> None:
    """Store the levels of tickets that had none."""
    _execute(insert(TABLE), [{"ticket_id": n, **of.row} for n, of in levels.items()])


def update_levels(levels: Mapping[int, Level]) -> None:
    """Store the levels of tickets that had some."""
    changed = update(TABLE).where(TABLE.c.ticket_id == bindparam("of_ticket"))
    _execute(changed, [{"of_ticket": n, **of.row} for n, of in levels.items()])


def delete_levels(ticket_ids: Sequence[int]) -> None:
    """Store that tickets have no policy any longer."""
    gone = delete(TABLE).where(TABLE.c.ticket_id == bindparam("of_ticket"))
    _execute(gone, [{"of_ticket": ticket_id} for ticket_id in ticket_ids])


def _execute(statement: Any, rows: list[dict[str, Any]]) -> None:
    if rows:
        db.session.connection().execute(statement, rows)
