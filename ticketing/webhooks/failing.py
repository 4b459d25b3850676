"""Webhooks that fail: switch them off after a time, and end what waits for them."""

from datetime import timedelta

from sqlalchemy import select

from ticketing.core.database import db, utcnow
from ticketing.core.transaction import publish, transaction
from ticketing.jobs import service as jobs
from ticketing.jobs.models import Job
from ticketing.jobs.service import NewJob
from ticketing.webhooks.events import WebhooksChanged, WebhookSwitchedOff
from ticketing.webhooks.models import Webhook, pool_of

FAILING_FOR = timedelta(days=5)  # after which a webhook is switched off
SWITCHED_OFF = "WebhookInactive"  # why a job failed
CLEANUP = "webhook_cleanup"  # a kind of job


def lock(webhook_id: int) -> Webhook | None:
    """Return a webhook as it is now, locked; ``None`` if there is none."""
    locked = select(Webhook).where(Webhook.id == webhook_id).with_for_update()
    fresh = locked.execution_options(populate_existing=True)
    return db.session.scalar(fresh)


@transaction()
def note_success(webhook_id: int) -> None:
    """Note that a webhook does not fail any more."""
    webhook = lock(webhook_id)
    if webhook:
        webhook.failing_since = None


@transaction()
def note_failure(webhook_id: int, url: str, is_gone: bool) -> bool:
    """Note that a webhook failed; switch it off after ``FAILING_FOR``, or at once.

    :param url: where it failed, which counts only if it is not replaced by now.
    :param is_gone: whether the other side wants no more.
    :return: whether it is active still.
    """
    webhook, now = lock(webhook_id), utcnow()
    if webhook is None or not webhook.active:
        return False
    if webhook.url != url:
        return True
    webhook.failing_since = webhook.failing_since or now
    if is_gone or now - webhook.failing_since >= FAILING_FOR:
        webhook.active = False
        publish(WebhooksChanged())
        enqueue_cleanup(webhook.id)
        publish(WebhookSwitchedOff(webhook.id))
    return webhook.active


@transaction()
def clean_up(webhook_id: int) -> int:
    """End some of what waits for a webhook that may be sent nothing more.

    Deliveries of a deleted one are deleted, those of an inactive one fail. If it is
    active again, they stay.

    :return: how many they were; 0 if none is left.
    """
    webhook, its = lock(webhook_id), Job.pool == pool_of(webhook_id)
    if webhook is None:
        return jobs.discard_some(its)
    return 0 if webhook.active else jobs.fail_some(SWITCHED_OFF, its)


def enqueue_cleanup(webhook_id: int) -> None:
    """Enqueue the job that ends what waits, of which there may be very much."""
    jobs.enqueue(NewJob(CLEANUP, {"webhook_id": webhook_id}))
