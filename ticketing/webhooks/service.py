"""Use cases of webhooks."""

import secrets
from base64 import b64encode
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db, later_than, utcnow
from ticketing.core.errors import InvalidError, NotFoundError, TooManyError
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.text import t
from ticketing.core.transaction import publish, renew_snapshot, transaction
from ticketing.jobs.kinds import JobError
from ticketing.tickets.events import TicketEvent
from ticketing.web.fields import ISO
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import RowSerializer
from ticketing.webhooks import failing, messages, transport
from ticketing.webhooks.addresses import target_of
from ticketing.webhooks.events import WebhooksChanged
from ticketing.webhooks.messages import Message
from ticketing.webhooks.models import EVERY_EVENT, TICKET_DELETED, Webhook
from ticketing.webhooks.schemas import WebhookSchema

MAX_WEBHOOKS = 20
SECRET_BYTES = 32
OLD_SECRET_SIGNS_FOR = timedelta(hours=24)

WEBHOOKS = RowSerializer(WebhookSchema, Webhook)
BY_ID = Order("id", Webhook.id, Webhook.id)


def list_webhooks(actor: Actor, **page: Any) -> Page[Serialized]:
    """Return a page of webhooks, ordered by id.

    :raises ForbiddenError: ``actor`` may not manage webhooks.
    """
    policy.require_webhooks(actor)
    return Feed(select(*WEBHOOKS.columns), BY_ID, WEBHOOKS.serialize).page(**page)


def get_webhook(actor: Actor, webhook_id: int) -> Webhook:
    """Return a webhook.

    :raises ForbiddenError: ``actor`` may not manage webhooks.
    :raises NotFoundError: there is no such webhook.
    """
    policy.require_webhooks(actor)
    return _found(db.session.get(Webhook, webhook_id))


def add_webhook(actor: Actor, **fields: Any) -> Webhook:
    """Create a webhook, with a new secret.

    :param fields: as in a ``WebhookAddSchema``.
    :raises ForbiddenError: ``actor`` may not manage webhooks.
    :raises InvalidError: the URL may not be sent to, or there is no such event.
    :raises TooManyError: there are ``MAX_WEBHOOKS``.
    """
    policy.require_webhooks(actor)
    _require_events(fields["events"], fields["internal"])
    _require_allowed(fields["url"])
    return _add_webhook(actor, fields)


def edit_webhook(actor: Actor, webhook_id: int, **changes: Any) -> Webhook:
    """Change a webhook.

    One that is made inactive is enqueued nothing more, and what waits for it fails.

    :param changes: as in a ``WebhookEditSchema``.
    :raises ForbiddenError: ``actor`` may not manage webhooks.
    :raises NotFoundError: there is no such webhook.
    :raises InvalidError: the URL may not be sent to, or there is no such event.
    """
    webhook = get_webhook(actor, webhook_id)
    if changes.get("url", webhook.url) != webhook.url:
        _require_allowed(changes["url"])
    return _edit_webhook(actor, webhook_id, changes)


@transaction()
def delete_webhook(actor: Actor, webhook_id: int) -> None:
    """Delete a webhook; a worker deletes its deliveries.

    :raises ForbiddenError: ``actor`` may not manage webhooks.
    :raises NotFoundError: there is no such webhook.
    """
    webhook = _lock_webhook(actor, webhook_id)
    db.session.delete(webhook)
    publish(WebhooksChanged())
    failing.enqueue_cleanup(webhook_id)


@transaction()
def rotate_secret(actor: Actor, webhook_id: int) -> Webhook:
    """Give a webhook a new secret; for ``OLD_SECRET_SIGNS_FOR``, both sign.

    :raises ForbiddenError: ``actor`` may not manage webhooks.
    :raises NotFoundError: there is no such webhook.
    """
    webhook = _lock_webhook(actor, webhook_id)
    webhook.old_secret, webhook.secret = webhook.secret, _new_secret()
    webhook.old_secret_expires_at = utcnow() + OLD_SECRET_SIGNS_FOR
    webhook.updated_at = later_than(webhook.updated_at)
    return webhook


