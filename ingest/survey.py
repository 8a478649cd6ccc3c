"""What a run knows of its survey after reading: facts, numbers, sources."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from ingest.compare.repeats import find_primary, find_sources
from ingest.identity import make_names, make_obj_ids, random_order
from ingest.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Survey:
    """The spectra of a run.

    Attributes
    ----------
    name : str
        Of the survey.
    facts : pyarrow.Table
        `FACT_SCHEMA`, n rows.
    ids : int64, shape (n,)
    sources : int64, shape (n,)
        Row of the first spectrum of the same source.
    """

    name: str
    facts: pa.Table
    ids: np.ndarray
    sources: np.ndarray

    @classmethod
    def load(cls, name: str, workspace: Workspace) -> "Survey":
        """Gather what the shards of a run hold."""
        facts = workspace.facts()
        ids = make_obj_ids(name, facts["survey_id"])
        ra, dec, z = (facts[c].to_numpy() for c in ("ra", "dec", "z"))
        return cls(name, facts, ids, find_sources(ra, dec, z))

    def __len__(self) -> int:
        return self.facts.num_rows

    @property
    def z(self) -> np.ndarray:
        """Redshifts, float64, shape (n,)."""
        return self.facts["z"].to_numpy()

    def columns(self, seed: int) -> dict[str, pa.Array | pa.ChunkedArray]:
        """Return the columns of `objects` that say what a spectrum is."""
        ra, dec = self.facts["ra"].to_numpy(), self.facts["dec"].to_numpy()
        sn = self.facts["sn_median"].to_numpy(zero_copy_only=False)
        known = {
            name: self.facts[name] for name in self.facts.column_names if name != "source_file"
        }
        return known | {
            "obj_id": pa.array(self.ids),
            "name": pa.array(make_names(self.name, ra, dec)),
            "source_id": pa.array(self.ids[self.sources]),
            "is_primary": pa.array(find_primary(self.sources, sn).astype(np.int32)),
            "random_index": pa.array(random_order(self.ids, seed)),
        }
