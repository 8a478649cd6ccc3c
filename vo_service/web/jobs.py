"""Asynchronous jobs as UWS 1.1 wants them: the queries of TAP, the cut-outs of SODA.

The blueprint is registered once for each kind, under /<kind>/async.
"""

from datetime import UTC, datetime

from flask import Blueprint, Response, request, send_file

from vo_service.errors import NotFoundError, TooLargeError, UsageError
from vo_service.formats.error_document import MEDIA_TYPE as VOTABLE
from vo_service.formats.error_document import error_document
from vo_service.services.manage_jobs import Jobs
from vo_service.services.read_uploads import gather_uploads, parse_uploads
from vo_service.services.soda_errors import labelled
from vo_service.uws import document
from vo_service.uws.job import Job
from vo_service.uws.phases import Phase
from vo_service.uws.store import JobFilter
from vo_service.web.context import base_url, context
from vo_service.web.params import Params

blueprint = Blueprint("jobs", __name__)

CONTROLS = frozenset({"PHASE", "ACTION", "WAIT", "RUNID", "DESTRUCTION", "EXECUTIONDURATION"})
"""Parameters of UWS itself, not of what is asked."""

MOST_VALUES = 10_000
"""Of one parameter: they are kept with the job, and told with it."""

LISTED_AFTER_DELETE = 100
"""Clients follow the redirect of a deletion into the list, which may be long (pyvo #535)."""


@blueprint.get("")
def list_jobs() -> Response:
    """List the jobs; PHASE, AFTER and LAST choose."""
    params = Params()
    after = params.text("AFTER")
    wanted = JobFilter(
        phases=tuple(_phase(text) for text in params.texts("PHASE")),
        after=_time("AFTER", after) if after else None,
        last=params.count("LAST"),
    )
    return _xml(document.job_list(_jobs().list_jobs(wanted), _list_url()))


@blueprint.post("")
def create() -> Response:
    """Create a job, and run it at once if PHASE says so."""
    params, jobs = Params(), _jobs()
    _check(params)
    uploads = _read_uploads(params)
    run_id = params.text("RUNID") or ""
    job = jobs.create(_query_parameters(params), run_id, base_url(), uploads)
    if phase := params.text("PHASE"):
        jobs.move(job.job_id, phase)
    return _see_job(job.job_id)


@blueprint.get("/<job_id>")
def show(job_id: str) -> Response:
    """Describe a job; WAIT holds the answer back until its phase changes."""
    return _xml(document.job_document(_waited(job_id), _job_url(job_id)))


@blueprint.post("/<job_id>")
def act(job_id: str) -> Response:
    """Delete a job as those clients do that cannot send DELETE; or change it."""
    params = Params()
    action = params.text("ACTION")
    if action is not None:
        if action.upper() != "DELETE":
            raise UsageError(f"ACTION is '{action[:20]}'; it must be DELETE.")
        return delete(job_id)
    _change(job_id, params)
    return _see_job(job_id)


@blueprint.delete("/<job_id>")
def delete(job_id: str) -> Response:
    """Stop and remove a job."""
    _jobs().remove(job_id)
    return _see(f"{_list_url()}?LAST={LISTED_AFTER_DELETE}")


@blueprint.get("/<job_id>/phase")
def phase(job_id: str) -> Response:
    """Say the phase."""
    return _text(_waited(job_id).phase)


@blueprint.get("/<job_id>/executionduration")
def execution_duration(job_id: str) -> Response:
    """Say the longest execution [s]."""
    return _text(str(_jobs().get(job_id).seconds))


@blueprint.get("/<job_id>/destruction")
def destruction(job_id: str) -> Response:
    """Say when the job is removed."""
    return _text(document.iso_time(_jobs().get(job_id).destruction))


@blueprint.get("/<job_id>/quote")
def quote(job_id: str) -> Response:
    """Say when the job will have ended."""
    return _text(document.iso_time(document.quote(_jobs().get(job_id))))


@blueprint.get("/<job_id>/owner")
def owner(job_id: str) -> Response:
    """Say who owns the job: nobody, as all are anonymous."""
    _jobs().get(job_id)
    return _text("")


