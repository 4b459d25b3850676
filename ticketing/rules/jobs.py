"""The kind of job that runs a round of rules."""

from ticketing.jobs.kinds import job_kind
from ticketing.jobs.models import Job
from ticketing.rules import rounds


@job_kind(rounds.POOL)
def run_round(job: Job) -> None:
    """Try the rules of an occasion on a ticket."""
    rounds.run_round(job)
