"""Kinds of jobs: which function does a job, and how many of them at once.

@job_kind("mail")
def send(job: Job) -> None: ...

A job whose function returns is done. If it raises, the job is tried again later, unless
the error is a ``JobError`` that is permanent.
"""

from collections.abc import Callable
from dataclasses import dataclass

from ticketing.jobs.models import Job

Function = Callable[[Job], None]


@dataclass(frozen=True)
class Kind:
    """A kind of job.

    :ivar run: does one; called without a transaction, maybe more than once for a job.
    :ivar is_bulk: whether it may take only half of a worker's places.
    :ivar max_running: how many of one pool run at once, in all workers; ``None`` for
        as many as there are places.
    """

    run: Function
    is_bulk: bool
    max_running: int | None


class JobError(Exception):
    """An attempt failed, in a way that is foreseen.

    :param name: what went wrong: the name of an error, never a text of the other side.
    :param status: the status code that the other side answered.
    :param is_permanent: whether another attempt would fail as well.
    """

    def __init__(
        self, name: str, status: int | None = None, is_permanent: bool = False
    ) -> None:
        super().__init__(name)
        self.name, self.status, self.is_permanent = name, status, is_permanent


def failure_name(error: Exception) -> str:
    """Return the name of what went wrong; an error's text may quote the other side."""
    return error.name if isinstance(error, JobError) else type(error).__name__


# Declarations of the code, made when its modules are imported, and so the same for each
# application of a process.
KINDS: dict[str, Kind] = {}


def job_kind(
    name: str, *, is_bulk: bool = False, max_running: int | None = None
) -> Callable[[Function], Function]:
    """Declare the function that does jobs of a kind; see ``Kind``.

    :param name: without a dot.
    :raises ValueError: it has a dot, or is taken.
    """
    if "." in name or name in KINDS:
        raise ValueError(f"not a new name without a dot: {name}")

    def decorate(function: Function) -> Function:
        KINDS[name] = Kind(function, is_bulk, max_running)
        return function

    return decorate
