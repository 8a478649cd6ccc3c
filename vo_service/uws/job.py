"""A job as the store keeps it."""

from dataclasses import dataclass, field
from datetime import datetime

from vo_service.uws.phases import Phase


@dataclass(frozen=True, slots=True)
class JobResult:
    """Where an answer of a job lies.

    Attributes
    ----------
    file_name : str
        Within the folder of results.
    media_type : str
    size : int
        [byte].
    name : str
        By which clients ask for it; that of a query must be `result` (TAP 1.1, section 2.7.1).
    """

    file_name: str
    media_type: str
    size: int
    name: str = "result"


@dataclass(frozen=True, slots=True)
class Job:
    """What a service does while its client does not wait.

    Attributes
    ----------
    job_id : str
        Not to be guessed.
    kind : str
        Which service's: `tap` for a query, `soda` for cut-outs.
    phase : Phase
    parameters : dict
        As given, names in upper case; a value is a list where a parameter was given several times.
    created, destruction : datetime
        UTC; at destruction the job and its result are removed.
    seconds : int
        Longest execution.
    run_id : str
        The client's own mark.
    base_url : str
        Of the service as the client sees it, for links in the answer.
    started, ended : datetime, optional
    results : tuple of JobResult
        Empty before its end.
    error : str
        Why the job failed, empty otherwise.
    attempts : int
        How often it was begun: a worker may die under it.
    worker : str
        Which worker runs it.
    release : int
        Number of the release that it was answered from; 0 before.
    """

    job_id: str
    phase: Phase
    parameters: dict[str, list[str]]
    created: datetime
    destruction: datetime
    seconds: int
    kind: str = "tap"
    run_id: str = ""
    base_url: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    results: tuple[JobResult, ...] = ()
    error: str = ""
    attempts: int = 0
    worker: str = ""
    release: int = 0
    uploads: dict[str, str] = field(default_factory=dict)
    """Files of uploaded tables, by the name that the query knows."""

    def parameter(self, name: str) -> str | None:
        """Return the first value of a parameter, None when it was not given."""
        return next(iter(self.parameters.get(name, [])), None)
