"""The phases of a job and what may follow what (UWS 1.1, section 2.1.3)."""

from enum import StrEnum


class Phase(StrEnum):
    """Where a job is in its life."""

    PENDING = "PENDING"
    QUEUED = "QUEUED"
    EXECUTING = "EXECUTING"
    COMPLETED = "COMPLETED"
    ERROR = "ERROR"
    ABORTED = "ABORTED"
    UNKNOWN = "UNKNOWN"
    HELD = "HELD"
    SUSPENDED = "SUSPENDED"
    ARCHIVED = "ARCHIVED"

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self in OVER

    @property
    def is_active(self) -> bool:
        """Whether the job waits for its turn or runs (WAIT blocks on these alone)."""
        return self in (Phase.PENDING, Phase.QUEUED, Phase.EXECUTING)


OVER = (Phase.COMPLETED, Phase.ERROR, Phase.ABORTED)
STOPPABLE = (Phase.PENDING, Phase.QUEUED, Phase.EXECUTING)
"""Phases from which a job can be aborted."""
