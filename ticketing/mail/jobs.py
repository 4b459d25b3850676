"""The kinds of jobs of mails."""

from ticketing.jobs.kinds import job_kind
from ticketing.jobs.models import Job
from ticketing.mail import delivery, service
from ticketing.mail.models import Kind
from ticketing.tickets.models import Side

# Of either kind, in all workers: a server that hangs leaves places to other jobs.
MAX_SENDING = 6


@job_kind("mail", max_running=MAX_SENDING)
def deliver(job: Job) -> None:
    """Send one mail to one user.

    One of a lane is for whoever is a reader of the ticket when it is sent.
    """
    if job.lane is None or service.mail_new_readers(job):
        delivery.deliver(job.data)


@job_kind("account_mail", max_running=MAX_SENDING)
def deliver_account_mail(job: Job) -> None:
    """Send a user a link or a notice, which waits for no mails of tickets."""
    delivery.deliver(job.data)


@job_kind("mail_admins")
def mail_admins(job: Job) -> None:
    """Plan a mail to each admin who wants it; without a ``seq``, the job numbers it."""
    kind = Kind(job.data["kind"])
    service.mail_admins(**{"seq": job.id, **job.data, "kind": kind})


@job_kind("mail_support")
def mail_support(job: Job) -> None:
    """Plan an alert to the assignee, or to each admin, of something on a ticket."""
    service.mail_support(**job.data)


@job_kind("reply")
def mail_replies(job: Job) -> None:
    """Plan the mails of replies that have waited."""
    service.mail_replies(**{**job.data, "by": Side(job.data["by"])})
