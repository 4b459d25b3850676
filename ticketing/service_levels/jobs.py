"""The job that follows changes of policies."""

from ticketing.jobs.kinds import job_kind
from ticketing.jobs.models import Job
from ticketing.service_levels import service


@job_kind(service.RECOUNT, max_running=1)
def recount(job: Job) -> None:
    """Count the tickets that have another policy now."""
    service.recount_outdated()
