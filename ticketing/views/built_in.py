"""The built-in views, as queries of ``GET /tickets``."""

from collections.abc import Mapping
from dataclasses import dataclass

UNFINISHED = {"status": "open,in_progress"}


@dataclass(frozen=True)
class BuiltIn:
    """A view that cannot be changed; ``key`` is for programs."""

    key: str
    name: str
    query: Mapping[str, str]


FOR_SUPPORT = (
    BuiltIn(
        "needs_answer",
        "Needs answer",
        UNFINISHED | {"waiting_on": "support", "sort": "waiting_since"},
    ),
    BuiltIn("mine", "Mine", UNFINISHED | {"assigned_to": "me"}),
    BuiltIn("unassigned", "Unassigned", UNFINISHED | {"assigned_to": "none"}),
    BuiltIn(
        "waiting_for_customer",
        "Waiting for customer",
        UNFINISHED | {"waiting_on": "customer"},
    ),
    BuiltIn("overdue", "Overdue", UNFINISHED | {"sla": "overdue", "sort": "due_at"}),
    BuiltIn("resolved", "Resolved", {"status": "resolved"}),
    BuiltIn("all", "All", {}),
)
FOR_CUSTOMERS = (
    BuiltIn("open", "Open", {"status": "open,in_progress,resolved"}),
    BuiltIn("closed", "Closed", {"status": "closed"}),
)
