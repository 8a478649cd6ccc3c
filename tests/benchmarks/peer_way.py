"""What the methods cost as the paper and most others write them, and what that makes at 150,000.

    python -m tests.benchmarks.peer_way [--folder DIR]

umap-learn on raw pixels, the unsupervised forest with the matrix of all distances (Baron &
Poznanski 2017), and a full singular value decomposition, on 1,250 to 10,000 mock spectra. Each is
extrapolated by the power of N that its last two steps show; the matrix takes 4 N^2 bytes.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from ingest.executor import open_executor
from ingest.mock.survey import write_survey
from ingest.read.mock import MockReader
from ingest.read.sources import list_sources
from ingest.reading import read_survey
from ingest.settings import IngestSettings
from ingest.workspace import Workspace

COUNT, TARGET, SEED = 10_000, 150_000, 5
TREES = 200

WARM = 4500
"""Spectra that each way is tried on first: from 4096 on umap-learn compiles another search."""


def lay_out(flux: np.ndarray) -> None:
    """Lay raw pixels out by umap-learn."""
    import umap

    umap.UMAP(n_neighbors=15, random_state=SEED, n_jobs=1).fit_transform(flux)


def measure_distances(flux: np.ndarray) -> None:
    """Grow the forest on real against synthetic spectra, and make the matrix of all distances."""
    from sklearn.ensemble import RandomForestClassifier

    random = np.random.default_rng(SEED)
    synthetic = np.stack([random.permutation(column) for column in flux.T], axis=1)
    labels = np.repeat([1, 0], len(flux))
    forest = RandomForestClassifier(TREES, n_jobs=2, random_state=SEED)
    forest.fit(np.concatenate([flux, synthetic]), labels)
    leaves = forest.apply(flux)
    shared = np.zeros((len(flux), len(flux)), np.float32)
    for tree in leaves.T:
        shared += tree[:, None] == tree
    (1 - shared / TREES).mean(axis=1)


def decompose(flux: np.ndarray) -> None:
    """Find all components by one decomposition."""
    np.linalg.svd(flux - flux.mean(axis=0), full_matrices=False)


WAYS: dict[str, tuple[Callable[[np.ndarray], None], tuple[int, ...]]] = {
    "umap-learn on raw pixels": (lay_out, (2500, 5000, 10_000)),
    "forest and distance matrix": (measure_distances, (1250, 2500, 5000)),
    "full SVD": (decompose, (2500, 5000, 10_000)),
}


def main() -> None:
    """Print what each way costs, and what that makes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--folder", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        folder = (given.folder or Path(scratch)) / f"mock-{COUNT}"
        if not (folder / "planted.csv").exists():
            write_survey(folder, COUNT, SEED)
        pixels = Path(scratch) / "flux.npy"
        np.save(pixels, _read(folder, Path(scratch) / "work"))
        print(f"{'way':28} {'spectra':>8} {'core s':>8} {'GiB':>6}")
        for name, (way, counts) in WAYS.items():
            _tell(name, [(n, *_measure(way, pixels, n)) for n in counts])


def _tell(name: str, costs: list[tuple[int, float, float]]) -> None:
    for count, seconds, gib in costs:
        print(f"{name:28} {count:8d} {seconds:8.1f} {gib:6.2f}")
    (n, less, _), (m, more, _) = costs[-2:]
    power = np.log(more / less) / np.log(m / n)
    print(
        f"{name:28} {TARGET:8d} {more * (TARGET / m) ** power:8.0f}          by N^{power:.2f}",
        flush=True,
    )


def _measure(way: Callable[[np.ndarray], None], pixels: Path, count: int) -> tuple[float, float]:
    """Run a way in a process of its own; return core seconds and the memory it took [GiB]."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, (way, pixels, count))


def _run(way: Callable[[np.ndarray], None], pixels: Path, count: int) -> tuple[float, float]:
    flux = np.load(pixels, mmap_mode="r")[:count].copy()
    way(flux[:WARM] if way is lay_out else flux[:300])  # compile and load first
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    way(flux)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return time.process_time() - started, (peak - before + flux.nbytes / 1024) / 2**20


def _read(folder: Path, work: Path) -> np.ndarray:
    workspace = Workspace(work)
    sources, settings = list_sources([str(folder)]), IngestSettings(survey="mock")
    with open_executor(2) as executor:
        read_survey(sources, MockReader(), settings, workspace, lambda _: None, executor)
    shards = range(len(workspace.shard_sizes()))
    flux = np.concatenate([workspace.read_shard(number)[0] for number in shards])
    return flux / np.maximum(np.median(flux, axis=1, keepdims=True), 1e-3)


if __name__ == "__main__":
    main()
