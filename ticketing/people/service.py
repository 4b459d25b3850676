"""Erase the data of users whose accounts are closed."""

import time

from sqlalchemy import delete, select
from sqlalchemy.orm import InstrumentedAttribute

from ticketing.accounts.models import Link, SecurityNotice, Token
from ticketing.canned_responses.models import CannedResponse
from ticketing.core.database import db, empty_log
from ticketing.core.idempotency import IdempotencyRecord
from ticketing.core.transaction import transaction
from ticketing.files.models import File
from ticketing.files.service import delete_files
from ticketing.mail.models import Preference
from ticketing.people import histories, writings
from ticketing.search.service import merge_index
from ticketing.views.models import View

BATCH_SIZE = 1000  # rows that are deleted together

# Rows that belong to the user alone. Those shared with colleagues stay.
BELONGINGS: dict[type, InstrumentedAttribute[int]] = {
    Token: Token.user_id,
    Link: Link.user_id,
    SecurityNotice: SecurityNotice.user_id,
    Preference: Preference.user_id,
    View: View.owner_id,
    CannedResponse: CannedResponse.owner_id,
}


def erase(user_id: int) -> None:
    """Erase the data of a user whose account is closed.

    Each part is erased in a transaction of its own, while others read and write. Data
    that was erased before is read, but not written. The texts that the user wrote for
    support, on tickets of others, stay, without the name and the keys of messages.
    """
    _delete_belongings(user_id)
    while _delete_keys(user_id) == BATCH_SIZE:
        pass
    for ticket_id in histories.own_tickets(user_id):
        writings.erase_replies(user_id, ticket_id)
        writings.erase_files(user_id, ticket_id)
        writings.erase_ticket(ticket_id)
        histories.erase_history(user_id, ticket_id, is_own=True)
        time.sleep(0)  # let other green threads run
    for find in (histories.tickets_acted_on, histories.tickets_assigned):
        for ticket_id in find(user_id):
            writings.erase_keys(user_id, ticket_id)
            histories.erase_history(user_id, ticket_id, is_own=False)
            time.sleep(0)
    merge_index()
    empty_log()


@transaction()
def _delete_belongings(user_id: int) -> None:
    for model, owner_id in BELONGINGS.items():
        own = [owner_id == user_id]
        if issubclass(model, (View, CannedResponse)):
            own.append(~model.shared)
        db.session.execute(delete(model).where(*own))
    delete_files(File.user_id == user_id, File.expires_at.is_not(None))  # not sent


@transaction()
def _delete_keys(user_id: int) -> int:
    """Delete up to ``BATCH_SIZE`` idempotency keys; return how many."""
    own = IdempotencyRecord.user_id == user_id
    some = select(IdempotencyRecord.key).where(own).limit(BATCH_SIZE)
    keys = db.session.scalars(some).all()
    if keys:
        named = IdempotencyRecord.key.in_(keys)
        db.session.execute(delete(IdempotencyRecord).where(own, named))
    return len(keys)
