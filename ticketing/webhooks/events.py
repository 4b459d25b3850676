"""Events of webhooks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class WebhooksChanged:
    """A webhook was created, changed, deleted or switched off."""


@dataclass(frozen=True)
class WebhookSwitchedOff:
    """A webhook was switched off: it only failed for days, or answered 410."""

    webhook_id: int
