"""Jobs as XML (UWS 1.1, section 3 and its schema)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from urllib.parse import quote as quote_url
from xml.sax.saxutils import escape, quoteattr

from vo_service.uws.job import Job, JobResult
from vo_service.uws.phases import Phase

MEDIA_TYPE = "text/xml; charset=utf-8"

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_NAMES = (
    'xmlns:uws="http://www.ivoa.net/xml/UWS/v1.0" xmlns:xlink="http://www.w3.org/1999/xlink"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_CONTROL = dict.fromkeys(c for c in range(32) if chr(c) not in "\t\n\r")


def job_document(job: Job, url: str) -> str:
    """Write a job.

    Parameters
    ----------
    job : Job
    url : str
        Of the job.
    """
    parts = [
        _element("jobId", job.job_id),
        _element("runId", job.run_id) if job.run_id else "",
        '<uws:ownerId xsi:nil="true"/>\n',
        _element("phase", job.phase),
        _element("quote", iso_time(quote(job))),
        _element("creationTime", iso_time(job.created)),
        _time("startTime", job.started),
        _time("endTime", job.ended),
        _element("executionDuration", str(job.seconds)),
        _element("destruction", iso_time(job.destruction)),
        _parameters(job),
        _results(job, url),
        _error(job),
        _info(job),
    ]
    return f'{_HEAD}<uws:job version="1.1" {_NAMES}>\n{"".join(parts)}</uws:job>\n'


def job_list(jobs: Iterable[Job], url: str) -> str:
    """Write a list of jobs; `url` is the list's own."""
    entries = "".join(
        f"<uws:jobref id={quoteattr(job.job_id)} xlink:href={quoteattr(f'{url}/{job.job_id}')}>"
        f"\n{_element('phase', job.phase)}"
        + (_element("runId", job.run_id) if job.run_id else "")
        + '<uws:ownerId xsi:nil="true"/>\n'
        + f"{_element('creationTime', iso_time(job.created))}</uws:jobref>\n"
        for job in jobs
    )
    return f'{_HEAD}<uws:jobs version="1.1" {_NAMES}>\n{entries}</uws:jobs>\n'


def parameters_document(job: Job) -> str:
    """Write the parameters of a job."""
    return _HEAD + _parameters(job).replace("<uws:parameters", f"<uws:parameters {_NAMES}", 1)


def results_document(job: Job, url: str) -> str:
    """Write the results of a job."""
    return _HEAD + _results(job, url).replace("<uws:results", f"<uws:results {_NAMES}", 1)


def quote(job: Job) -> datetime:
    """Return when a job is likely to end: no later than its execution may take."""
    return job.ended or (job.started or datetime.now(UTC)) + timedelta(seconds=job.seconds)


def iso_time(time: datetime) -> str:
    """Write a time as UWS wants it, with its Z."""
    return time.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time.microsecond // 1000:03d}Z"


def _element(name: str, text: str) -> str:
    return f"<uws:{name}>{escape(text.translate(_CONTROL))}</uws:{name}>\n"


def _time(name: str, time: datetime | None) -> str:
    return _element(name, iso_time(time)) if time else f'<uws:{name} xsi:nil="true"/>\n'


def _parameters(job: Job) -> str:
    entries = "".join(
        f"<uws:parameter id={quoteattr(name)}>{escape(value.translate(_CONTROL))}</uws:parameter>\n"
        for name, values in job.parameters.items()
        for value in values
    )
    return f"<uws:parameters>\n{entries}</uws:parameters>\n"


def _results(job: Job, url: str) -> str:
    if not job.results:
        return "<uws:results/>\n"
    entries = "".join(_result(result, url) for result in job.results)
    return f"<uws:results>\n{entries}</uws:results>\n"


def _result(result: JobResult, url: str) -> str:
    parts = {
        "id": result.name,
        "xlink:href": f"{url}/results/{quote_url(result.name)}",
        "size": str(result.size),
        "mime-type": result.media_type,
    }
    written = "".join(f" {name}={quoteattr(value)}" for name, value in parts.items())
    return f"<uws:result{written}/>\n"


def _error(job: Job) -> str:
    if job.phase is not Phase.ERROR:
        return ""
    return (
        '<uws:errorSummary type="fatal" hasDetail="true">\n'
        f"{_element('message', job.error)}</uws:errorSummary>\n"
    )


def _info(job: Job) -> str:
    """Say from which release the job was answered: the same query may have another answer now."""
    if not job.release:
        return ""
    return f"<uws:jobInfo><release>{job.release}</release></uws:jobInfo>\n"
