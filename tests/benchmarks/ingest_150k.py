"""What a run costs at 10,000, 40,000 and 150,000 spectra: seconds and memory of every stage.

    python -m tests.benchmarks.ingest_150k [COUNT ...] [--folder DIR]

Mock spectra. Files for reading are hard links to 10,000 distinct ones, each read as another
spectrum; after reading, the gridded spectra are all made distinct: another galaxy is mixed in, and
noise of its own added. It takes some 20 minutes and 14 GB of disk below the folder.
"""

import argparse
import os
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from ingest.executor import open_executor
from ingest.mock.survey import write_survey
from ingest.pipeline import Run, find_all, write_release
from ingest.plan import Plan
from ingest.progress import progress_bars
from ingest.read.mock import MockReader
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.settings import IngestSettings
from ingest.store import prepared_root
from ingest.survey import Survey
from ingest.workspace import Workspace

DISTINCT = 10_000
COUNTS = (10_000, 40_000, 150_000)
SEED = 5


class LinkReader(MockReader):
    """Reads each link as a spectrum of its own, elsewhere on the sky."""

    def read(self, name, data, *rest):
        """Yield the spectrum of a file under the name of the link."""
        folder = int(Path(name).parent.name)
        for spectrum in super().read(name, data, *rest):
            facts = spectrum.facts
            changed = {
                "survey_id": f"{facts['survey_id']}{folder:03d}",
                "dec": (facts["dec"] + 0.01 * folder + 90) % 179 - 89,
            }
            yield replace(spectrum, facts=facts | changed)


def main() -> None:
    """Print what each count costs."""
    parser = argparse.ArgumentParser()
    parser.add_argument("counts", nargs="*", type=int, default=COUNTS)
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        distinct = (given.folder or Path(scratch)) / f"mock-{DISTINCT}"
        if not (distinct / "planted.csv").exists():
            write_survey(distinct, DISTINCT, SEED)
        for count in given.counts:
            measure(distinct, count, Path(scratch))


def measure(distinct: Path, count: int, scratch: Path) -> None:
    """Ingest so many spectra and print what it took."""
    links, root = scratch / f"links-{count}", scratch / f"release-{count}"
    _link(distinct, links, count)
    settings = IngestSettings(survey="mock")
    plan, workspace = Plan.make(settings), Workspace(root / "work" / "run")
    with prepared_root(root), progress_bars() as bars, open_executor(2) as executor:
        started = time.perf_counter()
        sources = list_sources([str(links)])
        with peak_memory() as reading_peak:
            read_survey(sources, LinkReader(), settings, workspace, lambda _: None, executor)
        reading = time.perf_counter() - started
        for number in range(len(workspace.shard_sizes())):
            _make_distinct(workspace, number)
        started, wall = time.perf_counter(), {}
        with peak_memory() as peak:
            survey = Survey.load("mock", workspace)
            run = Run(root, workspace, survey, plan, "run", "digest", None, started)
            find_all(run, executor, bars)
            wall["find"] = time.perf_counter() - started
            finding_peak = max(peak)
            costs = workspace.stages.costs()
            write_release(run)
        whole = time.perf_counter() - started
    print(f"\n{count} spectra, 2 cores")
    print(f"reading      {reading:8.1f} s  {1e3 * reading / count:.3f} ms a file, "
          f"peak {max(reading_peak) / 1024:.2f} GiB")  # fmt: skip
    _print_stages(costs)
    print(f"writing      {whole - wall['find']:8.1f} s")
    print(
        f"after reading {whole:7.1f} s  peak {max(peak) / 1024:.2f} GiB, before writing "
        f"{finding_peak / 1024:.2f}",
        flush=True,
    )


def _print_stages(costs: dict[str, tuple[float, float]]) -> None:
    print("stage          tasks   core s  greatest process GiB")
    groups = defaultdict(list)
    for stage, cost in costs.items():
        groups[stage.partition("-")[0] + _model_kind(stage)].append(cost)
    for name, taken in groups.items():
        seconds, peaks = zip(*taken, strict=True)
        print(f"{name:14} {len(taken):5d} {sum(seconds):8.1f} {max(peaks) / 1024:8.2f}")


def _model_kind(stage: str) -> str:
    return " " + stage.split("-")[1] if stage.startswith("model") else ""


@contextmanager
def peak_memory() -> Iterator[list[float]]:
    """Collect the memory [MiB] of this process and its workers, shared pages counted once."""
    found, done = [0.0], threading.Event()

    def watch() -> None:
        while not done.wait(0.5):
            found.append(sum(_proportional(pid) for pid in _family(os.getpid())))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        done.set()
        thread.join()


def _family(root: int) -> list[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    family, grown = {root}, True
    while grown:
        children = {pid for pid, parent in parents.items() if parent in family}
        grown = not children <= family
        family |= children
    return sorted(family)


def _proportional(pid: int) -> float:
    """Return the memory that a process alone answers for; files that it maps can be dropped."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    sizes = {line.split(":")[0]: int(line.split()[1]) for line in lines[1:] if "kB" in line}
    return sizes.get("Pss_Anon", 0) / 1024 + sizes.get("Pss_Shmem", 0) / 1024


def _link(distinct: Path, links: Path, count: int) -> None:
    files = sorted(distinct.glob("**/spec-*.fits"))
    for i in range(count):
        turn, which = divmod(i, len(files))
        folder = links / f"{turn:03d}"
        folder.mkdir(parents=True, exist_ok=True)
        os.link(files[which], folder / files[which].name)


def _make_distinct(workspace: Workspace, number: int) -> None:
    """Mix every gridded spectrum with the next one of its shard, and add noise of its own."""
    random = np.random.default_rng([SEED, number])
    shard = workspace.spectra / f"{number:05d}"
    flux, ivar = workspace.read_shard(number)
    share = random.uniform(0, 0.3, (len(flux), 1)).astype(np.float32)
    level = np.median(flux, axis=1, keepdims=True)
    other = np.roll(flux / np.maximum(level, 1e-3), 1, axis=0) * level
    there = (ivar > 0) & (np.roll(ivar, 1, axis=0) > 0)
    mixed = np.where(there, (1 - share) * flux + share * other, flux)
    noise = random.standard_normal(flux.shape, dtype=np.float32) / np.sqrt(np.maximum(ivar, 1e-9))
    np.save(shard / "rest_flux.npy", np.where(ivar > 0, mixed + 0.5 * noise, 0).astype(np.float32))
    np.save(shard / "rest_ivar.npy", ivar / np.float32(1.25))


if __name__ == "__main__":
    main()