@blueprint.get("/<job_id>/parameters")
def parameters(job_id: str) -> Response:
    """Tell the parameters."""
    return _xml(document.parameters_document(_jobs().get(job_id)))


@blueprint.post("/<job_id>/<any(parameters, phase, destruction, executionduration):_part>")
def change(job_id: str, _part: str) -> Response:
    """Change a job."""
    _change(job_id, Params())
    return _see_job(job_id)


@blueprint.get("/<job_id>/error")
def error(job_id: str) -> Response:
    """Tell why the job failed; with status 200 (TAP 1.1, section 2.3)."""
    job = _jobs().get(job_id)
    if job.phase is not Phase.ERROR:
        raise NotFoundError(f"The job is {job.phase}; there is no error.")
    if job.kind == "soda":
        return _text(labelled(job.error))
    return Response(error_document(job.error), content_type=VOTABLE)


@blueprint.get("/<job_id>/results")
def results(job_id: str) -> Response:
    """List the results."""
    return _xml(document.results_document(_jobs().get(job_id), _job_url(job_id)))


@blueprint.get("/<job_id>/results/<name>")
def result(job_id: str, name: str) -> Response:
    """Send an answer."""
    path, told = _jobs().result(job_id, name)
    answer = send_file(path, mimetype=told.media_type, conditional=True)
    # send_file would rewrite the parameters of a media type.
    answer.headers["Content-Type"] = told.media_type
    return answer


def _change(job_id: str, params: Params) -> None:
    jobs = _jobs()
    if time := params.text("DESTRUCTION"):
        jobs.set_destruction(job_id, _time("DESTRUCTION", time))
    if (seconds := params.count("EXECUTIONDURATION")) is not None:
        jobs.set_seconds(job_id, seconds)
    changed, run_id = _query_parameters(params), params.text("RUNID") or ""
    if changed or run_id:
        _check(params)
        uploads = _read_uploads(params)
        jobs.set_parameters(job_id, changed, run_id)
        if uploads:
            jobs.add_uploads(jobs.get(job_id), uploads)
    if phase := params.text("PHASE"):
        jobs.move(job_id, phase)


def _waited(job_id: str) -> Job:
    params = Params()
    seconds = params.number("WAIT")
    if seconds is None:
        return _jobs().get(job_id)
    return _jobs().wait(job_id, seconds, params.text("PHASE"))


def _query_parameters(params: Params) -> dict[str, list[str]]:
    return {name: values for name, values in params.as_dict().items() if name not in CONTROLS}


def _read_uploads(params: Params) -> dict[str, bytes]:
    sources = parse_uploads(params.texts("UPLOAD"))
    return gather_uploads(sources, params.files(), context().settings)


def _check(params: Params) -> None:
    """Refuse what is wrong when it is given, not when the job fails by it."""
    params.count("MAXREC")
    for name, values in params.as_dict().items():
        if len(values) > MOST_VALUES:
            raise TooLargeError(
                f"{name[:40]} is given {len(values)} times; a job takes at most {MOST_VALUES}."
            )


def _phase(text: str) -> Phase:
    try:
        return Phase(text.upper())
    except ValueError as error:
        raise UsageError(f"PHASE is '{text[:20]}', which is no phase of UWS.") from error


def _time(name: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise UsageError(f"{name} is '{text[:40]}'; it must be an ISO 8601 time.") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _kind() -> str:
    return request.path.split("/")[1]


def _jobs() -> Jobs:
    return context().jobs[_kind()]


def _list_url() -> str:
    return f"{base_url()}/{_kind()}/async"


def _job_url(job_id: str) -> str:
    return f"{_list_url()}/{job_id}"


def _see_job(job_id: str) -> Response:
    return _see(_job_url(job_id))


def _see(url: str) -> Response:
    return Response(status=303, headers={"Location": url}, content_type="text/plain")


def _text(text: str) -> Response:
    return Response(text, content_type="text/plain; charset=utf-8")


def _xml(text: str) -> Response:
    return Response(text, content_type=document.MEDIA_TYPE)
