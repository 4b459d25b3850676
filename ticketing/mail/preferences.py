"""Use cases of preferences: the kinds of mails that a user wants."""

from collections.abc import Mapping
from typing import Any

from ticketing.accounts.models import Actor, User
from ticketing.core.database import db
from ticketing.core.errors import NotFoundError
from ticketing.core.text import t
from ticketing.core.transaction import transaction
from ticketing.mail import queries, tokens
from ticketing.mail.models import Kind, Preference


def get_preferences(actor: Actor) -> dict[str, dict[Kind, bool]]:
    """Return which mails a user wants, as ``NotificationsSchema`` describes it."""
    return {"email": queries.preferences(actor.id)}


@transaction()
def set_preferences(
    actor: Actor, email: Mapping[str, bool]
) -> dict[str, dict[Kind, bool]]:
    """Change which mails a user wants; return all.

    :param email: whether they want a kind; others stay as they are.
    """
    for name, wanted in email.items():
        _set_preference(actor.id, Kind(name), wanted)
    db.session.flush()
    return get_preferences(actor)


def find_subscription(token: str) -> tuple[User, Kind]:
    """Return the user and the kind of mail that a token can switch off.

    :raises NotFoundError: the token is not one of ours.
    """
    found = tokens.read(token)
    user = db.session.get(User, found[0]) if found else None
    if not found or not user:
        raise NotFoundError(t("This link is not complete, or not one of ours."))
    return user, found[1]


@transaction()
def unsubscribe(token: str) -> tuple[User, Kind]:
    """Switch off a kind of mail for a user, both by a token; return them.

    :raises NotFoundError: the token is not one of ours.
    """
    user, kind = find_subscription(token)
    _set_preference(user.id, kind, wanted=False)
    return user, kind


def _set_preference(user_id: int, kind: Kind, wanted: bool) -> None:
    key: dict[str, Any] = {"user_id": user_id, "kind": kind}
    preference = db.session.get(Preference, (user_id, kind)) or Preference(**key)
    preference.wanted = wanted
    db.session.add(preference)
