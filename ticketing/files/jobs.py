"""The kind of job that draws previews."""

from ticketing.files import images
from ticketing.jobs.kinds import job_kind
from ticketing.jobs.models import Job

MAX_RUNNING = 1  # a job may use a whole processor, and 256 MiB


@job_kind("preview", is_bulk=True, max_running=MAX_RUNNING)
def make_preview(job: Job) -> None:
    """Draw a preview."""
    images.make_preview(job.data)
