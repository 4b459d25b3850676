"""Use cases of tags."""

from collections.abc import Collection

from sqlalchemy import delete, select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.core.database import db, fold
from ticketing.core.errors import ForbiddenError, InvalidError
from ticketing.core.text import t
from ticketing.core.transaction import publish, transaction
from ticketing.tags.events import TicketTagged
from ticketing.tags.models import Tag, TicketTag
from ticketing.tickets.access import find_ticket, lock_ticket
from ticketing.tickets.schemas import MAX_TAGS

Tags = dict[str, Tag]  # by their keys


def require_tagging(actor: Actor, ticket_id: int) -> None:
    """Check that ``actor`` may tag a ticket, before reading the request.

    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` sees it, and may not tag tickets.
    """
    if not policy.may_tag(actor):
        find_ticket(actor, ticket_id)
        raise ForbiddenError


@transaction()
def set_tags(
    actor: Actor, ticket_id: int, tags: Collection[str]
) -> dict[str, list[str]]:
    """Set all tags of a ticket; return them as ``TicketTagsSchema`` describes them.

    :param tags: names; those of the same key are one tag.
    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` may not tag tickets.
    """
    current = _lock_tags(actor, ticket_id)
    wanted = _find_or_add(tags)
    _replace(actor, ticket_id, current, wanted)
    return {"tags": _names(wanted)}


@transaction()
def change_tags(
    actor: Actor, ticket_id: int, add: Collection[str], remove: Collection[str]
) -> None:
    """Add tags to a ticket, and remove others.

    :raises NotFoundError: ``actor`` can see no such ticket.
    :raises ForbiddenError: ``actor`` may not tag tickets.
    :raises InvalidError: the ticket would have more than ``MAX_TAGS``.
    """
    current = _lock_tags(actor, ticket_id)
    removed = set(map(fold, remove))
    kept = {key: tag for key, tag in current.items() if key not in removed}
    wanted = kept | _find_or_add(add)
    if len(wanted) > MAX_TAGS:
        too_many = t("A ticket has {count} tags at most.", count=MAX_TAGS)
        raise InvalidError({"tags_add": [too_many]})
    _replace(actor, ticket_id, current, wanted)


def _lock_tags(actor: Actor, ticket_id: int) -> Tags:
    """Lock a ticket, and so its tags; return the tags."""
    ticket = lock_ticket(actor, ticket_id)
    policy.require(policy.may_tag(actor))
    tags = select(Tag).join(TicketTag, TicketTag.tag_id == Tag.id)
    found = db.session.scalars(tags.where(TicketTag.ticket_id == ticket.id))
    return {tag.key: tag for tag in found}


def _find_or_add(names: Collection[str]) -> Tags:
    """Return the tags with some names; add those that do not exist.

    If another transaction adds one first, the current one is retried.
    """
    named = {fold(name): name for name in reversed([*names])}  # the first one counts
    found = db.session.scalars(select(Tag).where(Tag.key.in_(named)))
    tags = {tag.key: tag for tag in found}
    # In a fixed order: otherwise two transactions that add the same tags may deadlock.
    for key in sorted(named.keys() - tags.keys()):
        tags[key] = Tag(name=named[key])
        db.session.add(tags[key])
    db.session.flush()
    return tags


def _replace(actor: Actor, ticket_id: int, current: Tags, wanted: Tags) -> None:
    added = {key: tag for key, tag in wanted.items() if key not in current}
    removed = {key: tag for key, tag in current.items() if key not in wanted}
    if not added and not removed:
        return
    gone = TicketTag.tag_id.in_([tag.id for tag in removed.values()])
    db.session.execute(delete(TicketTag).where(TicketTag.ticket_id == ticket_id, gone))
    for tag in added.values():
        db.session.add(TicketTag(ticket_id=ticket_id, tag_id=tag.id))
    db.session.flush()
    payload = {
        "tags": _names(wanted),
        "added": _names(added),
        "removed": _names(removed),
    }
    publish(TicketTagged(ticket_id, actor.id, payload, internal=True))


def _names(tags: Tags) -> list[str]:
    return [tags[key].name for key in sorted(tags)]
