"""Deliveries to webhooks: enqueue, list and retry them."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Row, bindparam, select

from ticketing.accounts.models import Actor
from ticketing.core.cached import Cached
from ticketing.core.database import db
from ticketing.core.errors import ConflictError, NotFoundError
from ticketing.core.hot import fetch_all, fetch_one
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.text import t
from ticketing.history.models import Stream
from ticketing.jobs import service as jobs
from ticketing.jobs.models import Job, State
from ticketing.jobs.service import NewJob
from ticketing.web.fields import ISO
from ticketing.web.schemas import Serialized
from ticketing.webhooks.models import (
    EVERY_EVENT,
    TICKET_DELETED,
    Webhook,
    lane_of,
    pool_of,
)
from ticketing.webhooks.schemas import STATES, DeliveryState
from ticketing.webhooks.service import get_webhook

ACTIVE_ONES = select(Webhook.id, Webhook.events, Webhook.internal).where(Webhook.active)
ACTIVE = Cached("active_webhooks", lambda: fetch_all(ACTIVE_ONES, {}))

DELIVERIES = select(
    *(Job.id, Job.data, Job.state, Job.attempts, Job.due_at),
    *(Job.last_status, Job.last_error, Job.created_at),
).where(Job.pool == bindparam("pool"))
NEWEST_FIRST = Order("-id", Job.id, Job.id, descending=True)


def list_deliveries(
    actor: Actor, webhook_id: int, state: DeliveryState | None = None, **page: Any
) -> Page[Serialized]:
    """Return a page of a webhook's deliveries, the newest first.

    :param state: only those in this state; ``None`` for all.
    :raises ForbiddenError: ``actor`` may not manage webhooks.
    :raises NotFoundError: there is no such webhook.
    """
    webhook = get_webhook(actor, webhook_id)
    states = [its for its, shown in STATES.items() if state in (None, shown)]
    rows = DELIVERIES.where(Job.state.in_(states)) if state else DELIVERIES
    return Feed(rows, NEWEST_FIRST, _serialize).page(**page, pool=webhook.pool)


def retry_delivery(actor: Actor, webhook_id: int, delivery_id: int) -> Serialized:
    """Try a delivery that has failed again, as if it had never been tried.

    :return: the delivery, as ``DeliverySchema`` describes it.
    :raises ForbiddenError: ``actor`` may not manage webhooks.
    :raises NotFoundError: there is no such webhook, or it has no such delivery.
    :raises ConflictError: it has not failed.
    """
    pool = get_webhook(actor, webhook_id).pool
    _find(pool, delivery_id)
    if not jobs.retry(Job.id == delivery_id, Job.pool == pool):
        raise ConflictError(t("Only a delivery that has failed can be tried again."))
    return _serialize(_find(pool, delivery_id))


def enqueue_entry(ticket_id: int, stream: Stream, seq: int, name: str) -> None:
    """Enqueue an entry of a log for each webhook that wants it."""
    place = {"type": name, "ticket_id": ticket_id, "stream": stream, "seq": seq}
    jobs.enqueue(*_jobs_for(place, is_internal=stream is Stream.STAFF))


def enqueue_deletion(ticket_id: int, actor_id: int) -> None:
    """Enqueue that a ticket was deleted, and drop what still waits of it.

    What is just being sent stays, and holds this back until it has ended.
    """
    webhook_ids = db.session.scalars(select(Webhook.id)).all()
    if not webhook_ids:
        return
    lanes = [lane_of(webhook_id, ticket_id) for webhook_id in webhook_ids]
    jobs.discard(Job.lane.in_(lanes), Job.state == State.DUE)
    event = {"type": TICKET_DELETED, "ticket_id": ticket_id, "actor_id": actor_id}
    jobs.enqueue(*_jobs_for(event, is_internal=False))


def _jobs_for(data: Mapping[str, Any], is_internal: bool) -> Iterator[NewJob]:
    """Return a job for each active webhook that wants an event."""
    for webhook in ACTIVE.get():
        if is_internal and not webhook.internal:
            continue
        if {EVERY_EVENT, data["type"]} & set(webhook.events):
            lane = lane_of(webhook.id, data["ticket_id"])
            its = {"webhook_id": webhook.id, **data}
            yield NewJob(pool_of(webhook.id), its, lane)


def _find(pool: str, delivery_id: int) -> Row[Any]:
    """Return a row of ``DELIVERIES``.

    :param pool: of the webhook.
    :raises NotFoundError: the webhook has no such delivery.
    """
    row = fetch_one(DELIVERIES.where(Job.id == delivery_id), {"pool": pool})
    if row is None:
        raise NotFoundError(t("There is no such delivery."))
    return row


def _serialize(row: Any) -> Serialized:
    """Return a row of ``DELIVERIES`` as ``DeliverySchema`` describes it."""
    waits = row.state is State.DUE
    return Serialized(
        id=row.id,
        type=row.data["type"],
        ticket_id=row.data["ticket_id"],
        state=STATES[row.state].value,
        attempts=row.attempts,
        next_attempt_at=ISO(row.due_at) if waits else None,
        last_status=row.last_status,
        last_error=row.last_error,
        created_at=ISO(row.created_at),
    )
