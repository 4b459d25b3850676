"""Use cases of canned responses."""

from typing import Any

from sqlalchemy import Select, or_, select

from ticketing import policy
from ticketing.accounts.models import Actor
from ticketing.canned_responses.models import CannedResponse
from ticketing.canned_responses.placeholders import fill
from ticketing.canned_responses.schemas import CannedResponseSchema
from ticketing.core.database import db, fold
from ticketing.core.errors import InvalidError, NotFoundError
from ticketing.core.pages import Feed, Order, Page
from ticketing.core.sharing import require_fewer
from ticketing.core.text import t
from ticketing.core.transaction import transaction
from ticketing.tickets.queries import get_ticket
from ticketing.web.schemas import Serialized
from ticketing.web.serializer import RowSerializer

MAX_CANNED_RESPONSES = 1000  # shared ones, and of each admin's own

CANNED_RESPONSES = RowSerializer(CannedResponseSchema, CannedResponse)
BY_ID = Order("id", CannedResponse.id, CannedResponse.id)


def list_canned_responses(actor: Actor, **page: Any) -> Page[Serialized]:
    """Return a page of shared canned responses and ``actor``'s own, ordered by id."""
    usable = policy.is_shared_or_own(actor, CannedResponse)
    rows = select(*CANNED_RESPONSES.columns).where(usable)
    return Feed(rows, BY_ID, CANNED_RESPONSES.serialize).page(**page)


def get_canned_response(actor: Actor, response_id: int) -> CannedResponse:
    """Return a canned response.

    :raises NotFoundError: there is no such response, or it is another admin's own.
    """
    return _found(_usable(actor, response_id))


def fill_canned_response(
    actor: Actor, response_id: int, ticket_id: int
) -> dict[str, str]:
    """Return the text of a canned response for a ticket, as a ``FilledSchema``.

    :raises NotFoundError: ``actor`` can see no such canned response, or no such ticket.
    """
    response = get_canned_response(actor, response_id)
    ticket = get_ticket(actor, ticket_id)
    values = {
        "customer.name": ticket["user"]["name"],
        "ticket.id": str(ticket.id),
        "ticket.subject": ticket["subject"],
        "agent.name": actor.name,
    }
    return {"text": fill(response.text, values)}


@transaction()
def add_canned_response(actor: Actor, **fields: Any) -> CannedResponse:
    """Create a canned response.

    :param fields: as in a ``CannedResponseAddSchema``.
    :raises ForbiddenError: ``actor`` may not manage canned responses.
    :raises TooManyError: there are ``MAX_CANNED_RESPONSES`` of its kind.
    :raises InvalidError: the shortcut is taken.
    """
    policy.require_canned_responses(actor)
    require_fewer(CannedResponse, actor.id, fields["shared"], MAX_CANNED_RESPONSES)
    response = CannedResponse(owner_id=actor.id, **fields)
    _set_shortcut(actor, response)
    db.session.add(response)
    db.session.flush()
    return response


@transaction()
def edit_canned_response(
    actor: Actor, response_id: int, **changes: Any
) -> CannedResponse:
    """Change a canned response.

    :param changes: as in a ``CannedResponseEditSchema``.
    :raises ForbiddenError: ``actor`` may not manage canned responses.
    :raises NotFoundError: there is no such response, or it is another admin's own.
    :raises TooManyError: there are ``MAX_CANNED_RESPONSES`` of the kind it becomes.
    :raises InvalidError: the shortcut is taken.
    """
    response = _lock(actor, response_id)
    shared = changes.get("shared", response.shared)
    with db.session.no_autoflush:
        if shared != response.shared:
            require_fewer(CannedResponse, actor.id, shared, MAX_CANNED_RESPONSES)
            response.owner_id = actor.id  # or nobody has that of one who is gone
        for name, value in changes.items():
            setattr(response, name, value)
        _set_shortcut(actor, response)
    db.session.flush()
    return response


@transaction()
def delete_canned_response(actor: Actor, response_id: int) -> None:
    """Delete a canned response.

    :raises ForbiddenError: ``actor`` may not manage canned responses.
    :raises NotFoundError: there is no such response, or it is another admin's own.
    """
    db.session.delete(_lock(actor, response_id))


def _set_shortcut(actor: Actor, response: CannedResponse) -> None:
    """Set the keys of a shortcut, unless a usable response of ``actor`` has it.

    If the shortcut does not change, it is not checked: a colleague may have shared a
    response with the same shortcut since.

    :raises InvalidError: the shortcut is taken.
    """
    key = fold(response.shortcut)
    shared_key = key if response.shared else None
    if (response.shortcut_key, response.shared_key) == (key, shared_key):
        return
    others = select(CannedResponse.id).where(
        CannedResponse.shortcut_key == key,
        or_(
            policy.is_shared_or_own(actor, CannedResponse),
            CannedResponse.owner_id == response.owner_id,
        ),
    )
    if set(db.session.scalars(others)) - {response.id}:
        raise InvalidError({"shortcut": [t("Has already been taken.")]})
    response.shortcut_key = key
    response.shared_key = shared_key


def _usable(actor: Actor, response_id: int) -> Select[CannedResponse]:
    usable = policy.is_shared_or_own(actor, CannedResponse)
    return select(CannedResponse).where(CannedResponse.id == response_id, usable)


def _lock(actor: Actor, response_id: int) -> CannedResponse:
    policy.require_canned_responses(actor)
    return _found(_usable(actor, response_id).with_for_update())


def _found(statement: Select[CannedResponse]) -> CannedResponse:
    response = db.session.scalar(statement)
    if response is None:
        raise NotFoundError(t("There is no such canned response."))
    return response
