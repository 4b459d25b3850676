"""The export of personal data over HTTP."""

from collections.abc import Iterator

from flask import Response, stream_with_context

from ticketing.accounts.models import Caller
from ticketing.core.auth import current_user
from ticketing.core.errors import TooManyRequestsError
from ticketing.people import export
from ticketing.web.blueprint import Blueprint
from ticketing.web.json import dumps
from ticketing.web.limits import streams_per_user
from ticketing.web.openapi import BINARY

NDJSON_TYPE = "application/x-ndjson"
# OpenAPI cannot describe a stream of JSON objects, so the document has a download.
AS_NDJSON = {"200": {"content": {NDJSON_TYPE: {"schema": BINARY}}}}
NAME = "export.ndjson"

bp = Blueprint("people", __name__, description="Personal data")


@bp.get("/me/export", errors=[TooManyRequestsError])
@streams_per_user(max_running=1)
@bp.download()
@bp.doc(responses=AS_NDJSON)
def export_me() -> Response:
    """Export the data that the caller can read about themselves.

    The format is `application/x-ndjson`. Each line is `{"type", "data"}`: `account`,
    `notifications`, and for admins `view` and `canned_response`; `ticket`, each
    followed by its `file`, its `rating` and its public history as `event`; then the
    caller's `comment` and `message`, each followed by its files, and each `file` that
    is not sent yet. `data` is as the API returns it, with the id of the resource it
    belongs to.
    """
    lines = stream_with_context(_written(current_user()))
    response = Response(lines, content_type=NDJSON_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=NAME)
    return response


def _written(caller: Caller) -> Iterator[str]:
    for line in export.lines(caller):
        yield dumps(line._asdict()) + "\n"
