"""Enqueue the jobs of accounts."""

from ticketing.accounts.events import PasswordForgotten
from ticketing.accounts.recovery import FORGOTTEN
from ticketing.core.transaction import during
from ticketing.jobs import service as jobs
from ticketing.jobs.service import NewJob


@during(PasswordForgotten)
def enqueue_answer(forgotten: PasswordForgotten) -> None:
    """Enqueue the job, whether or not there is a user."""
    jobs.enqueue(NewJob(FORGOTTEN, {"user_id": forgotten.user_id}))
