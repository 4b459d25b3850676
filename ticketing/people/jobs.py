"""The kind of jobs that erase what users have left."""

from ticketing.jobs.kinds import job_kind
from ticketing.jobs.models import Job
from ticketing.people import service

ERASURE = "erasure"


@job_kind(ERASURE, is_bulk=True, max_running=1)
def erase(job: Job) -> None:
    """Erase what a user has left."""
    service.erase(job.data["user_id"])
