"""Replies by mail over HTTP."""

from typing import Any

from flask import request

from ticketing.comments.schemas import CommentSchema
from ticketing.inbound_mail import service
from ticketing.inbound_mail.mime import MAX_BYTES, Ignored
from ticketing.web.blueprint import Blueprint
from ticketing.web.parser import receive_raw
from ticketing.web.schemas import Serialized

MESSAGE = "message/rfc822"
LOCATION = "/api/comments/{0.id}"

bp = Blueprint("inbound_mail", __name__, description="Replies by mail")


@bp.post("/inbound-mail", service_token="INBOUND_MAIL_TOKEN")
@bp.response(201, CommentSchema)
def receive() -> tuple[Any, int, dict[str, str]]:
    """Add a reply by mail to its ticket, once however often it is sent.

    For mail servers; the token is the setting ``INBOUND_MAIL_TOKEN``.
    """
    outcome = service.receive(receive_raw(request, MESSAGE, MAX_BYTES))
    if isinstance(outcome, Ignored):
        return Serialized(ignored=outcome), 200, {}
    where = {"Location": LOCATION.format(outcome.resource)}
    return outcome.resource, 201 if outcome.is_new else 200, where
