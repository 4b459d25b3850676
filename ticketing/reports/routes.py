"""Reports over HTTP."""

from typing import Any

from flask import Response

from ticketing import policy
from ticketing.core.auth import current_user
from ticketing.reports import service
from ticketing.reports.periods import Period
from ticketing.reports.schemas import (
    GroupedBy,
    ReportFormat,
    TicketsReportQuery,
    TicketsReportSchema,
)
from ticketing.reports.spreadsheet import write_csv
from ticketing.web.blueprint import Blueprint
from ticketing.web.schemas import shared

bp = Blueprint("reports", __name__, description="Statistics of tickets, for admins")

CSV = {"type": "string"}
CSV_TYPE = "text/csv; charset=utf-8"


@bp.get("/reports/tickets", guard=policy.require_reports)
@bp.arguments(TicketsReportQuery, location="query")
@bp.alt_response(200, schema=CSV, content_type="text/csv", success=True)
@bp.response(200, TicketsReportSchema)
def tickets(query: dict[str, Any]) -> dict[str, Any] | Response:
    """Report on tickets by day, category, priority or assignee.

    Days begin and end in `time_zone`. CSV has a line of column names, and then a line
    for each row of `data`.
    """
    form = query.pop("format")
    report = service.report_tickets(current_user(), **query)
    return report if form is ReportFormat.JSON else _as_csv(report, query["by"])


def _as_csv(report: dict[str, Any], by: GroupedBy) -> Response:
    period: Period = report["period"]
    rows = shared(TicketsReportSchema).dump(report)["data"]
    response = Response(write_csv(by, rows), content_type=CSV_TYPE)
    name = f"tickets-{period.first}-{period.last}-by-{by}.csv"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response
