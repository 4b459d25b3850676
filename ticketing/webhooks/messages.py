"""Messages of Standard Webhooks: their form, their signature, and how one is sent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http.client import HTTPException
from typing import Any

import standardwebhooks

from ticketing.core.database import db, utcnow
from ticketing.core.transaction import renew_snapshot
from ticketing.jobs.kinds import JobError
from ticketing.webhooks import transport
from ticketing.webhooks.addresses import UrlError
from ticketing.webhooks.models import Webhook

GONE = 410
FAILURES = (OSError, HTTPException, UrlError, transport.RefusedTargetError)

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True)
class Message:
    """A message to a webhook.

    :ivar id: the same in every attempt.
    :ivar timestamp: when it happened, in ISO 8601.
    :ivar event: the second argument of the event that a socket receives.
    """

    id: str
    timestamp: str
    payload: Mapping[str, Any]
    event: Mapping[str, Any]

    def body(self) -> str:
        """Return it in JSON."""
        data = {"payload": self.payload, "event": self.event}
        content = {"type": self.event["name"], "timestamp": self.timestamp}
        return _encode({**content, "data": data})


def send(webhook: Webhook, message: Message) -> int:
    """Send a message, once; return the status, which is a success.

    Meanwhile no connection to the database is held: the webhook is detached from the
    session, and stays as it was read.

    :raises JobError: the answer is no success, or there is none.
    """
    db.session.expunge(webhook)
    renew_snapshot()
    body, now = message.body(), utcnow()
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Ticketing",
        "webhook-id": message.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": _signature(webhook, message.id, now, body),
    }
    try:
        status = transport.post(webhook.url, headers, body.encode())
    except FAILURES as error:
        raise JobError(type(error).__name__) from error
    if not 200 <= status < 300:
        raise JobError(_name_of(status), status)
    return status


def _signature(webhook: Webhook, message_id: str, now: datetime, body: str) -> str:
    """Return a signature by each secret that signs now."""
    return " ".join(
        standardwebhooks.Webhook(secret).sign(message_id, now, body)
        for secret in webhook.secrets_at(now)
    )


def _name_of(status: int) -> str:
    if status == GONE:
        return "Gone"
    return "Redirect" if 300 <= status < 400 else "BadStatus"
