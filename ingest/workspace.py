"""Where an unfinished run lies: `DIR/work/<run id>`, its shards and the results of its stages."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.batches import FACT_SCHEMA
from ingest.resume import StageStore

REJECT_SCHEMA = pa.schema([("source_file", pa.string()), ("reason", pa.string())])


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one run.

    Attributes
    ----------
    folder : Path
        `DIR/work/<run id>`.
    """

    folder: Path

    @property
    def part(self) -> Path:
        """The part that is being made."""
        return self.folder / "part"

    @property
    def spectra(self) -> Path:
        """The shards of spectra, already within the part."""
        return self.part / "spectra"

    @property
    def stages(self) -> StageStore:
        """The results of the stages after reading."""
        return StageStore(self.folder / "stages")

    def has_shard(self, number: int) -> bool:
        """Whether all of a shard has been read."""
        return (self.spectra / f"{number:05d}").exists()

    def save_facts(self, number: int, facts: pa.Table, rejects: pa.Table) -> None:
        """Keep what is known of the spectra of a shard, and who was left out."""
        for name, table in (("facts", facts), ("rejects", rejects)):
            path = self._side_file(name, number)
            path.parent.mkdir(parents=True, exist_ok=True)
            pq.write_table(table, path)

    def shard_facts(self, number: int) -> pa.Table:
        """Return the facts of the spectra that one shard keeps."""
        return pq.read_table(self._side_file("facts", number))

    def facts(self) -> pa.Table:
        """Return the facts of all spectra kept, in the order of the shards."""
        return self._side_table("facts", FACT_SCHEMA)

    def rejects(self) -> pa.Table:
        """Return file and reason of all that was left out."""
        return self._side_table("rejects", REJECT_SCHEMA)

    def read_grid(self, pixels: slice) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield flux and ivar of a slice of the rest-frame grid, shard by shard.

        Yields
        ------
        float32, shape (n_shard, n_pixels), twice
        """
        for shard in self._shards():
            flux, ivar = (np.load(shard / f"rest_{n}.npy", mmap_mode="r") for n in ("flux", "ivar"))
            yield np.ascontiguousarray(flux[:, pixels]), np.ascontiguousarray(ivar[:, pixels])

    def remove(self) -> None:
        """Delete what is left once the part has been adopted."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _shards(self) -> list[Path]:
        return sorted(p for p in self.spectra.iterdir() if p.is_dir() and p.name.isdigit())

    def _side_file(self, name: str, number: int) -> Path:
        return self.folder / name / f"{number:05d}.parquet"

    def _side_table(self, name: str, schema: pa.Schema) -> pa.Table:
        numbers = [int(shard.name) for shard in self._shards()]
        tables = [pq.read_table(self._side_file(name, k)) for k in numbers]
        return pa.concat_tables([schema.empty_table(), *tables]).combine_chunks()
