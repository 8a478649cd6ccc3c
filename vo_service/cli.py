"""The command `oddsky`, whose sub-commands the packages register, and `oddsky serve`."""

import socket
import sys
from importlib.metadata import entry_points, version
from pathlib import Path

import click

from vo_service.errors import OddskyError
from vo_service.settings import Settings

SERVE_HELP = """Serve a release: TAP, cone search, spectra, and a home page.

\b
Examples:
  oddsky serve --from survey
  oddsky serve --from survey --host 0.0.0.0 --port 80 --base-url https://odd.example.org
  oddsky serve --from survey --database postgresql://oddsky_web@db.example.org/sky
"""


class Commands(click.Group):
    """Sub-commands by entry point; each is loaded only when it is needed."""

    def list_commands(self, _context: click.Context) -> list[str]:
        """Return the names of all commands."""
        return sorted(point.name for point in entry_points(group="oddsky.commands"))

    def get_command(self, _context: click.Context, name: str) -> click.Command | None:
        """Load a command."""
        for point in entry_points(group="oddsky.commands", name=name):
            return point.load()
        return None


@click.command(cls=Commands)
@click.version_option(version("oddsky"), prog_name="oddsky")
def main() -> None:
    """Find what is odd in a spectroscopic survey and publish it to the Virtual Observatory."""


@click.command(help=SERVE_HELP)
@click.option(
    "--from",
    "root",
    required=True,
    type=click.Path(path_type=Path),
    help="Directory of the release.",
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    help="Where the service may write.  [default: DIR/state]",
)
@click.option(
    "--database", default="", help="PostgreSQL database that oddsky load filled; ODDSKY_DATABASE."
)
@click.option("--base-url", default="", help="URL under which clients see the service.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    default=8080,
    show_default=True,
    type=click.IntRange(1, 65535),
    help="Port to listen on.",
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 64), help="Worker processes."
)
def serve(  # noqa: D103  its help says it
    root: Path,
    state: Path | None = None,
    database: str = "",
    base_url: str = "",
    host: str = "127.0.0.1",
    port: int = 8080,
    workers: int = 1,
) -> None:
    try:
        settings = Settings.make(root.resolve(), state and state.resolve(), base_url, database)
        _check_state(settings)
        _check_port(host, port)
        # The engine takes seconds to load: wrong options must not wait for it.
        from vo_service.release.release import Release
        from vo_service.server import run_server

        Release.open(settings.root)

        click.echo(
            f"oddsky: serving {root} at http://{host}:{port}/ (TAP: http://{host}:{port}/tap)"
        )
        run_server(settings, host, port, workers)
    except OddskyError as error:
        click.echo(f"oddsky: {error}", err=True)
        sys.exit(2)


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise OddskyError(
                f"Cannot listen on {host}:{port}: {error.strerror}; name another with --port."
            ) from error


def _check_state(settings: Settings) -> None:
    try:
        settings.state.mkdir(parents=True, exist_ok=True)
        trial = settings.state / ".writable"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise OddskyError(
            f"Cannot write into {settings.state}: {error.strerror}; name another with --state."
        ) from error
