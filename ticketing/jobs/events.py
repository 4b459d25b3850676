"""Events of jobs."""

from dataclasses import dataclass


@dataclass(frozen=True)
class JobsEnqueued:
    """Jobs were stored, some of which may be due."""
