"""Compute the columns that follow from clocks, and the field ``sla`` of a ticket."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ticketing.service_levels.clocks import Clocks, Target
from ticketing.service_levels.measures import (
    Crossing,
    Measure,
    State,
    crossings,
    earliest_due,
    measure,
)
from ticketing.service_levels.stored_clocks import dump
from ticketing.service_levels.versions import Version
from ticketing.tickets.models import DONE, ENDED, NEVER, Status
from ticketing.web.fields import ISO


def row_of(version: Version, clocks: Clocks, checked_until: datetime) -> dict[str, Any]:
    """Return the columns of a ``ServiceLevel``, without ``ticket_id``."""
    return {
        "policy_id": version.policy_id,
        "policy_version": version.version,
        "clocks": json.dumps(dump(clocks)),
        "shown": json.dumps(_serialize(version, clocks)),
        "checked_until": checked_until,
        "next_at": next_after(version, clocks, checked_until),
    }


def nothing_due(status: Status) -> dict[str, Any]:
    """Return the columns of ``Ticket`` for one without a policy."""
    return {
        "due_at": ENDED if status in DONE else NEVER,
        "sla_policy_id": None,
        "sla_runs_until": None,
        "sla_misses_at": None,
        "sla_paused": False,
        "sla_met": False,
    }


def columns_of(version: Version, clocks: Clocks) -> dict[str, Any]:
    """Return the columns of ``Ticket`` that follow from its clocks."""
    measures = _measures(version, clocks)
    due_at, found = earliest_due(measures), measures.values()
    running = [each.due_at or NEVER for each in found if each.state is State.RUNNING]
    misses = [
        each.due_at
        for each in found
        if each.due_at and each.state in (State.RUNNING, State.MISSED)
    ]
    return {
        "due_at": due_at or (ENDED if clocks.resolved else NEVER),
        "sla_policy_id": version.policy_id,
        "sla_runs_until": max(running, default=None),
        "sla_misses_at": min(misses, default=None),
        "sla_paused": any(each.state is State.PAUSED for each in found),
        "sla_met": any(each.state is State.MET for each in found),
    }


def crossed(
    version: Version, clocks: Clocks, after: datetime, until: datetime
) -> list[Crossing]:
    """Return the warnings and misses in a range of time that ends with ``until``."""
    found = crossings(version.goals, clocks)
    return [crossing for crossing in found if after < crossing.at <= until]


def next_after(
    version: Version, clocks: Clocks, checked_until: datetime
) -> datetime | None:
    """Return when the next warning or miss is due, if one is."""
    found = crossings(version.goals, clocks)
    times = (crossing.at for crossing in found if crossing.at > checked_until)
    return min(times, default=None)


def read_sla(text: str, now: datetime) -> dict[str, Any]:
    """Return the field ``sla`` of a ticket.

    A stored state does not change with time alone: a running target whose ``due_at`` is
    past is missed.

    :param text: ``ServiceLevel.shown``.
    """
    sla: dict[str, Any] = json.loads(text)
    instant = ISO(now)
    for target in Target:
        measure = sla[target.value]
        if measure and measure["state"] == State.RUNNING.value:
            if measure["due_at"] and measure["due_at"] <= instant:
                measure["state"] = State.MISSED.value
    return sla


def _measures(version: Version, clocks: Clocks) -> Mapping[Target, Measure]:
    return measure(version.goals, clocks, clocks.at)


def _serialize(version: Version, clocks: Clocks) -> dict[str, Any]:
    measures = _measures(version, clocks)
    policy_id, number = version.key
    policy = {"id": policy_id, "name": version.name, "version": number}
    found = {each.value: _serialize_measure(measures.get(each)) for each in Target}
    due_at = earliest_due(measures)
    return {"policy": policy, **found, "due_at": due_at and ISO(due_at)}


def _serialize_measure(measure: Measure | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    return {
        "state": measure.state.value,
        "due_at": measure.due_at and ISO(measure.due_at),
        "done_at": measure.done_at and ISO(measure.done_at),
    }
