"""Time and memory of `oddsky ingest` on 700 real spectra, and of `oddsky demo` on 2,000 mock ones.

    python -m tests.benchmarks.ingest_cost

Needs ../shared.
"""

import os
import tempfile
import time
from pathlib import Path

from tests.support.service import ODDSKY
from tests.support.shared import shared_path


def main() -> None:
    """Print wall time, CPU time and the greatest memory of each command, in its own process."""
    archive = shared_path("data/sdss_dr14/spec-lite-700.tar.xz")
    with tempfile.TemporaryDirectory() as folder:
        real, mock = Path(folder) / "real", Path(folder) / "mock"
        measure("ingest of 700 real spectra", "ingest", archive, "--into", real)
        measure("demo of 2,000 mock spectra", "demo", "--into", mock, "--no-serve")


def measure(title: str, *arguments: object) -> None:
    """Run a command and print what it cost."""
    started = time.perf_counter()
    process = os.posix_spawn(ODDSKY, [str(ODDSKY), *map(str, arguments)], os.environ)
    _, status, usage = os.wait4(process, 0)
    wall = time.perf_counter() - started
    if status:
        raise RuntimeError(f"{title} failed")
    cpu = usage.ru_utime + usage.ru_stime
    print(
        f"{title}: {wall:.1f} s, {cpu:.1f} CPU s, {usage.ru_maxrss / 1024**2:.2f} GiB", flush=True
    )


if __name__ == "__main__":
    main()
