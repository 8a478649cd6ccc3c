"""Distance to the nearest others in the space of the components."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ingest.anomaly.base import Kind, Sample
from ingest.batches import Scores
from ingest.maps.neighbours import distance_to_last, find_neighbours

SPARE = 5
"""Neighbours looked for beyond those wanted, as room for repeats of the same source."""


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

    @property
    def names(self) -> tuple[str, ...]:
        """Its one answer."""
        return (self.name,)

    @property
    def parameters(self) -> Mapping[str, Any]:
        """How many neighbours it asks."""
        return {"neighbours": self.neighbours}

    def score(self, sample: Sample, seed: int) -> tuple[Scores, ...]:
        """Return the distance, each component over its standard deviation; nothing is random."""
        found, distances = find_neighbours(sample.components, self.neighbours + SPARE)
        reach = distance_to_last(found, distances, sample.sources, self.neighbours)
        return (Scores(self.name, reach.astype(np.float64)),)
