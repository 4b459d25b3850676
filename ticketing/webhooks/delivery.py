"""The jobs of webhooks: send an entry of a ticket's log, end what waits."""

import time

from ticketing.core.database import db
from ticketing.history.models import Stream
from ticketing.history.service import read_log
from ticketing.jobs.kinds import JobError, job_kind
from ticketing.jobs.models import Job
from ticketing.web.fields import ISO
from ticketing.webhooks import failing, messages
from ticketing.webhooks.messages import GONE, Message
from ticketing.webhooks.models import TICKET_DELETED, Webhook

MAX_RUNNING = 4  # of one webhook


@job_kind("webhook", is_bulk=True, max_running=MAX_RUNNING)
def deliver(job: Job) -> None:
    """Send what a job is about, as it is now.

    :raises JobError: it is not to be sent, or the answer is no success.
    """
    webhook = db.session.get(Webhook, job.data["webhook_id"])
    if webhook is None:  # it was deleted while this was being enqueued
        return
    if not webhook.active:
        raise JobError(failing.SWITCHED_OFF, is_permanent=True)
    message = _message_of(job, webhook)
    try:
        messages.send(webhook, message)
    except JobError as error:
        is_gone = error.status == GONE
        is_active = failing.note_failure(webhook.id, webhook.url, is_gone)
        error.is_permanent = not is_active
        _message_of(job, webhook)  # for good, if its ticket was deleted meanwhile
        raise
    if webhook.failing_since:
        failing.note_success(webhook.id)


@job_kind(failing.CLEANUP, is_bulk=True, max_running=1)
def clean_up(job: Job) -> None:
    """End what waits for a webhook that is deleted or inactive, a batch at a time."""
    while failing.clean_up(job.data["webhook_id"]):
        time.sleep(0)  # under eventlet, others go on in between


def _message_of(job: Job, webhook: Webhook) -> Message:
    """Return what a job is about, from the log: texts may have been erased.

    :raises JobError: it is not there any more, or not for this webhook.
    """
    message_id = f"msg_{job.id}_{int(job.created_at.timestamp())}"
    ticket_id, name = job.data["ticket_id"], job.data["type"]
    if name == TICKET_DELETED:
        created_at = ISO(job.created_at)
        event = {"ticket_id": ticket_id, "name": name}
        event |= {"actor_id": job.data["actor_id"], "created_at": created_at}
        return Message(message_id, created_at, {"id": ticket_id}, event)
    stream, seq = Stream(job.data["stream"]), job.data["seq"]
    if stream is Stream.STAFF and not webhook.internal:
        raise JobError("NotInternal", is_permanent=True)
    entries = read_log(ticket_id, stream, seq - 1, 1)
    if not entries:
        raise JobError("TicketDeleted", is_permanent=True)
    event = dict(entries[0])
    payload = event.pop("payload")
    return Message(message_id, event["created_at"], payload, event)
