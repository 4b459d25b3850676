"""Enqueue the jobs that erase the data of a user whose account was closed."""

from datetime import timedelta

from ticketing.accounts.events import AccountClosed
from ticketing.core.database import utcnow
from ticketing.core.transaction import during
from ticketing.jobs import service as jobs
from ticketing.jobs.service import NewJob
from ticketing.people.jobs import ERASURE

# The later jobs erase what transactions have written that had begun before the account
# was closed. None of these waits longer than the last delay for a lock.
DELAYS_S = (0, 20, 120)


@during(AccountClosed)
def plan_erasure(closed: AccountClosed) -> None:
    """Enqueue an erasure now, and others for the data that is written meanwhile."""
    now, data = utcnow(), {"user_id": closed.user_id}
    for seconds in DELAYS_S:
        due_at = now + timedelta(seconds=seconds)
        jobs.enqueue(NewJob(ERASURE, data, due_at=due_at))
