"""Convert clocks to and from JSON objects."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ticketing.service_levels.clocks import Alarm, Clock, Clocks, Target
from ticketing.service_levels.local_time import MICROSECOND


def dump(clocks: Clocks) -> dict[str, Any]:
    """Return clocks as a JSON object; ``load`` returns clocks that are equal."""
    return {
        "at": clocks.at.isoformat(),
        "answered": clocks.answered,
        "resolved": clocks.resolved,
        "waiting_on_customer": clocks.waiting_on_customer,
        "targets": {
            target.value: {
                "goal": clock.goal // MICROSECOND,
                "cycle": clock.cycle,
                "started_at": clock.started_at.isoformat(),
                "since": clock.since and clock.since.isoformat(),
                "counted": clock.counted // MICROSECOND,
                "alarms": {
                    alarm.value: at.isoformat() for alarm, at in clock.alarms.items()
                },
                "done_at": clock.done_at and clock.done_at.isoformat(),
            }
            for target, clock in clocks.targets.items()
        },
    }


def load(stored: Mapping[str, Any]) -> Clocks:
    """Return the clocks of a JSON object that ``dump`` has returned."""
    return Clocks(
        at=datetime.fromisoformat(stored["at"]),
        answered=stored["answered"],
        resolved=stored["resolved"],
        waiting_on_customer=stored["waiting_on_customer"],
        targets={
            Target(name): _load(clock) for name, clock in stored["targets"].items()
        },
    )


def _load(stored: Mapping[str, Any]) -> Clock:
    return Clock(
        goal=stored["goal"] * MICROSECOND,
        cycle=stored["cycle"],
        started_at=datetime.fromisoformat(stored["started_at"]),
        since=_time(stored["since"]),
        counted=stored["counted"] * MICROSECOND,
        alarms={
            Alarm(name): datetime.fromisoformat(at)
            for name, at in stored["alarms"].items()
        },
        done_at=_time(stored["done_at"]),
    )


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
