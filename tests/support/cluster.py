"""A Dask cluster of processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.service import free_port

PATIENCE_SECONDS = 60


class DaskCluster:
    """A scheduler and its workers, each a process without anyone who starts it again.

    Attributes
    ----------
    address : str
    workers : list of subprocess.Popen
    """

    def __init__(self, folder: Path, **settings: str):
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.workers: list[subprocess.Popen] = []
        self._folder = folder
        self._settings = settings
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", port)

    def add_worker(self, threads: int = 1) -> None:
        """Start a worker."""
        options = ("--nthreads", str(threads), "--no-nanny", "--host", "127.0.0.1")
        self.workers.append(self._start("worker", self.address, *options))

    def close(self) -> None:
        """End all."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()

    def _start(self, what: str, *options: str) -> subprocess.Popen:
        # Nothing of the environment or the folder is ours, as on another machine.
        kept = ("PATH", "HOME", "CI")
        with (self._folder / f"{what}.log").open("a") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", what, *options, "--no-dashboard"],
                stdout=log, stderr=log, cwd=self._folder,
                env={name: os.environ[name] for name in kept if name in os.environ}
                | self._settings,
            )  # fmt: skip


@contextmanager
def dask_cluster(
    folder: Path, workers: int, threads: int = 1, **settings: str
) -> Iterator[DaskCluster]:
    """Start a cluster, its settings by the environment, and end it."""
    from distributed import Client

    cluster = DaskCluster(folder, **settings)
    try:
        for _ in range(workers):
            cluster.add_worker(threads)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with Client(cluster.address, timeout=5, set_as_default=False) as client:
                    if workers:
                        client.wait_for_workers(workers, timeout=PATIENCE_SECONDS)
                    break
            except OSError:
                if time.monotonic() > deadline:
                    raise
        yield cluster
    finally:
        cluster.close()


def kill(process: subprocess.Popen) -> None:
    """Kill a worker without a word."""
    process.send_signal(signal.SIGKILL)
    process.wait()
