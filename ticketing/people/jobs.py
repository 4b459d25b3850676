"""The kind of job that erases the data of a user."""

from ticketing.jobs.kinds import job_kind
from ticketing.jobs.models import Job
from ticketing.people import service

ERASURE = "erasure"


@job_kind(ERASURE, is_bulk=True, max_running=1)
def erase(job: Job) -> None:
    """Erase the data of a user whose account was closed."""
    service.erase(job.data["user_id"])
