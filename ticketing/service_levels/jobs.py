"""The job that recounts tickets after a change of policies."""

from ticketing.jobs.kinds import job_kind
from ticketing.jobs.models import Job
from ticketing.service_levels import service


@job_kind(service.RECOUNT, max_running=1)
def recount(job: Job) -> None:
    """Recount the tickets whose policy has changed."""
    service.recount_outdated()
