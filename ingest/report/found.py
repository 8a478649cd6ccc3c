"""What a report is made of: a run's survey and results, and its spectra one by one."""

from dataclasses import dataclass

import numpy as np

from ingest.plan import Plan
from ingest.ranking import Ranking
from ingest.results import Results
from ingest.survey import Rows, Survey
from ingest.workspace import Workspace


class NothingToDrawError(Exception):
    """A figure has nothing to show; the message says why, for the page."""


@dataclass(frozen=True, slots=True)
class Found:
    """A finished run, its workspace still there.

    Attributes
    ----------
    workspace : Workspace
    plan : Plan
    survey : Survey
    results : Results
    ranking : Ranking
    """

    workspace: Workspace
    plan: Plan
    survey: Survey
    results: Results
    ranking: Ranking

    def read_spectra(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return flux and ivar of some spectra, float32, shape (n_rows, n_grid).

        Only these are read, whatever the size of the survey.
        """
        starts = Rows.load(self.workspace).starts
        places = self.survey.places[rows]
        shards = np.searchsorted(starts, places, side="right") - 1
        pixels = []
        for name in ("rest_flux", "rest_ivar"):
            parts: dict[int, np.ndarray] = {}
            for shard in np.unique(shards):
                path = self.workspace.spectra / f"{shard:05d}" / f"{name}.npy"
                here = places[shards == shard] - starts[shard]
                parts[int(shard)] = np.load(path, mmap_mode="r")[here]
            whole = np.concatenate([parts[s] for s in sorted(parts)])
            pixels.append(whole[np.argsort(np.argsort(shards, kind="stable"), kind="stable")])
        return pixels[0], pixels[1]

    def region_or_first(self, *wanted: str) -> str:
        """Return the first of these regions that the run has mapped, or the run's first."""
        names = list(self.results.maps)
        return next((name for name in wanted if name in names), names[0])


def strangest(rank: np.ndarray, count: int) -> np.ndarray:
    """Return the rows of the first so many ranks, 1 first; ranks of 0 are no ranks."""
    rows = np.flatnonzero((rank > 0) & (rank <= count))
    return rows[np.argsort(rank[rows], kind="stable")]
