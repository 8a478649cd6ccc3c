"""What a run knows of its survey after reading: facts, numbers, sources."""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from ingest.compare.repeats import find_primary, find_sources
from ingest.identity import make_names, make_obj_ids, random_order
from ingest.workspace import Workspace

ROWS_STAGE = "rows"


@dataclass(frozen=True, slots=True)
class Survey:
    """The spectra of a run, by increasing id: the order of the input changes nothing.

    Attributes
    ----------
    name : str
        Of the survey.
    facts : pyarrow.Table
        `FACT_SCHEMA`, n rows.
    ids : int64, shape (n,)
        Increasing.
    sources : int64, shape (n,)
        Smallest id of the spectra of the same source.
    places : int64, shape (n,)
        Where each lies, counted through the shards.
    """

    name: str
    facts: pa.Table
    ids: np.ndarray
    sources: np.ndarray
    places: np.ndarray

    @classmethod
    def load(cls, name: str, workspace: Workspace) -> "Survey":
        """Gather what the shards of a run hold."""
        facts = workspace.facts()
        ids = make_obj_ids(name, facts["survey_id"])
        places = np.argsort(ids)
        facts, ids = facts.take(places), ids[places]
        ra, dec, z = (facts[c].to_numpy() for c in ("ra", "dec", "z"))
        # The first row of a source is that of its smallest id.
        return cls(name, facts, ids, ids[find_sources(ra, dec, z)], places)

    def __len__(self) -> int:
        return self.facts.num_rows

    def with_sources(self, sources: np.ndarray) -> "Survey":
        """Return it with other numbers of the sources."""
        return replace(self, sources=sources)

    @property
    def z(self) -> np.ndarray:
        """Redshifts, float64, shape (n,)."""
        return self.facts["z"].to_numpy()

    @property
    def names(self) -> pa.Array:
        """IAU names."""
        ra, dec = self.facts["ra"].to_numpy(), self.facts["dec"].to_numpy()
        return pa.array(make_names(self.name, ra, dec))

    def facts_of(self, rows: np.ndarray) -> dict[str, np.ndarray]:
        """Return what models need to know of some spectra."""
        return {"ids": self.ids[rows], "sources": self.sources[rows], "z": self.z[rows]}

    def choose_reference(self, count: int, seed: int) -> np.ndarray:
        """Return the rows that models are fitted to, increasing; chance goes by ids alone."""
        return np.flatnonzero(random_order(self.ids, seed) < count)

    def columns(self, seed: int) -> dict[str, pa.Array | pa.ChunkedArray]:
        """Return the columns of `objects` that say what a spectrum is."""
        sn = self.facts["sn_median"].to_numpy(zero_copy_only=False)
        known = {
            name: self.facts[name] for name in self.facts.column_names if name != "source_file"
        }
        return known | {
            "obj_id": pa.array(self.ids),
            "name": self.names,
            "source_id": pa.array(self.sources),
            "is_primary": pa.array(find_primary(self.sources, sn).astype(np.int32)),
            "random_index": pa.array(random_order(self.ids, seed)),
            "is_new": pa.array(np.zeros(len(self), np.int32)),
            "n_beyond": pa.array(np.zeros(len(self), np.int32)),
        }


@dataclass(frozen=True, slots=True)
class Rows:
    """What tasks need to know of the spectra, in the order of the shards.

    Attributes
    ----------
    ids, sources : int64, shape (n,)
    z : float64, shape (n,)
    starts : int64, shape (n_shards + 1,)
        Shard k holds rows starts[k]:starts[k + 1].
    """

    ids: np.ndarray
    sources: np.ndarray
    z: np.ndarray
    starts: np.ndarray

    @classmethod
    def load(cls, workspace: Workspace) -> "Rows":
        """Read what `save` has written."""
        return cls(**workspace.stages.load(ROWS_STAGE))

    @classmethod
    def save(cls, workspace: Workspace, survey: Survey) -> None:
        """Keep what tasks need to know."""
        starts = np.concatenate([[0], np.cumsum(workspace.shard_sizes())]).astype(np.int64)
        row = np.argsort(survey.places)
        arrays = {"ids": survey.ids[row], "sources": survey.sources[row], "z": survey.z[row]}
        workspace.stages.make(ROWS_STAGE, lambda: arrays | {"starts": starts})

    @property
    def order(self) -> np.ndarray:
        """The rows by increasing id, int64, shape (n,)."""
        return np.argsort(self.ids)

    @property
    def shards(self) -> int:
        """Number of shards."""
        return self.starts.size - 1

    def of_shard(self, number: int) -> "Rows":
        """Return the rows of one shard."""
        part = slice(self.starts[number], self.starts[number + 1])
        return Rows(self.ids[part], self.sources[part], self.z[part], self.starts[:0])
