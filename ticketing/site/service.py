"""The configuration of the service, for clients."""

from typing import Any

from ticketing.accounts.demo_accounts import DEMO_ACCOUNTS
from ticketing.core.settings import sends_mail, setting
from ticketing.core.text import Language
from ticketing.tickets.content_types import ALLOWED_TYPES
from ticketing.tickets.models import Priority, Status


def get_config() -> dict[str, Any]:
    """Return the configuration as a ``ConfigSchema`` describes it."""
    is_demo = setting("TICKETING_ENV") == "development"
    return {
        "name": setting("SERVICE_NAME"),
        "languages": [*Language],
        "registration": True,
        "mail": sends_mail(),
        "password_min_length": setting("PASSWORD_MIN_LENGTH"),
        "attachment": {
            "max_bytes": setting("ATTACHMENT_BYTES"),
            "types": [*ALLOWED_TYPES],
        },
        "priorities": [*Priority],
        "statuses": [*Status],
        "demo_accounts": DEMO_ACCOUNTS if is_demo else (),
    }
