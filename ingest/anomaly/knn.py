"""Distance to the nearest others in the space of the components."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.anomaly.base import Kind, Sample
from ingest.batches import Scores

SPARE = 6
"""Neighbours looked for beyond those wanted, as room for itself and repeats of the same source."""


@dataclass(frozen=True, slots=True)
class NearestNeighbours:
    """Distance to the last of the nearest spectra of other sources.

    Attributes
    ----------
    name : str
    kind : {'raw', 'divided'}
    neighbours : int
    """

    name: str
    kind: Kind
    neighbours: int = 15
    libraries: tuple[str, ...] = ("faiss-cpu", "numpy")
    is_random: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Its one answer."""
        return (self.name,)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """How many neighbours it asks."""
        return {"neighbours": self.neighbours}

    def fit(self, reference: Sample, seed: int) -> "FittedNeighbours":
        """Keep the reference; nothing is random."""
        return FittedNeighbours(
            self.names[0], self.neighbours, reference.components, reference.sources
        )


@dataclass(frozen=True, slots=True)
class FittedNeighbours:
    """The reference that neighbours are looked for in.

    Attributes
    ----------
    name : str
    neighbours : int
    points : float32, shape (n_reference, k)
    sources : int64, shape (n_reference,)
    """

    name: str
    neighbours: int
    points: np.ndarray
    sources: np.ndarray

    def score(self, sample: Sample) -> tuple[Scores, ...]:
        """Return the distance, each component over its standard deviation."""
        return (Scores(self.name, self.reach(sample.components, sample.sources)),)

    def reach(self, points: np.ndarray, sources: np.ndarray) -> np.ndarray:
        """Return the distance to the last of the nearest of other sources.

        Parameters
        ----------
        points : float32, shape (n_spec, k)
            NaN where a spectrum has no place.
        sources : int64, shape (n_spec,)

        Returns
        -------
        float64, shape (n_spec,)
            NaN without a place, or without others.
        """
        placed = np.isfinite(points).all(axis=1)
        found = search(self.points, points[placed], self.neighbours + SPARE)
        # Searched in blocks, in single precision: what is published is measured anew.
        apart = points[placed, None, :].astype(np.float64) - self.points[found]
        own = self.sources[found] == sources[placed, None]
        distance = np.where(own, np.inf, np.sqrt(np.square(apart).sum(axis=2)))
        ordered = np.sort(distance, axis=1)
        known = np.isfinite(ordered).sum(axis=1)
        last = ordered[np.arange(len(found)), np.clip(known, 1, self.neighbours) - 1]
        reach = np.full(len(points), np.nan)
        reach[placed] = np.where(known > 0, last, np.nan)
        return reach


def search(points: np.ndarray, queries: np.ndarray, count: int) -> np.ndarray:
    """Find the nearest of many points, int64, shape (n_queries, min(count, n_points))."""
    import faiss  # loads its own OpenMP: only where it is needed

    index = faiss.IndexFlatL2(points.shape[1])
    index.add(np.ascontiguousarray(points))
    return index.search(np.ascontiguousarray(queries), min(count, len(points)))[1]
