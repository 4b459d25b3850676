"""Plan to erase what a user has left whose account was closed."""

from datetime import timedelta

from ticketing.accounts.events import AccountClosed
from ticketing.core.database import utcnow
from ticketing.core.transaction import during
from ticketing.jobs import service as jobs
from ticketing.jobs.service import NewJob
from ticketing.people.jobs import ERASURE

# A transaction that had begun before the account was closed may commit after the first
# time. None waits longer than the last one for a lock.
AGAIN_AFTER_S = (0, 20, 120)


@during(AccountClosed)
def plan_erasure(closed: AccountClosed) -> None:
    """Enqueue the jobs that erase it: at once, and for what is written meanwhile."""
    now, data = utcnow(), {"user_id": closed.user_id}
    for seconds in AGAIN_AFTER_S:
        due_at = now + timedelta(seconds=seconds)
        jobs.enqueue(NewJob(ERASURE, data, due_at=due_at))
