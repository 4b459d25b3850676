"""Erase a user from the payloads of a ticket's history."""

from collections.abc import Mapping
from typing import Any

from ticketing.accounts.models import DELETED_NAME
from ticketing.tickets.changes import DELETED_SUBJECT

PROFILE = {"id", "name", "role"}
# The fields of a comment or message that its author wrote, and their replacements.
WRITTEN: dict[str, Any] = {
    **dict.fromkeys(("content", "message", "client_id")),
    "files": [],
}
TEXTS = {"subject", "description", "attachment"}
KEPT = (None, "", DELETED_SUBJECT)
RULE_APPLIED = "rule.applied"


def erase(
    name: str, payload: Mapping[str, Any], user_id: int, is_own: bool
) -> dict[str, Any]:
    """Return a payload without a user's name, key, and texts on their own ticket.

    A payload that was erased before stays the same.

    :param name: that of the event.
    :param is_own: whether the ticket is the user's.
    """
    erased: dict[str, Any] = _without_name(payload, user_id)
    if not is_own:
        has_key = erased.get("user_id") == user_id and "client_id" in erased
        return erased | {"client_id": None} if has_key else erased
    if name == RULE_APPLIED:
        return erased | {"why": [_without_found_words(each) for each in erased["why"]]}
    if "subject" in erased:
        return _without_texts(erased)
    if erased.get("user_id") == user_id:
        return erased | {key: WRITTEN[key] for key in WRITTEN.keys() & erased.keys()}
    return erased


def _without_name(value: Any, user_id: int) -> Any:
    """Replace the user's name in each profile of theirs, however deep it is nested."""
    if isinstance(value, list):
        return [_without_name(item, user_id) for item in value]
    if not isinstance(value, Mapping):
        return value
    if value.get("id") == user_id and PROFILE <= value.keys():
        return {**value, "name": DELETED_NAME}
    return {key: _without_name(item, user_id) for key, item in value.items()}


def _without_texts(ticket: dict[str, Any]) -> dict[str, Any]:
    """Erase the texts of a ticket, and those among its ``changes``."""
    ticket = _without_values(ticket)
    if "changes" in ticket:
        changes = {
            field: [_without_values({field: value})[field] for value in old_and_new]
            for field, old_and_new in ticket["changes"].items()
        }
        ticket = ticket | {"changes": changes}
    return ticket


def _without_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(fields)
    for name in TEXTS & values.keys():
        if values[name] not in KEPT:
            values[name] = None
    if values.get("rating"):
        values["rating"] = values["rating"] | {"comment": None}
    return values


def _without_found_words(reason: Mapping[str, Any]) -> dict[str, Any]:
    """Erase the words of a condition that were found in the ticket's text."""
    return {**reason, "value": []} if reason["condition"] == "words" else {**reason}
