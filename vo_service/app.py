"""The application: the one place where its objects meet."""

from datetime import UTC, datetime

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from vo_service.errors import FatalError
from vo_service.query.duck import DuckSettings
from vo_service.release.tap_schema import quote_name
from vo_service.services.cut_out_job import cut_all
from vo_service.services.execute_job import JobExecutor, JobFiles, Task, answer_query
from vo_service.services.holdings import Holdings
from vo_service.services.identity import check_identity
from vo_service.services.manage_jobs import Jobs
from vo_service.services.sources import DirectorySource, Source
from vo_service.settings import Settings
from vo_service.uws.store import JobStore
from vo_service.uws.worker import JobWorker
from vo_service.web import (
    cone,
    datalink,
    errors,
    examples,
    http,
    jobs,
    objects,
    pages,
    registry,
    soda,
    spectra,
    ssa,
    stack,
    tap,
    viewer,
    vosi,
)
from vo_service.web.compression import Compression
from vo_service.web.context import Context, leave_holding

JOB_KINDS: dict[str, Task] = {"tap": answer_query, "soda": cut_all}
"""What does the jobs of each kind."""

FORM_BYTES = 2**20
"""For what stands beside an upload in a request: the query and the other parameters."""


def create_app(settings: Settings) -> Flask:
    """Make the application of a service.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    UsageError
        When a setting cannot stand in a registry.
    NotFoundError
        When the directory or the database holds no release.
    TransientError
        When the database does not answer.
    """
    app = Flask("vo_service.web")
    # XML too: descriptions hold < and &.
    app.jinja_options = {"autoescape": True}
    most_bytes = settings.upload_bytes + FORM_BYTES
    app.config["MAX_CONTENT_LENGTH"] = app.config["MAX_FORM_MEMORY_SIZE"] = most_bytes
    check_identity(settings)
    holdings = Holdings(_source(settings), settings.authority)
    with holdings.use():
        pass  # a directory without a release is told at the start, not to the first client
    app.jinja_env.filters["adql_name"] = quote_name
    app.extensions["oddsky"] = _make_context(settings, holdings)
    for kind in JOB_KINDS:
        app.register_blueprint(jobs.blueprint, name=f"{kind}_jobs", url_prefix=f"/{kind}/async")
    rooms = (
        tap, vosi, examples, cone, ssa, registry, spectra, datalink, soda, stack, objects, viewer,
        pages,
    )  # fmt: skip
    for room in rooms:
        app.register_blueprint(room.blueprint)
    errors.register(app)
    app.teardown_request(leave_holding)
    http.register(app)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    app.wsgi_app = Compression(app.wsgi_app)  # type: ignore[method-assign]
    return app


def _make_context(settings: Settings, holdings: Holdings) -> Context:
    store, files = JobStore(settings.job_store_url), JobFiles(settings.state)
    execute = JobExecutor(settings, holdings, files, JOB_KINDS)
    worker = JobWorker(store, execute, files.forget, settings.job_threads)
    jobs = {kind: Jobs(kind, settings, store, files, worker) for kind in JOB_KINDS}
    return Context(settings, holdings, jobs, worker, datetime.now(UTC))


def _source(settings: Settings) -> Source:
    if not settings.database:
        engine = DuckSettings(settings.memory_limit, settings.threads, settings.state / "spill")
        return DirectorySource(settings.root, engine)
    try:
        from vo_service.query.postgres_pool import PoolSettings
        from vo_service.services.database import DatabaseSource
    except ImportError as error:
        raise FatalError(
            "Serving from PostgreSQL needs more packages; pip install 'oddsky[postgres]'."
        ) from error
    connections, work_mem = settings.database_connections, settings.work_mem
    return DatabaseSource(settings.root, PoolSettings(settings.database, connections, work_mem))
