"""Write a report as CSV (RFC 4180) for spreadsheets."""

import csv
from collections.abc import Mapping
from io import StringIO
from typing import Any

from ticketing.reports.schemas import GroupedBy

# Characters with which a formula begins in spreadsheets; in some, full-width ones, too.
FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# The columns that name a group. The name comes first: a spreadsheet that separates
# cells by semicolons would not see the quotes around a text that follows a comma, and
# would take what follows a semicolon in it for a cell of its own.
NAMES = {
    GroupedBy.DAY: ("date",),
    GroupedBy.CATEGORY: ("category", "category_id"),
    GroupedBy.PRIORITY: ("priority",),
    GroupedBy.ASSIGNEE: ("assignee", "assignee_id"),
}
FIGURES = ("opened", "resolved", "reopened", "backlog")
PARTS = {
    "first_response_seconds": ("median", "p90", "count"),
    "resolution_seconds": ("median", "p90", "count"),
    "sla": ("met", "missed"),
    "rating": ("average", "count"),
}


def write_csv(by: GroupedBy, rows: list[Mapping[str, Any]]) -> str:
    """Return the rows of a report, below a line of column names.

    A text that a spreadsheet would calculate gets an apostrophe in front of it.

    :param rows: as ``TicketsReportSchema`` dumps them.
    """
    written = StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    parts = [f"{name}_{part}" for name, parts in PARTS.items() for part in parts]
    writer.writerow([*NAMES[by], *FIGURES, *parts])
    writer.writerows([_escape(cell) for cell in _cells(by, row)] for row in rows)
    return written.getvalue()


def _cells(by: GroupedBy, row: Mapping[str, Any]) -> list[Any]:
    named = row[NAMES[by][0]]
    if by in (GroupedBy.CATEGORY, GroupedBy.ASSIGNEE):
        group = [named["name"], named["id"]] if named else [None, None]
    else:
        group = [named]
    parts = [row[name][part] for name, parts in PARTS.items() for part in parts]
    return [*group, *(row[name] for name in FIGURES), *parts]


def _escape(cell: Any) -> Any:
    is_formula = isinstance(cell, str) and cell.startswith(FORMULA)
    return f"'{cell}" if is_formula else cell