def test_webhook(actor: Actor, webhook_id: int) -> dict[str, Any]:
    """Send a webhook ``webhook.test`` now; return a ``TestResultSchema``.

    The result counts neither as a success nor as a failure of the webhook.

    :raises ForbiddenError: ``actor`` may not manage webhooks.
    :raises NotFoundError: there is no such webhook.
    """
    webhook = get_webhook(actor, webhook_id)
    now = ISO(utcnow())
    event = {"name": "webhook.test", "actor_id": actor.id, "created_at": now}
    message = Message(f"msg_test_{uuid4().hex}", now, {"id": webhook.id}, event)
    try:
        status = messages.send(webhook, message)
    except JobError as error:
        return {"delivered": False, "status": error.status, "error": error.name}
    return {"delivered": True, "status": status, "error": None}


@transaction()
def _add_webhook(actor: Actor, fields: Mapping[str, Any]) -> Webhook:
    policy.require_webhooks(actor)
    # Locked, so that of two transactions that add the last one, the second sees it.
    ids = select(Webhook.id).order_by(Webhook.id).with_for_update()
    if len(db.session.scalars(ids).all()) >= MAX_WEBHOOKS:
        too_many = t("There are {limit} webhooks already; delete one first.")
        raise TooManyError(too_many.format(limit=MAX_WEBHOOKS))
    webhook = Webhook(**fields, secret=_new_secret())
    db.session.add(webhook)
    db.session.flush()
    publish(WebhooksChanged())
    return webhook


@transaction()
def _edit_webhook(
    actor: Actor, webhook_id: int, changes: Mapping[str, Any]
) -> Webhook:
    webhook = _lock_webhook(actor, webhook_id)
    was_active, old_url = webhook.active, webhook.url
    for name, value in changes.items():
        setattr(webhook, name, value)
    _require_events(webhook.events, webhook.internal)
    if was_active and not webhook.active:
        failing.enqueue_cleanup(webhook.id)
    is_switched_on = webhook.active and not was_active
    if is_switched_on or webhook.url != old_url:
        webhook.failing_since = None
    webhook.updated_at = later_than(webhook.updated_at)
    publish(WebhooksChanged())
    return webhook


def _require_events(names: list[str], internal: bool) -> None:
    """Check that there are events of these names, and that they may be sent.

    :raises InvalidError: there are not, or only staff may see one.
    """
    staff_only = {kind.name: kind.staff_only for kind in TicketEvent.__subclasses__()}
    staff_only[TICKET_DELETED] = False
    for name in set(names) - {EVERY_EVENT}:
        if name not in staff_only:
            known = ", ".join(sorted(staff_only))
            unknown = t("There is no event {name}; there are {known}.")
            why = unknown.format(name=name, known=known)
            raise InvalidError({"events": [why]})
        if staff_only[name] and not internal:
            refused = t("{name} is for staff only; it needs internal.", name=name)
            raise InvalidError({"events": [refused]})


def _require_allowed(url: str) -> None:
    """Check that a URL may be sent to, as far as its host can be looked up now.

    :raises InvalidError: it may not.
    """
    renew_snapshot()  # looking up holds no connection to the database
    try:
        transport.find(target_of(url))
    except transport.RefusedTargetError as refused:
        raise InvalidError({"url": [refused.args[0]]}) from refused
    except OSError:
        return


def _new_secret() -> str:
    key = secrets.token_bytes(SECRET_BYTES)
    return f"whsec_{b64encode(key).decode()}"


def _lock_webhook(actor: Actor, webhook_id: int) -> Webhook:
    policy.require_webhooks(actor)
    return _found(failing.lock(webhook_id))


def _found(webhook: Webhook | None) -> Webhook:
    if webhook is None:
        raise NotFoundError(t("There is no such webhook."))
    return webhook
