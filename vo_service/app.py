"""The application: the one place where its objects meet."""

from flask import Flask, Response
from werkzeug.middleware.proxy_fix import ProxyFix

from vo_service.errors import FatalError
from vo_service.query.duck import DuckSettings
from vo_service.release.tap_schema import quote_name
from vo_service.services.holdings import Holdings
from vo_service.services.sources import DirectorySource, Source
from vo_service.settings import Settings
from vo_service.web import cone, errors, pages, spectra, tap, vosi
from vo_service.web.context import Context, leave_holding

MAX_REQUEST_BYTES = 16 * 2**20


def create_app(settings: Settings) -> Flask:
    """Make the application of a service.

    Parameters
    ----------
    settings : Settings

    Raises
    ------
    NotFoundError
        When the directory or the database holds no release.
    TransientError
        When the database does not answer.
    """
    app = Flask("vo_service.web")
    # XML too: descriptions hold < and &.
    app.jinja_options = {"autoescape": True}
    app.config["MAX_CONTENT_LENGTH"] = MAX_REQUEST_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MAX_REQUEST_BYTES
    holdings = Holdings(_source(settings))
    with holdings.use():
        pass  # a directory without a release is told at the start, not to the first client
    app.jinja_env.filters["adql_name"] = quote_name
    app.extensions["oddsky"] = Context(settings, holdings)
    for room in (tap, vosi, cone, spectra, pages):
        app.register_blueprint(room.blueprint)
    errors.register(app)
    app.teardown_request(leave_holding)
    app.after_request(_open_to_pages)
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1, x_host=1, x_prefix=1)  # type: ignore[method-assign]
    return app


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


def _open_to_pages(response: Response) -> Response:
    """Let pages of other sites read the answers: all of them are public."""
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
