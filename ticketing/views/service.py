"""Use cases of views."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db
from ticketing.core.errors import InvalidError, NotFoundError
from ticketing.core.pages import Page
from ticketing.core.sharing import require_fewer
from ticketing.core.text import t
from ticketing.core.transaction import transaction
from ticketing.tickets.queries import count_tickets
from ticketing.views.built_in import FOR_CUSTOMERS, FOR_SUPPORT
from ticketing.views.models import View
from ticketing.views.schemas import filters_of
from ticketing.web.schemas import Serialized

MAX_VIEWS = 100  # shared ones, and of each admin's own
BUILT_IN, SHARED, OWN = range(3)  # the order of a list
PLACE = re.compile(r"([0-2])\.([0-9]{1,18})")

Place = tuple[int, int]
FIRST: Place = (0, -1)


class Listed(NamedTuple):
    """A view, and its place in the list: its kind, and its number within the kind."""

    place: Place
    id: int | None
    key: str | None
    name: str
    query: Mapping[str, str]
    shared: bool


def list_views(actor: Actor, limit: int, cursor: str | None = None) -> Page[Serialized]:
    """Return a page of views: built-in ones, then shared ones, then ``actor``'s own.

    :raises InvalidError: ``cursor`` is not one of this list.
    """
    after = FIRST if cursor is None else _place_at(cursor)
    following = [view for view in _all(actor) if view.place > after]
    views = following[:limit]
    has_more = len(following) > len(views)
    next_cursor = "{}.{}".format(*views[-1].place) if has_more else None
    return Page(_counted(actor, views), [], next_cursor, "cursor")


def get_view(actor: Actor, view_id: int) -> Serialized:
    """Return a view that was saved.

    :raises NotFoundError: there is no such view, or it is another's own.
    """
    view = db.session.scalar(_usable(actor).where(View.id == view_id))
    return _serialize(actor, _found(view))


def add_view(actor: Actor, **fields: Any) -> Serialized:
    """Save a view.

    :param fields: as in a ``ViewAddSchema``.
    :raises ForbiddenError: ``actor`` may not save views.
    :raises TooManyError: there are ``MAX_VIEWS`` of its kind.
    """
    return _serialize(actor, _add_view(actor, fields))


def edit_view(actor: Actor, view_id: int, **changes: Any) -> Serialized:
    """Change a view.

    :param changes: as in a ``ViewEditSchema``.
    :raises ForbiddenError: ``actor`` may not save views.
    :raises NotFoundError: there is no such view, or it is another's own.
    :raises TooManyError: there are ``MAX_VIEWS`` of the kind that it becomes.
    """
    return _serialize(actor, _edit_view(actor, view_id, changes))


@transaction()
def delete_view(actor: Actor, view_id: int) -> None:
    """Delete a view.

    :raises ForbiddenError: ``actor`` may not save views.
    :raises NotFoundError: there is no such view, or it is another's own.
    """
    db.session.delete(_lock_view(actor, view_id))


@transaction()
def _add_view(actor: Actor, fields: Mapping[str, Any]) -> View:
    policy.require_view_management(actor)
    require_fewer(View, actor.id, fields["shared"], MAX_VIEWS)
    view = View(owner_id=actor.id, **fields)
    db.session.add(view)
    db.session.flush()
    return view


@transaction()
def _edit_view(actor: Actor, view_id: int, changes: Mapping[str, Any]) -> View:
    view = _lock_view(actor, view_id)
    shared = changes.get("shared", view.shared)
    if shared != view.shared:
        require_fewer(View, actor.id, shared, MAX_VIEWS)
        view.owner_id = actor.id  # or nobody has one of a colleague who is gone
    for name, value in changes.items():
        setattr(view, name, value)
    return view


def _lock_view(actor: Actor, view_id: int) -> View:
    policy.require_view_management(actor)
    locked = _usable(actor).where(View.id == view_id).with_for_update()
    return _found(db.session.scalar(locked))


def _usable(actor: Actor) -> Any:
    return select(View).where(policy.is_shared_or_own(actor, View))


def _found(view: View | None) -> View:
    if view is None:
        raise NotFoundError(t("There is no such view."))
    return view


def _all(actor: Actor) -> Iterator[Listed]:
    """Yield the views that ``actor`` may use, in the order of the list."""
    built_in = FOR_SUPPORT if policy.sees_every_ticket(actor) else FOR_CUSTOMERS
    for number, view in enumerate(built_in):
        yield Listed((BUILT_IN, number), None, view.key, view.name, view.query, False)
    if policy.may_save_views(actor):
        saved = _usable(actor).order_by(View.shared.desc(), View.id)
        yield from map(_listed, db.session.scalars(saved))


def _listed(view: View) -> Listed:
    place = (SHARED if view.shared else OWN, view.id)
    return Listed(place, view.id, None, view.name, view.query, view.shared)


def _serialize(actor: Actor, view: View) -> Serialized:
    [serialized] = _counted(actor, [_listed(view)])
    return serialized


def _counted(actor: Actor, views: Sequence[Listed]) -> list[Serialized]:
    """Return views with their counts, as ``ViewSchema`` describes them."""
    counts = count_tickets(actor, [filters_of(view.query) for view in views])
    return [
        Serialized(
            id=view.id,
            key=view.key,
            name=view.name,
            query=dict(view.query),
            shared=view.shared,
            count=count,
        )
        for view, count in zip(views, counts, strict=True)
    ]


def _place_at(cursor: str) -> Place:
    found = PLACE.fullmatch(cursor)
    if not found:
        raise InvalidError({"cursor": [t("Not the next of such a list.")]})
    return int(found[1]), int(found[2])
