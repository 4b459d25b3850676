"""Webhooks over HTTP."""

from typing import Any

from ticketing import policy
from ticketing.core.auth import current_user
from ticketing.core.errors import ConflictError, TooManyError, TooManyRequestsError
from ticketing.core.idempotency import Created
from ticketing.core.pages import Page
from ticketing.web.blueprint import Blueprint
from ticketing.web.limits import per_caller
from ticketing.web.schemas import Serialized
from ticketing.webhooks import deliveries, service
from ticketing.webhooks.models import Webhook
from ticketing.webhooks.schemas import (
    DeliveriesQuery,
    DeliverySchema,
    TestResultSchema,
    WebhookAddSchema,
    WebhookEditSchema,
    WebhookSchema,
    WebhooksQuery,
    WebhookWithSecretSchema,
)

ALL = "/webhooks"
ONE = f"{ALL}/<id:webhook_id>"
RETRY = f"{ONE}/deliveries/<id:delivery_id>/retry"
ADMINS = policy.require_webhooks
TESTS = "10 per minute"  # of an admin

bp = Blueprint("webhooks", __name__, description="URLs that are sent events")


@bp.get(ALL, guard=ADMINS)
@bp.arguments(WebhooksQuery, location="query")
@bp.page(WebhookSchema)
def index(query: dict[str, Any]) -> Page[Serialized]:
    """List webhooks, ordered by id."""
    return service.list_webhooks(current_user(), **query)


@bp.post(ALL, guard=ADMINS, errors=[TooManyError])
@bp.arguments(WebhookAddSchema)
@bp.created(WebhookWithSecretSchema, "/api/webhooks/{0.id}")
def add(data: dict[str, Any]) -> Created[Webhook]:
    """Create a webhook; there may be 20.

    Only this answer, and that to a new secret, has the secret.
    """
    return Created(service.add_webhook(current_user(), **data))


@bp.get(ONE, guard=ADMINS)
@bp.response(200, WebhookSchema)
def show(webhook_id: int) -> Webhook:
    """Show a webhook, without its secret."""
    return service.get_webhook(current_user(), webhook_id)


@bp.patch(ONE, guard=ADMINS)
@bp.arguments(WebhookEditSchema)
@bp.response(200, WebhookSchema)
def edit(data: dict[str, Any], webhook_id: int) -> Webhook:
    """Change a webhook; its secret stays."""
    return service.edit_webhook(current_user(), webhook_id, **data)


@bp.delete(ONE, guard=ADMINS)
@bp.response(204)
def delete(webhook_id: int) -> None:
    """Delete a webhook, and its deliveries."""
    service.delete_webhook(current_user(), webhook_id)


@bp.post(f"{ONE}/rotate-secret", guard=ADMINS)
@bp.response(200, WebhookWithSecretSchema)
def rotate_secret(webhook_id: int) -> Webhook:
    """Make a new secret; for 24 hours, the old one signs as well."""
    return service.rotate_secret(current_user(), webhook_id)


@bp.post(f"{ONE}/test", guard=ADMINS, errors=[TooManyRequestsError])
@per_caller(TESTS)
@bp.response(200, TestResultSchema)
def test(webhook_id: int) -> dict[str, Any]:
    """Send `webhook.test` now, and answer whether it was delivered.

    An admin may do it 10 times a minute; it takes 10 seconds at most.
    """
    return service.test_webhook(current_user(), webhook_id)


@bp.get(f"{ONE}/deliveries", guard=ADMINS)
@bp.arguments(DeliveriesQuery, location="query")
@bp.page(DeliverySchema)
def index_deliveries(query: dict[str, Any], webhook_id: int) -> Page[Serialized]:
    """List what a webhook was sent, or is to be, the newest first.

    What was delivered is listed for 7 days.
    """
    return deliveries.list_deliveries(current_user(), webhook_id, **query)


@bp.post(RETRY, guard=ADMINS, errors=[ConflictError])
@bp.response(202, DeliverySchema)
def retry(webhook_id: int, delivery_id: int) -> Serialized:
    """Try a delivery that has failed again."""
    return deliveries.retry_delivery(current_user(), webhook_id, delivery_id)
