"""Delete unused and orphaned files."""

from sqlalchemy import select

from ticketing.core import storage
from ticketing.core.database import db, utcnow
from ticketing.core.transaction import transaction
from ticketing.files.models import File
from ticketing.files.service import delete_files
from ticketing.tickets.models import Ticket

BATCH_SIZE = 100
# A newer file may belong to a request that has not committed yet.
PRUNE_AFTER_S = 3600.0


def prune_unused() -> int:
    """Delete files that no comment or message has used in time; return how many."""
    pruned = 0
    while batch := _delete_some():
        pruned += batch
    return pruned


def prune_orphans() -> int:
    """Delete files in the storage that no row names; return how many."""
    # List the files first: a file that is committed in between would seem unused.
    old = set(storage.keys(older_than_s=PRUNE_AFTER_S))
    used = {*db.session.scalars(select(Ticket.attachment_key))}
    orphans = old - used - {*db.session.scalars(select(File.key))}
    for key in orphans:
        storage.remove(key)
    return len(orphans)


@transaction()
def _delete_some() -> int:
    expired = select(File.id).where(File.expires_at <= utcnow()).limit(BATCH_SIZE)
    ids = db.session.scalars(expired.with_for_update(skip_locked=True)).all()
    delete_files(File.id.in_(ids))
    return len(ids)
