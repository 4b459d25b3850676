"""People's data over HTTP."""

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
# Generators of clients know no type of several objects: it is a download for them.
AS_NDJSON = {"200": {"content": {NDJSON_TYPE: {"schema": BINARY}}}}
NAME = "export.ndjson"

bp = Blueprint("people", __name__, description="People's data")


@bp.get("/me/export", errors=[TooManyRequestsError])
@streams_per_user(max_running=1)
@bp.download()
@bp.doc(responses=AS_NDJSON)
def export_me() -> Response:
    """Export all that one can read of oneself, as `application/x-ndjson`.

    Each line is `{"type", "data"}`: `account`, `notifications`, and for admins `view`
    and `canned_response`; `ticket`, each followed by its `file`, its `rating` and its
    public history as `event`; then `comment` and `message`, which one wrote, each
    followed by its files, and each `file` that is not sent yet. The `data` is what the
    API answers, with the id of what it belongs to.
    """
    lines = stream_with_context(_written(current_user()))
    response = Response(lines, content_type=NDJSON_TYPE)
    response.headers.set("Content-Disposition", "attachment", filename=NAME)
    return response


def _written(caller: Caller) -> Iterator[str]:
    for line in export.lines(caller):
        yield dumps(line._asdict()) + "\n"
