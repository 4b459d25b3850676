"""Enqueue the jobs of accounts."""

import random
from datetime import timedelta

from ticketing.accounts.events import PasswordForgotten
from ticketing.accounts.recovery import FORGOTTEN
from ticketing.core.database import utcnow
from ticketing.core.settings import sends_mail
from ticketing.core.transaction import during
from ticketing.jobs import service as jobs
from ticketing.jobs.service import NewJob

# A job without delay would slow down the next request, and by some milliseconds more if
# there is a user: this would reveal who has an account.
MAX_DELAY_S = 5.0


@during(PasswordForgotten)
def enqueue_reset(forgotten: PasswordForgotten) -> None:
    """Enqueue the job, whether there is a user or not, if the service sends mails."""
    if not sends_mail():
        return
    due_at = utcnow() + timedelta(seconds=random.uniform(0, MAX_DELAY_S))
    jobs.enqueue(NewJob(FORGOTTEN, {"user_id": forgotten.user_id}, due_at=due_at))
