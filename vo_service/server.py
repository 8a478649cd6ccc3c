"""gunicorn around the application."""

import atexit
import sys
from typing import Any

import gunicorn.app.base
import gunicorn.http.wsgi
from flask import Flask

from vo_service.app import create_app
from vo_service.settings import Settings

THREADS = 32
"""Requests that a worker serves at once; the engine's own threads do the work."""


class _Server(gunicorn.app.base.BaseApplication):
    def __init__(self, settings: Settings, options: dict[str, Any]):
        self._settings = settings
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Make the application in each worker: an open engine does not survive a fork."""
        # A short query between two steps of a dump should not wait 5 ms for each of its own.
        sys.setswitchinterval(0.0005)
        app = create_app(self._settings)
        worker = app.extensions["oddsky"].worker
        if self._settings.job_threads:
            worker.start()
            # gunicorn ends its workers by SystemExit, behind which these are called.
            atexit.register(worker.stop)
        return app


def run_server(settings: Settings, host: str, port: int, workers: int) -> None:
    """Serve until interrupted.

    Raises
    ------
    NotFoundError
        When the directory holds no release.
    """
    create_app(settings).extensions["oddsky"].holdings.close()
    # Validators look for a product of the VO in the Server header (SoftID note).
    gunicorn.http.wsgi.SERVER = "oddsky/0.1 (IVOA-server)"
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    options = {
        "bind": address,
        "workers": workers,
        "worker_class": "gthread",
        "threads": THREADS,
        "timeout": 300,
        "graceful_timeout": 5,
        "keepalive": 15,
        "loglevel": "warning",
        "limit_request_line": 0,
    }
    _Server(settings, options).run()
